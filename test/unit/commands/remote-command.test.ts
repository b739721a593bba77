// What `belt exec` has a node's shell run, by a shell here and a sudo that does as the real one: it logs the command, and passes on
// no variable but harmless ones of the locale.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { remoteCommand } from '../../../src/commands/exec/remote-command.ts';

const SUDO = `#!/bin/sh
log=$LOG
while [ "$1" != -- ]; do
  # What it is asked to keep, it logs.
  case $1 in --preserve-env=*) env >> "$log" ;; esac
  shift
done
shift
echo "COMMAND=$*" >> "$log"
for name in $(env | sed -n 's/^\\(LC_[A-Za-z_]*\\)=.*/\\1/p'); do
  value=$(printenv "$name")
  # Of the default sudoers: no paths, no formats; nor what looks like a function.
  case $value in "()"*|*[/%]*) ;; *) set -- "$name=$value" "$@" ;; esac
done
exec env -i PATH=/usr/bin:/bin "$@"
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'belt-exec-'));
  writeFileSync(join(folder, 'sudo'), SUDO, { mode: 0o755 });
  // A command whose name has a "=".
  writeFileSync(join(folder, 'b=2'), '#!/bin/sh\necho "ran with $A"\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(argv: readonly string[], how: Parameters<typeof remoteCommand>[1]) {
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const env = { PATH: `${folder}:/usr/bin:/bin`, LOG: log };
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', `exec ${remoteCommand(argv, how)}`], {
    env,
    encoding: 'utf8',
  });
  return { stdout, stderr, log: readFileSync(log, 'utf8') };
}

describe('--sudo with variables', () => {
  const values: [string, string][] = [
    ['PASSWORD', `s3cret 'a" $HOME \\ ü`],
    ['EMPTY', ''],
    ['LIKE_A_FUNCTION', '() { s3cret; }'],
    ['BEGINS_SO', '==s3cret'],
    ['TMPDIR', '/s3cret'],
    ['LINES_OF', 'a\ns3cret\n\n'],
    ['FORMAT', '%s\\n\\057'],
    ['IFS', '.s3c'],
  ];
  const env = values.map(([name, value]) => `${name}=${value}`);

  test('the values arrive, and sudo, which logs the command, is given none of them', () => {
    const { stdout, stderr, log } = run(['printenv', ...values.map(([name]) => name)], { sudo: true, env });
    expect({ stdout, stderr }).toEqual({ stdout: values.map(([, value]) => `${value}\n`).join(''), stderr: '' });
    expect(log).toMatch(/^COMMAND=sh -c /);
    expect(log).not.toContain('s3cret');
    expect(run([], { sudo: true, env, shell: 'echo "$PASSWORD"' }).stdout).toBe(`${values[0]![1]}\n`);
  });

  test('they are all that the command finds, and PATH is for the command alone', () => {
    const { stdout } = run(['env'], { sudo: true, env: ['A=1', 'A=2', 'PATH=/usr/bin'] });
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['A=2', 'PATH=/usr/bin']));
    expect(stdout).not.toContain('LC_');
  });

  test('a sudo that passes nothing on is told, and nothing is run', () => {
    const line = remoteCommand(['echo', 'ran'], { sudo: true, env: ['A=1'] }).replace('LC_BELT_A=', 'X_BELT_A=');
    const { stdout, stderr } = spawnSync('/bin/sh', ['-c', line], {
      env: { PATH: `${folder}:/usr/bin:/bin`, LOG: join(folder, 'log') },
      encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual(['', expect.stringContaining('LC_BELT_A: sudo did not pass it on')]);
  });
});

test.each([{}, { sudo: true }])('a command with a "=" in its name is no variable: %j', (how) => {
  const words = 'sudo' in how ? [join(folder, 'b=2')] : ['b=2'];
  expect(run(words, { ...how, env: ['A=1'] })).toMatchObject({ stdout: 'ran with 1\n', stderr: '' });
});

test('without variables nothing stands between', () => {
  expect(remoteCommand(['b=2', 'c'], {})).toBe("'b=2' c");
  expect(remoteCommand(['id', '-un'], { sudo: true })).toBe('sudo -n -- id -un');
  expect(remoteCommand(['id'], { env: ['A=1'] })).toBe('env A=1 id');
});
