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

  test('at most as many as asked for', () => {
    expect(nearest('ab', ['ac', 'ad', 'ae'], { most: 1 })).toEqual(['ac']);
  });
});

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
