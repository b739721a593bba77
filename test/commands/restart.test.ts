import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:2]');
  await w.belt('swarm join node1 node2');
  await w.belt('active node1');
  await w.belt('docker service create --name web --replicas 2 nginx');
  w.write(
    'shop.yaml',
    'services: {api: {image: nginx, deploy: {replicas: 2}}, db: {image: nginx, deploy: {replicas: 2}}}\n',
  );
  expect((await w.belt('deploy shop -c shop.yaml')).code).toBe(0);
});
afterAll(() => w.end());

/** The ids of its tasks that are to run. */
const tasks = async (service: string): Promise<string[]> => {
  const { stdout } = await w.belt(`docker service ps -q --filter desired-state=running ${service}`);
  return stdout.trim().split('\n');
};

describe('belt restart', () => {
  test('replaces every task, and waits until the new ones run', async () => {
    const before = await tasks('web');
    const outcome = await w.belt('restart web');
    expect(outcome).toMatchObject({ code: 0, stdout: '' });
    expect(outcome.stderr).toMatch(/^restarting web\n(web: .*\n)*web: converged\n1 service restarted\n$/);
    const after = await tasks('web');
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  test('all that a pattern names, and only those', async () => {
    const before = await tasks('web');
    const { code, stderr } = await w.belt(['restart', 'shop_*']);
    expect([code, stderr.split('\n').at(-2)]).toEqual([0, '2 services restarted']);
    expect(await tasks('web')).toEqual(before);
  });

  test('does not wait with --detach', async () => {
    expect(await w.belt('restart -d web')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'restarting web\nnot waiting; see: belt docker service ps web\n',
    });
  });

  test('events for programs, the last of them the end', async () => {
    const { code, stdout } = await w.belt('restart --json web');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(events[0]).toMatchObject({ event: 'restarting', kind: 'service', name: 'web' });
    expect(events.at(-1)).toMatchObject({ event: 'end', services: ['web'], exitCode: 0 });
  });

  test('a service that is not there, before any is restarted', async () => {
    const before = await tasks('web');
    expect(await w.belt('restart web wbe')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: the swarm has no service wbe\nhint: did you mean web? · see: belt docker service ls\n',
    });
    expect(await tasks('web')).toEqual(before);
  });

  test('one of a stack by the name that is in its file', async () => {
    const [web, api] = [await tasks('web'), await tasks('shop_api')];
    expect(await w.belt('restart api')).toMatchObject({ code: 0 });
    expect(await tasks('shop_api')).not.toEqual(api);
    expect(await tasks('web')).toEqual(web);
  });

  test('one that cannot run again is named, with the cause; the others are restarted', async () => {
    await w.belt('docker service create -d --name bad --replicas 1 nowhere.invalid/x');
    const { code, stderr } = await w.belt('restart bad web');
    expect(code).toBe(3);
    expect(stderr).toContain('web: converged\n');
    expect(stderr).toMatch(
      /^error: 1 of 2 services failed: bad\n {2}bad: its update is paused: .*\n {4}the task on node\d: No such image: nowhere.invalid\/x/m,
    );
    expect(stderr).toContain('hint: see: belt docker service ps --no-trunc bad\n');
  });

  test('Ctrl-C says what goes on', async () => {
    const started = w.start('restart web');
    await expect.poll(() => started.so().stderr).toContain('restarting web\n');
    started.interrupt();
    const { code, stderr } = await started.outcome;
    expect(code).toBe(130);
    expect(stderr).toContain(
      'interrupted; these restart all the same: web\nhint: see how far they are: belt docker service ps web\n',
    );
  });
});
