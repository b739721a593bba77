import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { checkDropletName, compact, naturalCompare, nearest } from '../../../src/patterns/index.ts';

describe('compact', () => {
  test.each([
    [['node1', 'node2', 'node3', 'node4'], 'node[1:4]'],
    [['node3', 'node1', 'node7', 'node2'], 'node[1:3,7]'],
    [['node08', 'node09', 'node10'], 'node[08:10]'],
    [['node9', 'node10'], 'node[9:10]'],
    [['web', 'node1', 'db'], 'web,node1,db'],
    [['web1', 'db1', 'web2', 'db3'], 'web[1:2],db[1,3]'],
    [['192.168.99.101:2375', '192.168.99.102:2375'], '192.168.99.[101:102]:2375'],
    [['sgp1-node1', 'sgp1-node2'], 'sgp1-node[1:2]'],
    [['node1', 'node1'], 'node1'],
    [['a1b1', 'a2b1', 'a2b2', 'a2b3'], 'a1b1,a2b[1:3]'],
    [['a1b1', 'a1b2', 'a2b2'], 'a1b[1:2],a2b2'],
    [['n123456789012345', 'n123456789012346'], 'n[123456789012345:123456789012346]'],
    [['n1234567890123456', 'n1234567890123457'], 'n1234567890123456,n1234567890123457'],
    [['1-1-1-1-1', '2-1-1-1-1'], '1-1-1-1-1,2-1-1-1-1'],
    [['x1-1-1-1', 'x2-1-1-1'], 'x[1:2]-1-1-1'],
    [[], ''],
  ])('%j is %s', (names, pattern) => {
    expect(compact(names)).toBe(pattern);
  });

  test('ten thousand names take no time', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `a1-b2-c3-node${index}`);
    const began = performance.now();
    expect(compact(names)).toBe('a1-b2-c3-node[0:9999]');
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('naturalCompare', () => {
  test.each([
    [
      ['node10', 'node2', 'node1'],
      ['node1', 'node2', 'node10'],
    ],
    [
      ['node1', 'node01', 'node001'],
      ['node001', 'node01', 'node1'],
    ],
    [
      ['web-1', 'web', '10', '9', 'a'],
      ['9', '10', 'a', 'web', 'web-1'],
    ],
    [
      ['n90071992547409931', 'n90071992547409930'],
      ['n90071992547409930', 'n90071992547409931'],
    ],
    [
      ['a2b10', 'a10b1', 'a2b9'],
      ['a2b9', 'a2b10', 'a10b1'],
    ],
  ])('%j', (names, sorted) => {
    expect([...names].sort(naturalCompare)).toEqual(sorted);
    expect([...names].reverse().sort(naturalCompare)).toEqual(sorted);
  });
});

describe('nearest', () => {
  test.each([
    ['regoin', ['region', 'image', 'size'], ['region']],
    ['nod1', ['node1', 'node2', 'web'], ['node1']],
    ['creat', ['create', 'cat', 'ls'], ['create']],
    ['REGION', ['region'], ['region']],
    ['ssh_key', ['ssh_key_path', 'ssh_key_fingerprint', 'ssh_user'], ['ssh_key_fingerprint', 'ssh_key_path']],
    ['node', ['node'], []],
    ['zzz', ['node'], []],
    ['', ['node'], []],
    ['ab', ['ba', 'ac', 'ad', 'ae'], ['ac', 'ad', 'ae']],
  ])('%s', (word, candidates, near) => {
    expect(nearest(word, candidates)).toEqual(near);
  });

  test('near is a third of the length: swapped neighbours are one fault, a beginning comes last', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 8 }),
        fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 9 })),
        (word, candidates) => {
          const limit = Math.max(1, Math.floor(word.length / 3));
          const rank = (name: string) => (faults(word, name) <= limit ? faults(word, name) : limit + 1);
          const near = candidates
            .filter((name) => name !== word && (faults(word, name) <= limit || name.startsWith(word)))
            .toSorted((a, b) => rank(a) - rank(b) || naturalCompare(a, b));
          expect(nearest(word, candidates, { most: 99 })).toEqual(near);
        },
      ),
      { seed: 20_161, numRuns: 3_000 },
    );
  });

  test('at most as many as asked for', () => {
    expect(nearest('ab', ['ac', 'ad', 'ae'], { most: 1 })).toEqual(['ac']);
  });
});

/** The faults between two words by their definition, as a recursion. */
function faults(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const [restA, restB] = [a.slice(1), b.slice(1)];
  if (a[0] === b[0]) return faults(restA, restB);
  const swapped = a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0];
  return (
    1 +
    Math.min(
      faults(restA, b),
      faults(a, restB),
      faults(restA, restB),
      swapped ? faults(a.slice(2), b.slice(2)) : Infinity,
    )
  );
}

describe('checkDropletName', () => {
  test.each(['node1', 'N', '9', 'web-1.example.com', '.a', 'a'.repeat(255)])('%s is fine', (name) => {
    expect(() => checkDropletName(name)).not.toThrow();
  });

  test.each([
    ['web_1', 'web_1: a droplet name cannot contain "_" (only letters, digits, "-" and ".")', ['  web_1', '     ^']],
    [
      'node 1',
      'node 1: a droplet name cannot contain " " (only letters, digits, "-" and ".")',
      ['  node 1', '      ^'],
    ],
    ['nöde', 'nöde: a droplet name cannot contain "ö" (only letters, digits, "-" and ".")', ['  nöde', '   ^']],
    ['n\n', 'n?: a droplet name cannot contain "\\n" (only letters, digits, "-" and ".")', ['  n?', '   ^']],
    ['web-', 'web-: a droplet name must end with a letter or a digit, not "-"', ['  web-', '     ^']],
    ['a'.repeat(256), `${'a'.repeat(59)}…: a droplet name can have at most 255 characters, not 256`, []],
    ['', 'a droplet name cannot be empty', []],
  ])('%j is not', (name, message, lines) => {
    expect(() => checkDropletName(name)).toThrow(expect.objectContaining({ message, lines }));
    expect(() => checkDropletName(name)).toThrow(UsageError);
  });
});
