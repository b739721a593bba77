// A deployment over a change of leaders: a new one has heard of no node yet, and gives them no tasks for a while.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { timings } from '../../src/sandbox/engine/timings.ts';
import { world } from '../support/belt.ts';
import { act, onHost, until } from '../support/probe.ts';

const w = world();
const KEPT = { ...timings };
beforeAll(async () => {
  w.write(
    '.belt.yaml',
    `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster: {name: shop, managers: {nodes: "m[1:3]"}, firewall: false}
`,
  );
  await w.sandbox();
  expect(await w.belt('up --yes')).toMatchObject({ code: 0 });
});
afterAll(async () => {
  Object.assign(timings, KEPT);
  await w.end();
});

const deploy = (image: string) => {
  w.write('compose.yaml', `services: {web: {image: "${image}", deploy: {replicas: 4}}}\n`);
  return w.start('deploy web');
};

test('no suitable node is waited for, as long as the new leader has yet to hear of the nodes', async () => {
  expect(await deploy('nginx:1.27').outcome).toMatchObject({ code: 0 });
  Object.assign(timings, { heartbeatMs: 16_500, registerMs: 25_000 });
  await act(w, 'm1', 'power_cycle');
  await until('another one leads', async () => (await onHost(w, 'm2', 'docker node ls')).stdout.includes('Unknown'));
  const { code, stderr } = await deploy('nginx:1.28').outcome;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('web: 0 of 4 running, waiting to start\n');
  expect(stderr).toContain('web: converged\n');
});
