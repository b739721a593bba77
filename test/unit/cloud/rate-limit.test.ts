import { afterEach, describe, expect, test } from 'vitest';
import { LONGEST_WAIT_MS, MOST_IN_A_ROW, rateLimit, WAIT_BUDGET_MS } from '../../../src/cloud/rate-limit.ts';
import type { TransportOptions } from '../../../src/cloud/transport.ts';
import { FakeClock } from '../fake-clock.ts';
import { said } from './things.ts';
import { reply, type Served, serve } from './with-server.ts';

const GET = { method: 'GET', path: '/v2/account' } as const;
const LATER = 'something else may be using up this token’s limit: run the same command again later';

let api: Served | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function limited(headers: Record<string, string>, options: Partial<TransportOptions> = {}): Promise<Served> {
  api = await serve([reply(429, { id: 'too_many_requests' }, headers)], options);
  return api;
}

const waited = ({ clock }: Served): number => clock.sleeps.reduce((sum, ms) => sum + ms, 0);

describe('a limit without an end', () => {
  test.each<Record<string, string>>([{ 'retry-after': '0' }, {}, { 'retry-after': '-5' }, { 'ratelimit-reset': '1' }])(
    '%o: belt asks ever less often, then gives up',
    async (headers) => {
      const served = await limited(headers);
      expect(await said(served.send(GET))).toBe(
        `DigitalOcean's rate limit is reached, and a request was refused ${MOST_IN_A_ROW} times in a row\n${LATER}`,
      );
      expect(served.requests).toHaveLength(MOST_IN_A_ROW);
      expect(waited(served)).toBeLessThan(WAIT_BUDGET_MS);
      expect(served.clock.sleeps).toEqual(served.clock.sleeps.toSorted((a, b) => a - b));
    },
  );

  test('belt waits for it for so long in all, over all requests', async () => {
    const served = await limited({ 'retry-after': '100' });
    const text = `DigitalOcean's rate limit is reached, and waiting for it takes more than ${WAIT_BUDGET_MS / 1000} s in all`;
    expect(await said(served.send(GET))).toBe(`${text}\n${LATER}`);
    expect(waited(served)).toBe(WAIT_BUDGET_MS);
    expect(await said(served.send(GET))).toContain('in all');
  });

  test('a command with a timeout waits no longer than that', async () => {
    const served = await limited({ 'retry-after': '10' }, { limitBudgetMs: 25_000 });
    expect(await said(served.send(GET))).toContain('waiting for it takes more than 25 s in all');
    expect(waited(served)).toBe(20_000);
  });
});

test('a limit of one endpoint is waited for, however far off the end of the hour is', async () => {
  const hourly = { 'ratelimit-limit': '5000', 'ratelimit-remaining': '4980', 'ratelimit-reset': '4600' };
  const refusals = Array.from({ length: 8 }, () => reply(429, { id: 'too_many_requests' }, hourly));
  api = await serve([...refusals, reply(200, { account: {} })]);
  expect(await api.send(GET)).toEqual({ account: {} });
  // The list of keys is let through again within a minute.
  expect(waited(api)).toBeGreaterThanOrEqual(60_000);
  expect(waited(api)).toBeLessThan(90_000);
});

describe('what an answer says of when to go on', () => {
  const sleptFor = async (headers: Record<string, string>): Promise<number | undefined> => {
    const served = await serve([reply(429, {}, headers), reply(200, {})]);
    await served.send(GET).finally(() => served.close());
    return served.clock.sleeps[0];
  };

  test.each<[string, Record<string, string>, number]>([
    ['7 s', { 'retry-after': '7' }, 7_000],
    ['0', { 'retry-after': '0' }, 250],
    ['a quarter of a second', { 'retry-after': '0.25' }, 250],
    ['a little more', { 'retry-after': '0.3' }, 300],
    ['a time that has passed', { 'ratelimit-reset': '1' }, 250],
    ['less than nothing', { 'retry-after': '-3' }, 1_000],
    ['NaN', { 'retry-after': 'NaN' }, 1_000],
    ['a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, 1_000],
    ['nothing', { 'retry-after': '' }, 1_000],
    ['nonsense, and a reset', { 'retry-after': 'soon', 'ratelimit-reset': '1042' }, 42_000],
    ['as long as belt waits', { 'retry-after': String(LONGEST_WAIT_MS / 1000) }, LONGEST_WAIT_MS],
  ])('%s', async (_what, headers, ms) => {
    expect(await sleptFor(headers)).toBe(ms);
  });

  test.each<[Record<string, string>, string]>([
    [
      { 'retry-after': '121' },
      "DigitalOcean's hourly rate limit is exhausted until 1970-01-01T00:18:41.000Z\nrun the same command again after that",
    ],
    [
      { 'retry-after': '1e300' },
      `DigitalOcean's rate limit is reached, and the response says retry-after: 1e300, which is longer than belt waits\n${LATER}`,
    ],
    [
      { 'retry-after': '1e999' },
      `DigitalOcean's rate limit is reached, and the response says retry-after: 1e999, which is longer than belt waits\n${LATER}`,
    ],
    [
      { 'ratelimit-reset': '1e18' },
      `DigitalOcean's rate limit is reached, and the response says ratelimit-reset: 1e18, which is longer than belt waits\n${LATER}`,
    ],
  ])('%o is longer than belt waits', async (headers, text) => {
    const served = await limited(headers);
    expect(await said(served.send(GET))).toBe(text);
    expect(served.requests).toHaveLength(1);
    expect(served.clock.sleeps).toEqual([]);
  });
});

describe('the budget of waiting', () => {
  const signal = new AbortController().signal;

  test('is used up at its end, and not before', async () => {
    const clock = new FakeClock();
    const limit = rateLimit({ clock, signal, budgetMs: 10_000 });
    limit.met({ 'retry-after': '10' }, 1);
    await limit.past();
    expect(clock.now()).toBe(1_010_000);
    expect(() => limit.met({ 'retry-after': '0.001' }, 1)).toThrow('more than 10 s in all');
  });

  test('counts the time that requests wait side by side once', async () => {
    const clock = new FakeClock();
    const waits: string[] = [];
    const limit = rateLimit({ clock, signal, budgetMs: 10_000, onWait: (line) => waits.push(line) });
    for (let n = 0; n < 5; n++) limit.met({ 'retry-after': '10' }, 1);
    await Promise.all([limit.past(), limit.past()]);
    expect(clock.now()).toBe(1_010_000);
    expect(waits).toEqual(["DigitalOcean's rate limit is reached: retrying in 10 s"]);
  });

  test('in a row means without another answer in between', async () => {
    const often = Array.from({ length: MOST_IN_A_ROW - 1 }, () => reply(429, {}));
    api = await serve([...often, reply(500), ...often, reply(200, { account: {} })], { limitBudgetMs: 1e9 });
    expect(await api.send(GET)).toEqual({ account: {} });
  });
});
