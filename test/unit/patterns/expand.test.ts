import { describe, expect, test } from 'vitest';
import { expand } from '../../../src/patterns/index.ts';

const names = (...words: string[]) => expand(words).join(' ');

describe('expand', () => {
  test.each([
    ['node1', 'node1'],
    ['node[1:4]', 'node1 node2 node3 node4'],
    ['node[08:11]', 'node08 node09 node10 node11'],
    ['node[8:11]', 'node8 node9 node10 node11'],
    ['node[1:9:2]', 'node1 node3 node5 node7 node9'],
    ['node[1:8:3]', 'node1 node4 node7'],
    ['node[1:3,7]', 'node1 node2 node3 node7'],
    ['node[01:03,7]', 'node01 node02 node03 node7'],
    ['node[5]', 'node5'],
    ['rack-[a:c]', 'rack-a rack-b rack-c'],
    ['rack-[a:e:2,x]', 'rack-a rack-c rack-e rack-x'],
    ['rack-[A:C]', 'rack-A rack-B rack-C'],
    ['{web,db}', 'web db'],
    ['{web,db}[1:2]', 'web1 web2 db1 db2'],
    ['{web[1:2],db}-x', 'web1-x web2-x db-x'],
    ['{a,{b,c[1:2]}}', 'a b c1 c2'],
    ['[a:b][1:3]', 'a1 a2 a3 b1 b2 b3'],
    ['192.168.99.[101:103]:2375', '192.168.99.101:2375 192.168.99.102:2375 192.168.99.103:2375'],
    ['sgp1-node[1:2]', 'sgp1-node1 sgp1-node2'],
    ['{a:b}', 'a:b'],
    ['web-*,@tag:db', 'web-* @tag:db'],
  ])('%s makes %s', (word, made) => {
    expect(names(word)).toBe(made);
  });

  test('commas outside brackets separate patterns, and words follow each other', () => {
    expect(names('web,node[1:2,5]', 'db')).toBe('web node1 node2 node5 db');
  });

  test('an exclusion takes names out of what stands before it, also in a word of its own', () => {
    expect(names('node[1:5],!node[3:4]')).toBe('node1 node2 node5');
    expect(names('node[1:4]', '!node3')).toBe('node1 node2 node4');
  });

  test('a name after the exclusion stays, and moves behind the others', () => {
    expect(names('node[1:3]', '!node2', 'node2')).toBe('node1 node3 node2');
  });

  test('an exclusion that takes nothing out is no error', () => {
    expect(names('node1', '!web')).toBe('node1');
  });

  test('a name twice appears once, in its first place', () => {
    expect(names('b', 'a', 'b', '[a:b]')).toBe('b a');
  });

  test('no words make no names', () => {
    expect(expand([])).toEqual([]);
  });

  test('a limit of its own', () => {
    expect(expand(['n[1:3]'], { limit: 3 })).toHaveLength(3);
    expect(() => expand(['n[1:3]', 'm'], { limit: 3 })).toThrow('"m": that makes 4 names; the limit is 3');
  });
});
