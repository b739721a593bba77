import { expect, test } from 'vitest';
import { binaryText, decimalText } from '../../src/byte-text.ts';

test('memory and traffic as docker writes them', () => {
  expect([0, 1023, 1024, 1_094_713_344, 6.5 * 2 ** 20].map((bytes) => binaryText(bytes))).toEqual([
    ...['0B', '1023B', '1KiB', '1.02GiB', '6.5MiB'],
  ]);
  expect(binaryText(1_094_713_344, { gap: ' ' })).toBe('1.02 GiB');
  expect([0, 999, 1_234, 12_345_678].map(decimalText)).toEqual(['0B', '999B', '1.23kB', '12.3MB']);
});
