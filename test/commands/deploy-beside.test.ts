// A deployment that has to wait, and what others do meanwhile.
import { expect, test } from 'vitest';
import { onSwarm } from '../support/on-swarm.ts';
import { until } from '../support/probe.ts';

const { w, m } = onSwarm();

/** Its second service waits for minutes until the first is known to run. */
const stack = (name: string) => `
name: ${name}
services:
  first: {image: "nginx:1.27", deploy: {update_config: {monitor: 60s}}}
  second: {image: "nginx:1.27", secrets: [token], depends_on: {first: {condition: service_healthy}}}
  third: {image: "nginx:1.27", secrets: [token], depends_on: [second]}
secrets:
  token: {external: true}
`;

async function waiting(name: string) {
  w.write(`${name}.yaml`, stack(name));
  const run = w.start(`deploy -c ${name}.yaml`);
  await until('it waits', () => run.so().stderr.includes('second waits for first'));
  return run;
}

const rows = async () =>
  (await m.belt('secret ls token')).stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/ {2,}/g, '  ').replace(/ N.*? {2}/, '  '));

test('nobody waits for it but who changes the same stack; what it sends then is as of then', async () => {
  expect((await w.belt('secret set token', { input: 'one' })).code).toBe(0);
  const run = await waiting('shop');
  const own = w.start('deploy -c shop.yaml');
  const others = ['create 512mb more', 'secret rotate token', 'deploy --detach -c other.yaml'];
  w.write('other.yaml', 'name: other\nservices: {web: {image: "nginx:1.27"}}');
  for (const words of others) {
    const { code, stderr } = await w.belt(words, { input: 'two' });
    expect([words, code, stderr]).toEqual([words, 0, expect.not.stringContaining('waiting for `')]);
  }
  await until('the same stack waits', () => own.so().stderr.includes('waiting for `belt deploy` (process '));
  expect(run.so().stderr).not.toContain('created service second');
  expect(await run.outcome).toMatchObject({ code: 0 });
  expect(await rows()).toEqual(['token  2, current   shop_second, shop_third']);
  expect((await own.outcome).code).toBe(0);
});

test('what somebody else changed while it waited is not sent over that', async () => {
  const run = await waiting('late');
  expect((await w.belt('docker service create -d --name late_second nginx:1.27')).code).toBe(0);
  const { code, stderr } = await run.outcome;
  expect(code).toBe(3);
  expect(stderr).toContain('  second: the swarm has a service late_second that is not of the stack late\n');
});

test('stack rm leaves the cluster to others while tasks end', async () => {
  w.write('slow.yaml', 'name: slow\nservices: {web: {image: "nginx:1.27", stop_grace_period: 60s}}');
  expect((await w.belt('deploy -c slow.yaml')).code).toBe(0);
  const run = w.start('stack rm slow --yes');
  await until('tasks end', () => run.so().stderr.includes('to end'));
  const { code, stderr } = await w.belt('create 512mb last');
  expect([code, stderr]).toEqual([0, expect.not.stringContaining('waiting for `')]);
  expect((await run.outcome).code).toBe(0);
});
