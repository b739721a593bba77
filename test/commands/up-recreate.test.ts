// `belt up` recreates what never came up once, and nothing that nobody asked for.
import { afterAll, beforeEach, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { type Gate, type GateHooks, gate } from '../support/gate.ts';
import { api, breakIt, droplet, mend, names, posts } from '../support/probe.ts';

const FILE = `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: {nodes: "w[1:2]"}
`;
const w = world();
let at: Gate | undefined;
let before: GateHooks['before'];
const belt = (words: string) => w.belt(words, { env: at!.env });

beforeEach(async () => {
  at?.close();
  w.write('.belt.yaml', FILE);
  await w.sandbox();
  at = await gate(w, { before: (request) => before?.(request) });
});
afterAll(async () => {
  at?.close();
  await w.end();
});

test('what somebody else deleted meanwhile is not made again: that is somebody’s wish', async () => {
  await breakIt(w, 'no-ssh@w1');
  before = async ({ method }) => {
    if (method !== 'DELETE') return;
    before = undefined;
    const { id } = await droplet(w, 'w2');
    await api(w, 'DELETE', `/v2/droplets/${id}`);
  };
  const { code, stderr } = await belt('up --yes --timeout 6');
  await mend(w);
  expect(stderr).toContain('w1 never became reachable; recreating it\n');
  expect({ code, error: /^error: (.*)\nhint: (.*)$/m.exec(stderr)?.slice(1) }, stderr).toEqual({
    code: 1,
    error: [
      'w2 disappeared in the meantime: somebody else deleted it',
      'see what exists: belt ls · to create the cluster again: belt up',
    ],
  });
  expect(await names(w)).toEqual(['m1']);
});

test('what cannot be deleted is not made a second time, and both failures are told', async () => {
  await breakIt(w, 'no-ssh@w1,403=always@DELETE/v2/droplets');
  const { code, stderr } = await belt('up --yes --timeout 6');
  await mend(w);
  expect({ code, posts: await posts(w), names: await names(w) }, stderr).toEqual({
    code: 3,
    posts: 2,
    names: ['m1', 'w1', 'w2'],
  });
  expect(stderr).toContain('error: 1 of 3 failed: w1\n');
  expect(stderr).toContain('  w1: the token lacks the right droplet:delete');
});
