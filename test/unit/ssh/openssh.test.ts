import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pinning, refuseOtherKeys, sharesConnections, sshPath } from '../../../src/ssh/openssh/options.ts';
import { readSshWords } from '../../../src/ssh/openssh/words.ts';

const read = (line: string) => readSshWords(line.split(' ').filter(Boolean));

describe('the words of ssh', () => {
  test.each([
    ['node1', [], 'node1', []],
    ['node1 ls -l', [], 'node1', ['ls', '-l']],
    ['node1 -- ls -l', [], 'node1', ['ls', '-l']],
    ['-- node1 -v', [], 'node1', ['-v']],
    ['-L 8080:localhost:80 node1', [['L', '8080:localhost:80']], 'node1', []],
    ['-NL8080:localhost:80 node1', [['N'], ['L', '8080:localhost:80']], 'node1', []],
    ['-tt -o A=b node1 top -d 1', [['t'], ['t'], ['o', 'A=b']], 'node1', ['top', '-d', '1']],
    ['node1 -p 22 -v -- -v', [['p', '22'], ['v']], 'node1', ['-v']],
    ['deploy@node1 - x', [], 'deploy@node1', ['-', 'x']],
    ['-A', [['A']], undefined, []],
    ['', [], undefined, []],
  ])('%s', (line, options, destination, command) => {
    expect(read(line)).toEqual({
      options: options.map(([letter, value]) => (value === undefined ? { letter } : { letter, value })),
      destination,
      command,
    });
  });

  test.each([
    ['-Z node1', 'ssh has no option -Z'],
    ['-L', '-L needs a value after it'],
    ['--json node1', "unknown option '--json'"],
  ])('%s is refused', (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  test('behind the node and its first word nothing is read', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        expect(readSshWords(['node1', 'echo', ...words]).command).toEqual(['echo', ...words]);
        expect(readSshWords(['node1', '--', ...words]).command).toEqual(words);
      }),
    );
  });

  /** What the machine's own ssh says it takes, so that a new option of it is noticed. */
  test.skipIf(spawnSync('ssh', ['-V']).error)('every option of the ssh that is installed is known', () => {
    const { stderr } = spawnSync('ssh', [], { encoding: 'utf8' });
    const [, alone = ''] = /\[-(\w+)\]/.exec(stderr) ?? [];
    const withValue = [...stderr.matchAll(/\[-(\w) \w/g)].map(([, letter]) => letter!);
    expect([alone.length, withValue.length].every((count) => count > 10)).toBe(true);
    for (const letter of alone) expect(readSshWords([`-${letter}`, 'node1'])).toMatchObject({ destination: 'node1' });
    for (const letter of withValue) {
      expect(readSshWords([`-${letter}`, 'x', 'node1'])).toMatchObject({ destination: 'node1' });
    }
  });
});

describe('options that would have another host key accepted', () => {
  test.each(['StrictHostKeyChecking=no', 'userknownhostsfile /dev/null', ' HostKeyAlias=x', 'KnownHostsCommand=cat'])(
    '-o %s',
    (value) => {
      expect(() => refuseOtherKeys([{ letter: 'o', value }])).toThrow('belt ssh sets');
    },
  );

  test('others pass', () => {
    refuseOtherKeys([
      { letter: 'o', value: 'ServerAliveInterval=5' },
      { letter: 'v' },
      { letter: 'L', value: '1:a:2' },
    ]);
  });
});

test.each([
  ['S', 'x', true],
  ['o', 'ControlPath=x', true],
  ['o', ' "controlpath" x', true],
  ['o', 'controlmaster auto', false],
  ['o', 'ControlPersist=60', false],
  ['o', 'ControlPathology=1', false],
  ['M', '', false],
  ['O', 'check', false],
  ['o', 'Compression=yes', false],
  ['L', 'Control:1:2', false],
])('-%s %s shares connections: %s', (letter, value, shares) => {
  expect(sharesConnections([{ letter, value }])).toBe(shares);
});

describe('a path in ssh’s settings', () => {
  test.each([
    ['/a/b.c', '/a/b.c'],
    ['/a b/c', '"/a b/c"'],
    ['/a%h/#c', '"/a%%h/#c"'],
  ])('%s', (path, written) => {
    expect(sshPath(path)).toBe(written);
  });

  test.each(['/a"b', '/a\nb', '/${HOME}', '/a\\', '/a\\\\b', "/a\\'b"])('%j cannot be written', (path) => {
    expect(() => sshPath(path)).toThrow('OpenSSH cannot be told of the file');
  });

  test.skipIf(spawnSync('ssh', ['-V']).error).each(['/a b/c', "/it's/#x", '/ä/=y', '/a%h', '/a\\b c', '/a\\ b'])(
    'ssh itself reads %s back',
    (path) => {
      const options = pinning(7, path).flatMap(([keyword, value]) => ['-o', `${keyword}=${value}`]);
      const { stdout } = spawnSync('ssh', ['-F', '/dev/null', '-G', ...options, 'x'], { encoding: 'utf8' });
      expect(stdout.split('\n')).toContain(`userknownhostsfile ${path}`);
      expect(stdout.split('\n')).toContain('hostkeyalias belt-7');
    },
  );
});
