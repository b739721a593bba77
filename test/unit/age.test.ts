import { expect, test } from 'vitest';
import { ageOf } from '../../src/age.ts';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const at = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

test('ages', () => {
  expect([5, 65, 7_300, 260_000, -3].map((seconds) => ageOf(at(seconds), NOW))).toEqual(['5s', '1m', '2h', '3d', '0s']);
  expect(['', null, undefined].map((time) => ageOf(time, NOW))).toEqual(['?', '?', '?']);
});
