// What belt says about a cluster that is described under .belt/clusters, or that is not the chosen one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { breakIt, lines, mend, names, until } from '../support/probe.ts';
import { world } from './world.ts';

const w = world();
const SETTINGS = 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n';
beforeAll(async () => {
  // As long as it takes to see, from another process or two, that they boot.
  await w.sandbox('--boot-seconds 12 --api-latency 0');
  w.write('.belt.yaml', SETTINGS);
  expect((await w.belt('cluster new shop --manager m1 --worker 1')).code).toBe(0);
  expect((await w.belt('cluster new web --manager w1')).code).toBe(0);
});
afterAll(() => w.end());

const SHOWN = '.belt/clusters/shop.yaml';
const file = () => join(w.cwd, SHOWN);

it('what its description lacks is to be added there', async () => {
  expect(existsSync(file())).toBe(true);
  w.write('.belt.yaml', SETTINGS.replace('image: docker-20-04, ', ''));
  const { code, stderr } = await w.belt('cluster provision shop --yes');
  expect({ code, error: stderr.slice(stderr.indexOf('error:')) }).toEqual({
    code: 2,
    error: lines(
      'error: no image is set for m1',
      'error: no image is set for shop-worker1',
      `hint: add image: to its group in ${SHOWN}, or under digitalocean: in .belt.yaml`,
    ),
  });
  w.write('.belt.yaml', SETTINGS.replace('region: sgp1, ', ''));
  await w.belt('cluster update shop --vpc shop');
  expect((await w.belt('cluster provision shop --yes')).stderr).toBe(
    lines('error: no region is set', `hint: add region: to ${SHOWN}`),
  );
  w.write('.belt.yaml', SETTINGS);
});

it('provision that is interrupted says words that are about that cluster, and they work', async () => {
  const { child, outcome } = w.start('cluster provision shop --yes');
  await until('they are being made', async () => (await names(w)).length === 2);
  await until('belt knows of them', async () => {
    const { stdout } = await w.belt('ls -q', { env: { BELT_CLUSTER: 'shop' } });
    return stdout === lines('m1', 'shop-worker1');
  });
  child.kill('SIGINT');
  const { code, stderr } = await outcome;
  const hint = /^hint: continue: (.*) · or remove: (.*)$/m.exec(stderr);
  expect({ code, words: hint?.slice(1) }).toEqual({
    code: 130,
    words: ['belt cluster provision shop', 'BELT_CLUSTER=shop belt down'],
  });
  expect(await w.shell(`${hint![2]} -y`)).toMatchObject({ code: 0 });
  expect(await names(w)).toEqual([]);
});

it('provision that failed says how to finish and how to clean', async () => {
  await breakIt(w, 'no-ssh=2@shop-worker1');
  const { code, stderr } = await w.belt('cluster provision shop --yes --timeout 16');
  await mend(w);
  expect(code).toBe(3);
  expect(stderr).toMatch(
    /^m1,shop-worker1 exist, .* · finish: belt cluster provision shop · remove: BELT_CLUSTER=shop belt down$/m,
  );
  expect((await w.shell('BELT_CLUSTER=shop belt down --yes')).code).toBe(0);
});
