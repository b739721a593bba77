import { expect, test } from 'vitest';
import { counted, stemOf } from '../../../src/cluster/counted.ts';

const names = (count: number, there: string[], taken: string[] = []) =>
  counted({ count, names: there, stem: 'shop-worker', taken: new Set(taken) });

test('from nothing, from the first number', () => {
  expect(names(3, [])).toEqual(['shop-worker1', 'shop-worker2', 'shop-worker3']);
});

test('what there is stays, and the last is counted on from', () => {
  expect(names(4, ['a1', 'node8', 'node9'])).toEqual(['a1', 'node8', 'node9', 'node10']);
});

test('zeros are kept', () => {
  expect(names(3, ['node08', 'node09'])).toEqual(['node08', 'node09', 'node10']);
});

test('fewer are the first ones', () => {
  expect(names(1, ['node4', 'node5'])).toEqual(['node4']);
  expect(names(0, ['node4'])).toEqual([]);
});

test('a name that another group has is passed over', () => {
  expect(names(3, ['node1'], ['node2', 'node4'])).toEqual(['node1', 'node3', 'node5']);
});

test('a name without a number cannot be counted on from', () => {
  expect(() => names(2, ['db'])).toThrow('cannot continue from db: it does not end in a number');
  expect(names(1, ['db'])).toEqual(['db']);
});

test('a cluster’s name may hold what a droplet’s may not', () => {
  expect(stemOf('my_shop:1', 'manager')).toBe('my-shop-1-manager');
});
