import { afterAll, beforeAll, expect } from 'vitest';
import { type RunOptions, type World, world } from './belt.ts';

const CLUSTER = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: main
  managers: {nodes: m1}
  workers: {nodes: w1}
`;

/** What differs from run to run: the hash is of a key that each swarm has for itself. */
const masked = (text: string) => text.replace(/_[0-9a-f]{16}\b/g, '_HASH').replace(/\b\d+([smh])\b/g, 'N$1');

/** A world with a swarm of a manager and a worker, for the tests of a file; `m` gives its output without what differs from run to run. */
export function onSwarm(files: Readonly<Record<string, string>> = {}) {
  const w: World = world();
  beforeAll(async () => {
    for (const [name, text] of Object.entries({ '.belt.yaml': CLUSTER, ...files })) w.write(name, text);
    await w.sandbox();
    expect((await w.belt('up --yes')).code).toBe(0);
    await w.belt('active m1');
  });
  afterAll(() => w.end());
  const m = {
    belt: async (words: string, options: RunOptions = {}) => {
      const { code, stdout, stderr } = await w.belt(words, options);
      return { code, stdout: masked(stdout), stderr: masked(stderr) };
    },
  };
  return { w, m };
}
