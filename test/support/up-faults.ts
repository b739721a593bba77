// What the fault tests of `belt up` share: a sandbox that misbehaves, and what `up` says beside its everyday lines.
import { afterAll, expect } from 'vitest';
import { compact } from '../../src/patterns/index.ts';
import { type World, world } from './belt.ts';
import { apart } from './coming-up.ts';
import { api, lines, mend } from './probe.ts';
import { expectDone, expectShop, SHOP, SHOP_DONE } from './shop.ts';

export const LIMIT = "DigitalOcean's rate limit is reached: retrying in 1 s";

/** What `up` says when all goes well. */
const EVERYDAY = [
  /^(VPC shop|firewall belt-shop): (will be created|created)( in sgp1)?$/,
  /^(\d nodes? to (create|change)|(\d nodes?(, | and ))?(a firewall and a VPC|a firewall|a VPC) to create)(, \d (node|firewall)s? to change)?; ([\d.]+ USD a month now, then 48.00|48.00 USD a month) \(0.071 an hour\)$/,
  /^m1 is the active node: belt docker talks to it$/,
  /^\S+: (started the swarm|joined the swarm as a (worker|manager)|has the label tier=web|is set to drain)$/,
];

/** The rest, but for the nodes' own lines, with addresses and times out of it. */
export const notable = (stderr: string): string =>
  apart({ code: 0, stdout: '', stderr })
    .stderr.split('\n')
    .filter((line) => !EVERYDAY.some((everyday) => everyday.test(line)))
    .join('\n')
    .replace(/\(127\.\d+\.\d+\.\d+\)/g, '(ADDRESS)')
    .replace(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

/** Gives worlds whose sandboxes misbehave, and ends them. To be called once a file. */
export function brokenWorlds(): (...words: string[]) => Promise<World> {
  const worlds: World[] = [];
  afterAll(() => Promise.all(worlds.map((one) => one.end())));
  return async (...words) => {
    const w = world();
    worlds.push(w);
    w.write('.belt.yaml', SHOP);
    await w.sandbox(`--boot-seconds 0 --api-latency 0 ${words.join(' ')}`);
    return w;
  };
}

/** What belt is to say at the end of a run that failed, by what the account has. */
export async function standing(w: World): Promise<string> {
  const { droplets } = (await api(w, 'GET', '/v2/droplets?per_page=200')) as {
    droplets: { name: string; size: { price_monthly: number } }[];
  };
  if (droplets.length === 0) return 'no droplets exist, nothing is billed · finish: belt up';
  const names = droplets.map(({ name }) => name);
  const monthly = droplets.reduce((sum, { size }) => sum + size.price_monthly, 0);
  const stand = names.length === 1 ? 'exists' : 'exist';
  return `${compact(names)} ${stand}, ${monthly.toFixed(2)} USD a month · finish: belt up · remove: belt down`;
}

/** The cluster is right, and `up` finds nothing to do. */
export async function isRight(w: World): Promise<void> {
  await mend(w);
  expect(await w.belt('up')).toEqual({ code: 0, stdout: lines(SHOP_DONE), stderr: '' });
  await expectShop(w);
}

/** Within seconds of a run that gave up on a request, the next one waits for what that may still make. */
const LOOKING = /^an interrupted run may still be creating \S+: waiting\n/;

/** Without the fault, `up` ends in the right cluster, and says nothing that is not everyday. */
export async function finishes(w: World): Promise<void> {
  await mend(w);
  const again = await w.belt('up --yes');
  expectDone(again);
  expect(notable(again.stderr).replace(LOOKING, '')).toBe('');
  await expectShop(w);
}
