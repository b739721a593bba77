import { describe, expect, test } from 'vitest';
import { below, nameOf, readPlace } from '../../../src/copy/places.ts';

describe('what scp is told to copy', () => {
  test.each([
    ['node1:/etc/x', 'node1', '/etc/x', false],
    ['node[1:4]:/etc/x', 'node[1:4]', '/etc/x', false],
    ['{web,db}[1:2]:/a:b', '{web,db}[1:2]', '/a:b', false],
    ['@all:/tmp/', '@all', '/tmp', true],
    ['@tag:web:/tmp', '@tag:web', '/tmp', false],
    ['node1,@tag:web,!@tag:db:x', 'node1,@tag:web,!@tag:db', './x', false],
    ['web-*:~/x', 'web-*', './x', false],
    ['node1:', 'node1', '.', true],
    ['node1:~', 'node1', '.', true],
    ['node1:/', 'node1', '/', true],
    ['node1:../x', 'node1', '../x', false],
    ['node1:-rf', 'node1', './-rf', false],
    ['node1:./~bob', 'node1', './~bob', false],
    ['node1:a b\n', 'node1', './a b\n', false],
    ['[::1]:/x', '[::1]', '/x', false],
    ['fe80::1:/x', 'fe80', './:1:/x', false],
  ])('%j is on nodes', (word, pattern, path, isFolder) => {
    expect(readPlace(word)).toEqual({ kind: 'remote', pattern, path, isFolder });
  });

  test.each(['a', './a:b', '/a:b', 'a/b:c', '::1', 'node[1:4', '~/x', '-'])('%j is here', (word) => {
    expect(readPlace(word)).toEqual({ kind: 'local', path: word, isFolder: false });
  });

  test.each([
    ['/a/b', 'b'],
    ['a/', 'a'],
    ['.', undefined],
    ['a/.', undefined],
    ['..', undefined],
    ['/', undefined],
  ])('the name of %j is %j', (path, name) => {
    expect(nameOf(path)).toBe(name);
  });

  test('paths are joined by one slash', () => {
    expect([below('/', 'a'), below('/a/', 'b', 'c'), below('/a')]).toEqual(['/a', '/a/b/c', '/a']);
  });
});
