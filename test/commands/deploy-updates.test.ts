// What becomes of an update that fails, or that somebody goes back from.
import { describe, expect, test } from 'vitest';
import { meanwhile } from '../support/meanwhile.ts';
import { onSwarm } from '../support/on-swarm.ts';
import { lines, until } from '../support/probe.ts';

const stack = (image: string, deploy = '{}') => `
name: shop
services:
  web: {image: "${image}", deploy: ${deploy}}
`;
const BACK = '{update_config: {failure_action: rollback}}';
/** Ids, digests and nodes are another each time. */
const plain = (text: string) =>
  text
    .replace(/\btask [0-9a-z]{25}\b/g, 'task ID')
    .replace(/@sha256:[0-9a-f]{64}/g, '')
    .replace(/on [mw]1:/g, 'on NODE:');
const errorOf = (stderr: string) => plain(stderr.slice(stderr.indexOf('error: ')));
const failed = (...causes: string[]) =>
  lines('error: shop: 1 of 1 service failed: web', ...causes, 'hint: see: belt stack ps shop');

const { w } = onSwarm();
const deploy = async (image: string, words = '', config = '{}') => {
  w.write('compose.yaml', stack(image, config));
  const { code, stdout, stderr } = await w.belt(`deploy ${words}`);
  return { code, stdout, stderr };
};
const image = async () => (await w.belt('docker service ls --format {{.Image}}')).stdout.trim();
const asked = (text: string) => text.split('[y/N]').length - 1;

/** Later tells how many tasks there are that were not there now. */
async function freshTasks(): Promise<() => Promise<number>> {
  const ids = async () => (await w.belt('docker service ps -q shop_web')).stdout.trim().split('\n');
  const before = await ids();
  return async () => (await ids()).filter((id) => !before.includes(id)).length;
}

describe('an update that fails', () => {
  test('is paused, and the same file goes on with it: what failed before is not what fails then', async () => {
    expect((await deploy('nginx:1.27')).code).toBe(0);
    const first = await deploy('registry.invalid/app:1');
    expect(first.code).toBe(3);
    expect(errorOf(first.stderr)).toBe(
      failed(
        '  web: its update is paused: update paused due to failure or early termination of task ID',
        '    the task on NODE: No such image: registry.invalid/app:1',
      ),
    );
    const more = await freshTasks();
    const again = await deploy('registry.invalid/app:1');
    expect(again.stdout).toContain('change nothing, but go on with its paused update');
    expect([again.code, errorOf(again.stderr)]).toEqual([3, failed('  web: No such image: registry.invalid/app:1')]);
    expect(await more()).toBeGreaterThanOrEqual(2);
  });

  test('fails again only where it fails since, also where nothing is to be changed', async () => {
    const more = await freshTasks();
    const { code, stdout, stderr } = await deploy('registry.invalid/app:1');
    expect([code, stdout, errorOf(stderr)]).toEqual([3, '', failed('  web: No such image: registry.invalid/app:1')]);
    expect(await more()).toBeGreaterThanOrEqual(2);
  });

  test('is rolled back, each time with the error of its own task', async () => {
    expect((await deploy('nginx:1.27', '', BACK)).code).toBe(0);
    for (const wanted of ['registry.invalid/app:2', 'registry.invalid/app:3']) {
      const { code, stderr } = await deploy(wanted, '', BACK);
      expect([code, errorOf(stderr)]).toEqual([
        3,
        failed('  web: the update failed and was rolled back', `    the task on NODE: No such image: ${wanted}`),
      ]);
      expect(await image()).toContain('nginx:1.27');
    }
  });

  test('or that somebody rolls back is told apart', async () => {
    w.write('compose.yaml', stack('nginx:1.28', '{update_config: {monitor: 60s}}'));
    const run = w.start('deploy');
    await until('it is sent', () => run.so().stderr.includes('updated service web'));
    expect((await w.belt('deploy --rollback --detach shop')).code).toBe(0);
    const { code, stderr } = await run.outcome;
    expect([code, errorOf(stderr)]).toEqual([3, failed('  web: somebody rolled it back in the meantime')]);
  });
});

describe('--rollback', () => {
  test('of an update that goes on while the question is open', async () => {
    expect((await deploy('nginx:1.29')).code).toBe(0);
    expect((await deploy('nginx:1.30', '--detach')).code).toBe(0);
    const run = w.start('deploy --rollback shop', { terminal: true, open: true });
    await until('it asks', () => asked(run.so().stderr) === 1);
    expect((await w.belt('deploy')).code).toBe(0);
    run.type('y\n');
    const { code, stderr } = await run.outcome;
    expect(code, stderr).toBe(0);
    expect(await image()).toContain('nginx:1.29');
  });

  test('asks again where another deployment would be undone', async () => {
    expect((await deploy('nginx:1.31')).code).toBe(0);
    const run = w.start('deploy --rollback shop', { terminal: true, open: true });
    await until('it asks', () => asked(run.so().stderr) === 1);
    expect((await deploy('nginx:1.32')).code).toBe(0);
    run.type('y\n');
    await until('it asks again', () => asked(run.so().stderr) === 2);
    expect(await image()).toContain('nginx:1.32');
    run.type('n\n');
    const { code, stderr } = await run.outcome;
    expect(code).not.toBe(0);
    expect(stderr).toContain('the stack changed in the meantime');
    expect(await image()).toContain('nginx:1.32');
  });

  test('waits for another run, and does not undo twice', async () => {
    const [first, second] = await meanwhile(
      w,
      ['deploy --rollback shop', 'deploy --rollback shop'].map((words) => [words, {}]),
      async () => {},
    );
    const outcomes = await Promise.all([first!.outcome, second!.outcome]);
    expect(outcomes.map(({ code }) => code).toSorted()).toEqual([0, 1]);
    expect(outcomes.map(({ stderr }) => stderr).join('')).toContain(
      'error: nothing to go back to: the last deployment of shop was rolled back already\n',
    );
    expect(await image()).toContain('nginx:1.31');
  });

  test('Ctrl-C while it waits says what is being rolled back', async () => {
    expect((await deploy('nginx:1.33')).code).toBe(0);
    const run = w.start('deploy --rollback shop');
    const watch = setInterval(() => run.so().stderr.includes('rolling back service web') && run.interrupt(), 1);
    const { code, stderr } = await run.outcome;
    clearInterval(watch);
    expect(code).toBe(130);
    expect(stderr).toContain(
      lines('interrupted; already rolling back: web', 'hint: see how far they are: belt stack ps shop'),
    );
  });
});
