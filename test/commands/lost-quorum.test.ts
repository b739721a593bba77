// What each command says of a swarm that lost its quorum: which managers are missing, and what helps.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { api, lines, until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 1gb m[1:3]');
  await w.belt('swarm join m1 m[2:3] --manager');
  await w.belt('active m1');
  const lost = (await w.status()).droplets.filter(({ name }) => name !== 'm1');
  for (const { id } of lost) await api(w, 'POST', `/v2/droplets/${id}/actions`, { type: 'power_off' });
  await until(
    'they are off',
    async () => (await w.status()).droplets.filter((one) => one.status === 'off').length === 2,
  );
});
afterAll(() => w.end());

const ERROR =
  'error: the swarm has lost its quorum: 1 of 3 managers answers (m1), and 2 must: m2 is powered off, m3 is powered off';
const WAYS =
  'power m[2:3] on in the control panel · if they are lost for good, rebuild the swarm from m1: belt --host m1 docker swarm init --force-new-cluster';

test.each(['stack ls', 'secret ls', 'restart web', 'sh web', 'registry ls'])('belt %s', async (words) => {
  expect(await w.belt(words)).toMatchObject({ code: 255, stderr: lines(ERROR, `hint: ${WAYS}`) });
});

test('a role word: names of nodes do without a manager', async () => {
  expect((await w.belt('exec @manager -- uptime')).stderr).toBe(
    lines(ERROR, `hint: use node names instead of a role · ${WAYS}`),
  );
});
