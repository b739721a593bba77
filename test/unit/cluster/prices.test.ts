import { expect, test } from 'vitest';
import { costOf, costText, priceText } from '../../../src/cluster/prices.ts';

test('a price that is not known is never 0.00, and the sum says so', () => {
  expect(priceText(undefined)).toBe('?');
  expect(priceText(6)).toBe('6.00');
  expect(costText(costOf([6, undefined, 12]))).toBe('at least 18.00');
  expect(costText(costOf([6, 12]))).toBe('18.00');
  expect(costText(costOf([]))).toBe('0.00');
});
