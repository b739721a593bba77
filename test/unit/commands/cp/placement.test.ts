// Where a copy goes: docker cp's own table (docs.docker.com/reference/cli/docker/container/cp).
import path, { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFolderPath, nameOf, placementOf, wholePath } from '../../../../src/commands/cp/placement.ts';
import { readCpWord } from '../../../../src/commands/cp/words.ts';

type There = 'file' | 'folder' | undefined;

const placed = (from: string, isFolder: boolean, to: string, there: There, isOneOfSeveral = false) => {
  const source = { isFolder, name: nameOf(from, posix), isOneOfSeveral };
  try {
    const { folder, name } = placementOf(source, { path: to, there, isFolderPath: isFolderPath(to, posix) }, posix);
    return name === undefined ? `in ${folder}` : `${folder} + ${name}`;
  } catch (error) {
    return (error as Error).message;
  }
};

describe('docker’s rules', () => {
  it.each([
    // A file: saved under the name, into a folder, over a file; `/` asks for a folder.
    ['/src/f', false, '/dst/new', undefined, '/dst + new'],
    ['/src/f', false, '/dst/new/', undefined, '/dst/new/: no such folder'],
    ['/src/f', false, '/dst/old', 'file', '/dst + old'],
    ['/src/f', false, '/dst/old/', 'file', '/dst/old/: not a folder'],
    ['/src/f', false, '/dst', 'folder', '/dst + f'],
    ['/src/f', false, '/dst/', 'folder', '/dst/ + f'],
    // A folder: becomes the name, cannot become a file, goes into a folder; of `/.` what is in it does.
    ['/src/d', true, '/dst/new', undefined, '/dst + new'],
    ['/src/d', true, '/dst/new/', undefined, '/dst + new'],
    ['/src/d/.', true, '/dst/new', undefined, '/dst + new'],
    ['/src/d', true, '/dst/old', 'file', '/dst/old: a file has this name, and the source is a folder'],
    ['/src/d', true, '/dst', 'folder', '/dst + d'],
    ['/src/d/', true, '/dst', 'folder', '/dst + d'],
    ['/src/d/.', true, '/dst', 'folder', 'in /dst'],
    ['/', true, '/dst', 'folder', 'in /dst'],
  ] as const)('%s (folder: %s) to %s, where a %s is: %s', (from, isFolder, to, there, expected) => {
    expect(placed(from, isFolder, to, there)).toBe(expected);
  });

  it('several need a folder', () => {
    expect(placed('/f', false, '/dst', 'folder', true)).toBe('/dst + f');
    expect(placed('/f', false, '/dst', undefined, true)).toBe('/dst: no such folder');
    expect(placed('/f', false, '/dst', 'file', true)).toBe('/dst: not a folder');
  });

  it.each([
    ['a', '/a'],
    ['a/', '/a/'],
    ['a/.', '/a/.'],
    ['../x', '/x'],
    ['.', '/.'],
    ['/', '/'],
    ['a//', '/a/'],
    ['.b', '/.b'],
  ])('%s in a container is %s', (given, whole) => expect(wholePath(given, '/', posix)).toBe(whole));
});

describe('a word', () => {
  const read = (word: string, platform: NodeJS.Platform = 'linux') => {
    const found = readCpWord(word, platform);
    if (found.kind !== 'task') return found.kind === 'stream' ? '-' : found.path;
    const { word: task, path } = found;
    return task.kind === 'service' ? [task.service, task.slot, path] : [task.node, task.name, path];
  };

  it.each([
    ['web:/etc', ['web', undefined, '/etc']],
    ['web.2:etc', ['web', '2', 'etc']],
    ['web.*:/a:b', ['web', '*', '/a:b']],
    ['node1/cache:/x', ['node1', 'cache', '/x']],
    ['node[1:3]/cache:/x', ['node[1:3]', 'cache', '/x']],
    ['C:/x', ['C', undefined, '/x']],
    ['./a:b', './a:b'],
    ['/a:b', '/a:b'],
    ['.a:b', '.a:b'],
    ['a/b', 'a/b'],
    ['-', '-'],
  ])('%s', (word, expected) => expect(read(word)).toEqual(expected));

  it('on Windows a drive is a path here', () => {
    expect(read('C:/x', 'win32')).toBe('C:/x');
    expect(read('c:\\x', 'win32')).toBe('c:\\x');
    expect(read('web:/x', 'win32')).toEqual(['web', undefined, '/x']);
  });

  it.each([
    ['', 'a path cannot be empty'],
    ['web:', '"web:" names no path'],
    [':/x', 'invalid task ""'],
    ['a b:/x', 'invalid task "a b"'],
  ])('%j is none', (word, why) => expect(() => read(word)).toThrow(why));
});

it('what a path ends in stays, on this system too', () => {
  expect(wholePath('x/.', '/w', path)).toBe('/w/x/.');
});
