// What the scripts do in real shells is in test/e2e/completion.test.ts.
import { afterAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
afterAll(() => w.end());

test('a script for each shell, and nothing else on stdout', async () => {
  for (const [shell, part] of [
    ['bash', 'complete -'],
    ['zsh', 'compdef '],
    ['fish', 'complete -c belt'],
    ['powershell', 'Register-ArgumentCompleter'],
  ] as const) {
    const { code, stdout, stderr } = await w.belt(`completion ${shell}`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(part);
  }
});

test('the script for bash has nothing that its version 3.2 lacks, which macOS has', async () => {
  const { stdout } = await w.belt('completion bash');
  // Negative subscripts, changes of case, |& and &>>, and commands of bash 4.
  expect(stdout).not.toMatch(
    /\[-\d+\]|\[ ?-1|\$\{\w+(,,|\^\^|@)|\|&|&>>|\b(mapfile|readarray|coproc|declare -[Agn]|local -[Agn])\b/,
  );
  // Asked for before it is used.
  expect(stdout.match(/^.*\bcompopt -.*$/gm)?.every((line) => line.startsWith('      '))).toBe(true);
});

test('a shell that there is no script for', async () => {
  expect(await w.belt('completion tcsh')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: unknown shell "tcsh"\nhint: one of bash, zsh, fish, powershell\n',
  });
});
