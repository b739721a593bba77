// What an endpoint that is open for days asks of DigitalOcean.
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { type Gate, gate } from '../support/gate.ts';
import { act, until } from '../support/probe.ts';

const w = world();
let between: Gate;
beforeAll(async () => {
  await w.sandbox();
  w.env['XDG_RUNTIME_DIR'] = w.home;
  chmodSync(w.home, 0o700);
  between = await gate(w);
  const { code, stderr } = await w.belt('create 512mb node[1:2]', { env: between.env });
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => {
  between.close();
  return w.end();
});

/** The requests of five minutes. */
async function requests(words: string): Promise<string[]> {
  const { outcome, so, interrupt } = w.start(words, { env: between.env });
  await until('it is open', () => so().stdout.endsWith('\n'));
  const before = between.seen.length;
  await w.clock.sleep(5 * 60_000);
  interrupt();
  await outcome;
  return between.seen.slice(before).map(({ method, path }) => `${method} ${path.split('?')[0]}`);
}

test('nothing, while nodes that are named one by one answer', async () => {
  expect(await requests('endpoint node[1:2]')).toEqual([]);
});

test('once a minute, where others may come', async () => {
  const asked = await requests('endpoint');
  expect(new Set(asked)).toEqual(new Set(['GET /v2/droplets']));
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(5);
});

test('a node that stays powered off costs no more than two requests a minute, however often it is tried', async () => {
  await act(w, 'node2', 'power_off');
  const asked = await requests('endpoint node[1:2]');
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.length).toBeLessThanOrEqual(12);
});
