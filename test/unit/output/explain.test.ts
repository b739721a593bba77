import { describe, expect, test } from 'vitest';
import { wishesOf } from '../../../src/cli/globals.ts';
import { BeltError, NodesFailed, UsageError } from '../../../src/errors.ts';
import { Declined } from '../../../src/output/declined.ts';
import { explain } from '../../../src/output/explain.ts';
import { Secrets } from '../../../src/output/mask.ts';
import { Screen } from './terminal.ts';

async function explained(error: unknown, { words = ['ls'], secrets = new Secrets() } = {}) {
  const stderr = new Screen({ terminal: false });
  const code = await explain(error, { stderr, env: {}, wishes: wishesOf(words), secrets });
  return { code, text: stderr.written };
}

describe('an error', () => {
  test('is its message, its lines and its hint', async () => {
    const error = new UsageError('invalid port "http"', { lines: ['  http', '  ^'], hint: 'see: belt help' });
    expect(await explained(error)).toEqual({
      code: 2,
      text: 'error: invalid port "http"\n  http\n  ^\nhint: see: belt help\n',
    });
  });

  test('is none where the user said no', async () => {
    expect(await explained(new Declined())).toEqual({ code: 1, text: 'nothing was changed\n' });
  });

  test('whose text steers terminals is shown as data, in each of its parts', async () => {
    const foul = 'a\x1b]52;c;eA==\x07\rb\u202e';
    const shown = String.raw`a\x1b]52;c;eA==\x07\rb\u202e`;
    const { text } = await explained(new BeltError(foul, { lines: [`  ${foul}\nerror: x`], hint: foul }));
    expect(text).toBe(`error: ${shown}\n  ${shown}\\nerror: x\nhint: ${shown}\n`);
  });

  test('of several lines cannot pose as a hint', async () => {
    expect((await explained(new BeltError('no\nhint: belt rm @all'))).text).toBe('error: no\n  hint: belt rm @all\n');
  });

  test('that echoes the token hides it, also where it is known since the settings were read', async () => {
    const secrets = new Secrets();
    secrets.add('the-token-of-the-file');
    const cause = new Error('sent the-token-of-the-file');
    const error = new BeltError('401: Authorization: the-token-of-the-file', { hint: 'the-token-of-the-file', cause });
    for (const words of [['ls'], ['ls', '--debug']]) {
      const { text } = await explained(error, { words, secrets });
      expect(text).not.toContain('the-token-of-the-file');
      expect(text).toContain('•••');
    }
  });

  test.each([
    ['a bug', new TypeError('x is not a function'), 'x is not a function'],
    ['an error without words', new RangeError(), 'RangeError'],
    ['several at once', new AggregateError([new Error('one'), new Error('two')]), 'one; two'],
    ['a word', 'oh\x1b', String.raw`oh\x1b`],
    ['nothing', undefined, 'undefined'],
    ['what cannot be printed', Object.create(null), 'something that cannot be printed was thrown'],
  ])('that is none of belt’s: %s', async (_what, error, words) => {
    expect(await explained(error)).toEqual({
      code: 1,
      text: `error: internal error: ${words}\nhint: run it again with --debug to see where, and please report it\n`,
    });
  });
});

describe('an error with --json', () => {
  const failed = new NodesFailed('1 of 2 failed: node2', {
    failures: [{ name: 'node2', error: new BeltError('no route to the-token', { hint: 'belt ls' }) }],
    lines: ['  node2: no route to the-token'],
    hint: 'run it again',
  });

  test('is one line of JSON: its kind, words, hint, nodes and exit code, secrets hidden', async () => {
    const secrets = new Secrets(['the-token']);
    const { code, text } = await explained(failed, { words: ['--json', 'create', 'node[1:2]'], secrets });
    expect(code).toBe(3);
    expect(text).toMatch(/^[^\n]+\n$/);
    expect(text).not.toContain('the-token');
    expect(JSON.parse(text).error).toMatchObject({
      kind: 'NodesFailed',
      message: '1 of 2 failed: node2',
      hint: 'run it again',
      nodes: [{ name: 'node2', hint: 'belt ls' }],
      exitCode: 3,
    });
  });

  test('shows where the fault is, and tells a fault of belt from the others', async () => {
    const words = ['ls', '--json'];
    const wrong = new UsageError('invalid port "http"', { lines: ['  http', '  ^'] });
    expect(JSON.parse((await explained(wrong, { words })).text)).toEqual({
      error: { kind: 'UsageError', message: 'invalid port "http"', lines: ['  http', '  ^'], exitCode: 2 },
    });
    expect(JSON.parse((await explained(new TypeError('x is undefined'), { words })).text)).toEqual({
      error: { kind: 'Defect', message: 'x is undefined', exitCode: 1 },
    });
  });

  test('has no raw control in it, and hides a secret that JSON writes in another way', async () => {
    const secrets = new Secrets(['to"ken\\with']);
    const { text } = await explained(new BeltError('to"ken\\with \u009b2J\u202e'), { words: ['--json'], secrets });
    expect(text).not.toMatch(/ken|\u009b|\u202e/);
    expect(JSON.parse(text).error.message).toContain('\u009b2J\u202e');
  });

  test.each([
    [['docker', 'ps', '--json'], false],
    [['--host', 'docker', '--json', 'docker', 'ps'], true],
    [['--json', 'docker', 'ps'], true],
  ])('%j: the words of docker are docker’s', async (words, json) => {
    const { text } = await explained(new BeltError('no'), { words });
    expect(text.startsWith('{')).toBe(json);
  });
});
