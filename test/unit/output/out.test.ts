import { describe, expect, test } from 'vitest';
import { Secrets } from '../../../src/output/mask.ts';
import { anOut } from './terminal.ts';

describe('the two voices', () => {
  test('results go to stdout, everything else to stderr', async () => {
    const { out, stdout, stderr } = await anOut();
    out.lines(['a', 'b']);
    out.lines([]);
    out.line('c');
    out.table(['ID', 'Name'], [['1', 'node1']]);
    out.record({ node: 'node1' });
    out.document({ a: [1] });
    out.note('a note');
    out.warn('take care');
    out.trace('GET /v2/account 200 7 ms');
    expect(stdout.written).toBe(
      'a\nb\nc\nID              Name\n1               node1\n{"node":"node1"}\n{\n  "a": [\n    1\n  ]\n}\n',
    );
    expect(stderr.written).toBe('a note\nwarning: take care\ntrace: GET /v2/account 200 7 ms\n');
  });

  test('-q leaves out notes, not warnings', async () => {
    const { out, stderr } = await anOut({ quiet: true });
    out.note('a note');
    out.warn('take care');
    expect(stderr.written).toBe('warning: take care\n');
  });

  test('a live display is taken off before anything is printed', async () => {
    const { out, stdout, stderr } = await anOut();
    let cleared = 0;
    out.onPrint(() => cleared++);
    out.line('a');
    out.warn('b');
    expect(cleared).toBe(2);
    out.onPrint(undefined);
    out.line('c');
    expect(cleared).toBe(2);
    expect([stdout.written, stderr.written]).toEqual(['a\nc\n', 'warning: b\n']);
  });

  test('names and errors that steer terminals are shown as data, whichever way they are printed', async () => {
    const { out, stdout, stderr } = await anOut();
    const foul = 'n\x1b[2J\r\u202e';
    out.lines([foul, 'a\nb']);
    out.table(['ID', 'Name'], [['1', `${foul}\tx`]]);
    out.record({ name: `${foul}\x9b` });
    out.document({ name: foul });
    out.note(foul);
    out.warn(`${foul}\nerror: none`);
    out.trace(foul);
    const shown = String.raw`n\x1b[2J\r\u202e`;
    const inJson = String.raw`n\u001b[2J\r\u202e`;
    expect(stdout.written).toBe(
      `${shown}\na\\nb\nID              Name\n1               ${shown}\\tx\n{"name":"${inJson}\\u009b"}\n{\n  "name": "${inJson}"\n}\n`,
    );
    expect(stderr.written).toBe(`${shown}\nwarning: ${shown}\n  error: none\ntrace: ${shown}\n`);
  });

  test('secrets are in no note, no warning, no trace and no event', async () => {
    const { out, stdout, stderr } = await anOut({ secrets: new Secrets(['the-token']) });
    out.note('the-token');
    out.warn('the-token');
    out.trace('the-token');
    out.startEvents({ now: () => 0 });
    out.event('failed', { error: ['Bearer abc', 'the-token'] });
    expect(stderr.written).toBe('•••\nwarning: •••\ntrace: •••\n');
    expect(stdout.written).toBe('{"event":"failed","time":"1970-01-01T00:00:00.000Z","error":["Bearer •••","•••"]}\n');
  });
});

test('the marks of a plan have colours, and nothing else of it', async () => {
  const rows = [
    ['+', 'a', '1.00'],
    ['~', 'b', '10.00'],
    ['-', 'c', ''],
    ['', 'd', ''],
  ];
  const { out, stdout } = await anOut({ colour: true });
  out.table(['', 'Node', 'USD'], rows, { marks: true });
  const [green, yellow, red] = [32, 33, 31].map((code) => (text: string) => `\x1b[${code}m${text}\x1b[39m`);
  expect(stdout.written).toBe(
    [
      '  Node       USD',
      `${green!('+')} a         1.00`,
      `${yellow!('~')} b        10.00`,
      `${red!('-')} c`,
      '  d',
      '',
    ].join('\n'),
  );
  const plain = await anOut({ colour: false });
  plain.out.table(['', 'Node', 'USD'], rows, { marks: true });
  expect(plain.stdout.written).not.toContain('\x1b');
});
