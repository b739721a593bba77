// `cluster.swarm.autolock`: managers that lock themselves, and `up` that opens them again with a key that nobody gets to see.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { act, lines, onHost, until } from '../support/probe.ts';

const file = (
  swarm: string,
  managers = 'm[1:3]',
) => `digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}
cluster:
  name: shop
  managers: {nodes: "${managers}"}
  workers: {nodes: w1}
${swarm && `  swarm: {${swarm}}\n`}`;

async function restart(w: World, name: string): Promise<void> {
  await act(w, name, 'reboot');
  await until(`the engine of ${name} answers`, async () => (await state(w, name)) !== '');
}

const said = async (w: World, name: string, words: string): Promise<string> =>
  (await onHost(w, name, `docker ${words}`).catch(() => ({ stdout: '' }))).stdout.trim();
const state = (w: World, name: string) => said(w, name, "info --format '{{.Swarm.LocalNodeState}}'");
const key = (w: World, name = 'm1') => said(w, name, 'swarm unlock-key -q');
const missed = (w: World, by: string, name: string) =>
  until(`${by} misses ${name}`, async () => (await said(w, by, `node ls -f name=${name}`)).includes('Unreachable'));

const KEEP =
  "autolock is on: managers that restart need the swarm's unlock key; see it, and keep it: belt --host m1 docker swarm unlock-key";
const RIGHT = { code: 0, stdout: 'shop: 4 nodes, up to date\n' };

describe('a swarm that is started with autolock', () => {
  const w = world();
  const told: string[] = [];
  const belt = async (words: string) => {
    const outcome = await w.belt(words);
    told.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  beforeAll(async () => {
    w.write('.belt.yaml', file('autolock: true'));
    await w.sandbox();
    const { code, stderr } = await belt('up --yes --trace --debug');
    expect({ code, note: stderr.split('\n').filter((line) => line.startsWith('autolock')) }).toEqual({
      code: 0,
      note: [KEEP],
    });
  });
  afterAll(() => w.end());

  it('has a key, and is right', async () => {
    expect(await key(w)).toMatch(/^SWMKEY-1-/);
    expect(await belt('up')).toMatchObject(RIGHT);
  });

  it('a manager that restarted is told by name, and unlocked with the key of another', async () => {
    await restart(w, 'm2');
    expect(await state(w, 'm2')).toBe('locked');
    await missed(w, 'm1', 'm2');
    const plan = await belt('plan --json');
    expect({ code: plan.code, changes: JSON.parse(plan.stdout).changes }).toEqual({ code: 4, changes: 1 });
    expect((await belt('plan')).stdout).toMatch(/^~ +m2 +manager .* 6\.00 +unlock$/m);
    const { code, stderr, stdout } = await belt('up --yes --trace --debug');
    expect({ code, stderr, stdout: stdout.split('\n').at(-2) }).toEqual({
      code: 0,
      stderr: expect.stringContaining('\nm2: was locked since it restarted; unlocked with the key from m'),
      stdout: RIGHT.stdout.trim(),
    });
    expect(stderr.match(/was locked since/g)).toHaveLength(1);
    expect(stderr).not.toContain('m2: it is ');
    expect(await state(w, 'm2')).toBe('active');
    expect(await belt('up')).toMatchObject({ ...RIGHT, stderr: '' });
  });

  it('one that was away while the key was changed is not opened, and says which key would', async () => {
    const old = await key(w);
    await act(w, 'm3', 'power_off');
    await said(w, 'm1', 'swarm unlock-key --rotate');
    await act(w, 'm3', 'power_on');
    await until('m3 is locked', async () => (await state(w, 'm3')) === 'locked');
    await missed(w, 'm1', 'm3');
    const { code, stderr } = await belt('up --yes');
    expect({ code, error: stderr.split('\n').slice(-4) }).toEqual({
      code: 3,
      error: [
        'error: 1 of 4 failed: m3',
        "  m3 is locked, and the swarm's current key does not unlock it (unlock it with the key from before its restart: belt --host m3 docker swarm unlock)",
        'hint: run the same command again: completed steps are kept',
        '',
      ],
    });
    expect(await w.belt('--host m3 docker swarm unlock', { input: `${old}\n` })).toMatchObject({ code: 0 });
    expect(await belt('up')).toMatchObject(RIGHT);
  });

  it('when all restarted, a person has to give the key to enough of them', async () => {
    const kept = await key(w);
    await Promise.all(['m1', 'm2', 'm3'].map((name) => restart(w, name)));
    const { code, stderr } = await belt('up --yes');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: lines(
        "error: m[1:3] have been locked since they restarted, and no other manager can provide the swarm's unlock key",
        'hint: unlock it with the key that you saved: belt --host m1 docker swarm unlock',
      ),
    });
    for (const name of ['m1', 'm3'])
      expect(await w.belt(`--host ${name} docker swarm unlock`, { input: kept })).toMatchObject({ code: 0 });
    await missed(w, 'm1', 'm2');
    expect((await belt('up --yes')).code).toBe(0);
    expect(await state(w, 'm2')).toBe('active');
  });

  it('the key was never printed by belt, and is in none of its files', async () => {
    expect(told.join('').length).toBeGreaterThan(1000);
    const now = await key(w);
    const folder = w.env['BELT_STATE_DIR']!;
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    for (const text of [...told, ...texts]) {
      expect(text).not.toContain('SWMKEY');
      expect(text).not.toContain(now);
    }
  });
});

describe('a swarm that stands', () => {
  const w = world();
  beforeAll(async () => {
    w.write('.belt.yaml', file(''));
    await w.sandbox();
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, autolock: stderr.includes('autolock') }).toEqual({ code: 0, autolock: false });
  });
  afterAll(() => w.end());

  const autolock = () => said(w, 'm1', "info --format '{{.Swarm.Cluster.Spec.EncryptionConfig.AutoLockManagers}}'");

  it('is changed when the file says so, and is a change that plan shows', async () => {
    w.write('.belt.yaml', file('autolock: true'));
    const plan = await w.belt('plan');
    expect({ code: plan.code, stderr: plan.stderr }).toEqual({
      code: 4,
      stderr: lines('swarm: autolock will be turned on', 'autolock to turn on; 24.00 USD a month (0.036 an hour)'),
    });
    expect(JSON.parse((await w.belt('plan --json')).stdout)).toMatchObject({ changes: 1, autolock: true });
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, last: stderr.trim().split('\n').at(-1)?.replace(/m\d/, 'm1') }).toEqual({ code: 0, last: KEEP });
    expect(await autolock()).toBe('true');
    expect(await w.belt('up')).toMatchObject({ ...RIGHT, stderr: '' });
  });

  it('is left alone by a file that does not say', async () => {
    w.write('.belt.yaml', file(''));
    expect(await w.belt('up')).toMatchObject({ ...RIGHT, stderr: '' });
    expect(await autolock()).toBe('true');
  });

  it('is changed back; what else was set of it stays', async () => {
    await said(w, 'm1', 'swarm update --task-history-limit 3');
    w.write('.belt.yaml', file('autolock: false'));
    expect((await w.belt('plan')).stderr).toContain('swarm: autolock will be turned off\nautolock to turn off;');
    const { code, stderr } = await w.belt('up --yes');
    expect({ code, last: stderr.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'autolock is off: managers that restart come back by themselves',
    });
    expect(await autolock()).toBe('false');
    const limit = "info --format '{{.Swarm.Cluster.Spec.Orchestration.TaskHistoryRetentionLimit}}'";
    expect(await said(w, 'm1', limit)).toBe('3');
  });
});
