import { describe, expect, test } from 'vitest';
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
});
