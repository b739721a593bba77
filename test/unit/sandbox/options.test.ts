import { expect, it } from 'vitest';
import { parseRateLimit } from '../../../src/sandbox/options.ts';

it('--rate-limit has a minute, an hour, and lists of keys where that is said', () => {
  expect(parseRateLimit('250/5000')).toEqual({ rateLimit: { perMinute: 250, perHour: 5000 } });
  expect(parseRateLimit('0/0/3')).toEqual({ rateLimit: { perMinute: 0, perHour: 0 }, keysPerMinute: 3 });
});

it.each(['250', '250/', '1/2/3/4', 'a/b'])('--rate-limit %s is none', (text) => {
  expect(() => parseRateLimit(text)).toThrow(`"${text}" is not a rate limit`);
});
