import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { quoteArgv, quoteWord } from '../../src/quote.ts';

describe('quoteWord', () => {
  test.each([
    ['', "''"],
    ['nginx', 'nginx'],
    ['80:80', '80:80'],
    ['--format={{.ID}}', "'--format={{.ID}}'"],
    ['a-b_c@d%e+f=g:h,i./j', 'a-b_c@d%e+f=g:h,i./j'],
    ['=ls', "'=ls'"],
    ['~', "'~'"],
    ['two words', "'two words'"],
    ["it's", "'it'\\''s'"],
    ["'", "''\\'''"],
    ['$HOME `id` "x" \\', `'$HOME \`id\` "x" \\'`],
    ['a\nb', "'a\nb'"],
    ['é', "'é'"],
  ])('%j becomes %s', (word, quoted) => {
    expect(quoteWord(word)).toBe(quoted);
  });

  test('a NUL cannot be quoted', () => {
    expect(() => quoteWord('a\0b')).toThrow(new UsageError('a NUL character cannot be part of an argument'));
    expect(() => quoteArgv(['A=\0'])).toThrow(UsageError);
  });
});

describe('quoteArgv', () => {
  test.each([
    [['docker', 'service', 'create', '--name', 'my web', 'A=b'], "docker service create --name 'my web' A=b"],
    [['A=b', 'A=b'], "'A=b' A=b"],
    [['if', 'if'], "'if' if"],
    [[], ''],
  ])('%j', (argv, line) => {
    expect(quoteArgv(argv)).toBe(line);
  });
});

const shells = ['sh', 'dash', 'bash'].filter((name) => existsSync(`/bin/${name}`) || existsSync(`/usr/bin/${name}`));

test('there is a shell to test against', () => {
  expect(shells).toContain('sh');
});

describe.each(shells)('%s reads back what was quoted', (shell) => {
  // Without a stdin of its own: bash takes the socket that Node would give it for a remote login, and reads ~/.bashrc.
  const run = (line: string) =>
    execFileSync(shell, ['-c', line], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  test('any words, byte for byte', () => {
    const nasty = fc.string({ unit: fc.constantFrom(...` '"\\$\`!*?[]{}()<>|&;#~=%^-\n\t\r\u001b`, 'a', 'é', '😀') });
    const any = fc.oneof(nasty, fc.string({ unit: 'binary' }), fc.string()).filter((word) => !word.includes('\0'));
    fc.assert(
      fc.property(fc.array(any, { minLength: 200, maxLength: 300 }), (words) => {
        expect(
          run(quoteArgv(['printf', '%s\\0', ...words]))
            .split('\0')
            .slice(0, -1),
        ).toEqual(words);
      }),
      { seed: 20160915, numRuns: 8 },
    );
  });

  test('a first word is a command, whatever it looks like', () => {
    const odd = ['if', 'done', 'case', 'in', 'A=b', 'A+=b', '{', '!', 'coproc', '[[ x', '~', 'a*'];
    // No command has such a name, and that is what the shell has to complain of: 127 each time.
    const line = odd.map((word) => `${quoteArgv([word, 'x'])} 2>/dev/null; echo $?`).join('\n');
    expect(run(line).trim().split('\n')).toEqual(odd.map(() => '127'));
  });
});
