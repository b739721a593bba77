import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Shell, setLines, unsetLines } from '../../../src/commands/sandbox/shell-words.ts';

const SANDBOX = { DIGITALOCEAN_ACCESS_TOKEN: "of the sandbox's $HOME \\", DIGITALOCEAN_API_URL: 'http://127.0.0.1:1' };
const NAMES = Object.keys(SANDBOX);

// fish writes its history into it.
const home = mkdtempSync(join(tmpdir(), 'belt-shell-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Kind {
  program: string;
  words: string[];
  shell: Shell;
}

const KINDS: Kind[] = [
  { program: 'sh', words: ['-euc'], shell: 'sh' },
  { program: 'bash', words: ['--norc', '-euo', 'pipefail', '-c'], shell: 'sh' },
  { program: 'zsh', words: ['-f', '-euc'], shell: 'sh' },
  { program: 'fish', words: ['--no-config', '-c'], shell: 'fish' },
];
const here = KINDS.filter(({ program }) => spawnSync(program, ['-c', 'true']).status === 0);

/** What a program that the shell starts sees of the two variables at each `show`. */
function seen({ program, words, shell }: Kind, steps: readonly string[], env: Record<string, string> = {}) {
  const lines: Record<string, string[]> = {
    env: setLines(SANDBOX, shell),
    unset: unsetLines(NAMES, shell),
    show: [`printenv ${NAMES[0]} || echo none`, `printenv ${NAMES[1]} || echo none`, 'echo ---'],
    rekey: [shell === 'fish' ? `set -gx ${NAMES[0]} newer` : `export ${NAMES[0]}=newer`],
    left: ["env | grep -c '^BELT_' || true".replace('|| true', shell === 'fish' ? '; or true' : '|| true')],
  };
  const text = steps.flatMap((step) => lines[step]!).join('\n');
  const { stdout, stderr } = spawnSync(program, [...words, text], {
    env: { PATH: process.env['PATH'], LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'], HOME: home, ...env },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.split('---\n').map((part) => part.trimEnd().split('\n'));
}

const sandbox = [SANDBOX.DIGITALOCEAN_ACCESS_TOKEN, SANDBOX.DIGITALOCEAN_API_URL];

describe.each(here)('in $program', (kind) => {
  test('what was exported before comes back, also after env twice', () => {
    const token = `it's "mine" $(date) \\ *`;
    const env = { DIGITALOCEAN_ACCESS_TOKEN: token };
    const steps = ['show', 'env', 'show', 'env', 'show', 'unset', 'show', 'left'];
    expect(seen(kind, steps, env)).toEqual([[token, 'none'], sandbox, sandbox, [token, 'none'], ['0']]);
  });

  test('what was not set is not set again', () => {
    expect(seen(kind, ['env', 'unset', 'show'])).toEqual([['none', 'none'], ['']]);
  });

  test('unset without env, or twice, takes nothing', () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: 'mine' };
    expect(seen(kind, ['unset', 'show', 'env', 'unset', 'unset', 'show'], env)).toEqual([
      ['mine', 'none'],
      ['mine', 'none'],
      [''],
    ]);
  });

  test('a token that was exported in between is neither lost nor taken for the sandbox’s', () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: 'mine' };
    expect(seen(kind, ['env', 'rekey', 'unset', 'show'], env)[0]).toEqual(['newer', 'none']);
    expect(seen(kind, ['env', 'rekey', 'env', 'show', 'unset', 'show'], env).slice(0, 2)).toEqual([
      sandbox,
      ['newer', 'none'],
    ]);
  });
});

test('at least two shells were tried', () => {
  expect(here.length).toBeGreaterThanOrEqual(process.platform === 'win32' ? 0 : 2);
});
