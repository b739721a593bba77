import { expect, test } from 'vitest';
import { dockerCommand } from '../../../src/engine/argv.ts';

test('words that a host cannot be told are refused before anything is tried', () => {
  expect(() => dockerCommand(['run', 'nginx', 'x'.repeat(300_000)])).toThrow(
    'the arguments of docker are 294 KiB long; the limit of a host is 128 KiB',
  );
  // Quotes and characters of several bytes count as well.
  expect(() => dockerCommand(['run', 'nginx', "'".repeat(40_000)])).toThrow(/KiB long/);
  expect(() => dockerCommand(['run', 'nginx', 'é'.repeat(70_000)])).toThrow(/KiB long/);
  expect(dockerCommand(['run', 'nginx', 'x'.repeat(130_000)])).toHaveLength(130_017);
});
