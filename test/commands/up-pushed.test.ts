// Services of pushed images, which nobody can pull, and a node that `belt up` brings into their swarm.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { saved } from '../support/images.ts';
import { localEngine } from '../support/local-engine.ts';
import { breakIt, mend } from '../support/probe.ts';

const w = world();
const file = (workers: number) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: m1}
  workers: [{nodes: "w[1:${workers}]"}]
`;
const up = (workers: number) => {
  w.write('.belt.yaml', file(workers));
  return w.belt('up --yes');
};
beforeAll(async () => {
  await w.sandbox();
});
afterAll(() => w.end());

test('a node that comes lacks what was pushed, and that is told', async () => {
  const first = await up(1);
  expect(first.code, first.stderr).toBe(0);
  const image = '127.0.0.1:1/app:0123456789abcdef0123';
  const create = (name: string, more: string) => w.belt(`docker service create -d --name ${name} ${more} ${image}`);
  expect(await create('app', '')).toMatchObject({ code: 0 });
  expect(await create('own', '--constraint node.role==manager')).toMatchObject({ code: 0 });
  const { code, stderr } = await up(2);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain(
    'warning: w2: without the pushed images of app, so that a task of theirs fails there with "No such image"; once more: belt push\n',
  );
  w.write('.belt.yaml', file(3));
  expect((await w.belt('cluster provision shop --yes')).stderr).toContain(
    'warning: w3: without the pushed images of app',
  );
  expect((await up(3)).stderr).not.toContain('without the pushed');
});

test('up brings it what this machine has, also where another node did not come up', async () => {
  const socket = join(w.cwd, 'docker.sock');
  const engine = await localEngine(socket);
  w.env['DOCKER_HOST'] = `unix://${socket}`;
  try {
    engine.images.set('web:1', saved('web:1', ['base', 'web']));
    const image = (await w.belt('push web:1')).stdout.trim();
    expect(image).toMatch(/^127\.0\.0\.1:1\/web:/);
    expect((await w.belt(`docker service create -d --name web ${image}`)).code).toBe(0);
    const one = await up(4);
    expect([one.code, one.stderr]).toEqual([0, expect.stringContaining(`w4 | ${image}: 2 of 2 layers sent; `)]);
    expect(one.stderr).toContain('warning: w4: without the pushed images of app');
    await breakIt(w, 'no-ssh=9@w6');
    const two = await up(6);
    await mend(w);
    expect([two.code, two.stderr]).toEqual([3, expect.stringContaining(`w5 | ${image}: 2 of 2 layers sent; `)]);
  } finally {
    engine.close();
  }
});
