import { expect, test } from 'vitest';
import { orphanedBy, type Suspect } from '../../../src/cluster/orphans.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const at = (ago: number) => new Date(NOW - ago * 1000).toISOString();

const droplet = (change: Partial<Suspect> = {}): Suspect => ({
  id: 1,
  name: 'node1',
  size: 's-1vcpu-1gb',
  region: 'sgp1',
  status: 'active',
  createdAt: at(60),
  cluster: 'shop',
  run: 'r1',
  neverReached: false,
  ...change,
});

const why = (change: Partial<Suspect>) =>
  orphanedBy(droplet(change), {
    clusters: new Set(['shop']),
    unfinished: new Set(['cut']),
    outside: new Set([7]),
    now: NOW,
  });

test.each<[string, Partial<Suspect>, string[]]>([
  ['one that is right', {}, []],
  ['its cluster, in another spelling', { cluster: 'Shop' }, []],
  ['no cluster', { cluster: undefined }, ['not in a cluster']],
  ['another cluster', { cluster: 'lost' }, ['unknown cluster']],
  ['a run that was cut off', { run: 'cut' }, ['interrupted run']],
  ['one of a run that was interrupted before it was ready', { neverReached: true }, ['never logged in to']],
  ['one of both kinds', { run: 'cut', neverReached: true }, ['interrupted run']],
  ['one that may still boot', { status: 'new', createdAt: at(599) }, []],
  ['one that never did', { status: 'new', createdAt: at(601) }, ['still not active']],
  ['one that is off', { status: 'off' }, ['it is off, and billed']],
  ['the second of a name', { twin: 0 }, ['same name as 0']],
  ['one outside of the swarm', { id: 7 }, ['not in its cluster’s swarm']],
  ['several reasons', { id: 7, run: 'cut' }, ['interrupted run', 'not in its cluster’s swarm']],
])('%s', (_what, change, reasons) => {
  expect(why(change)).toEqual(reasons);
});
