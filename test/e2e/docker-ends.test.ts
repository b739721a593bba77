// How `belt docker` ends when something ends it: a signal, a reader that went, a host that is off, gone or replaced.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, breakIt, lines, mend, onHost, processes, stateFile, until } from '../support/probe.ts';
import { type World, world } from './world.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3] off1 old1 gone1');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
});
afterAll(() => w.end());

const droplet = async (name: string) => (await w.status()).droplets.find((one) => one.name === name)!;
const runs = async (node: string, what: string) => (await processes(w, node)).some((line) => line.includes(what));

/** Starts `docker events`, which waits, and resolves when it runs on the nodes. */
async function waiting(words: string, nodes: string[], mark: string) {
  const started = w.start(`${words} docker events --filter label=${mark}`);
  await until(`docker events runs on ${nodes}`, async () =>
    (await Promise.all(nodes.map((node) => runs(node, mark)))).every(Boolean),
  );
  return started;
}

describe('a signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s reaches docker, and the exit code is its own', async (signal, code) => {
    const { child, outcome } = await waiting('', ['node1'], signal);
    child.kill(signal);
    expect(await outcome).toEqual({ code, stdout: '', stderr: '' });
    expect(await runs('node1', signal)).toBe(false);
  });

  it('SIGINT reaches all of many', async () => {
    const { child, outcome } = await waiting('--host node[1:3]', ['node1', 'node2', 'node3'], 'many');
    child.kill('SIGINT');
    expect(await outcome).toEqual({ code: 130, stdout: '', stderr: '' });
    for (const node of ['node1', 'node2', 'node3']) expect(await runs(node, 'many')).toBe(false);
  });

  it('a third SIGINT within a second stops belt at once, whatever the host does', async () => {
    const { child, outcome } = await waiting('', ['node1'], 'thrice');
    for (let n = 0; n < 3; n++) child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
  });
});

describe('a reader that goes away', () => {
  // More than a pipe holds.
  const long = `docker info --format '${'{{json .}}'.repeat(50)}'`;

  it.each([
    ['', long, 100],
    ['--host node1,node1', long, 100],
    ['--host node[1:2]', 'docker version', 5],
  ])('belt %s | head: belt ends, and nothing is left on the host', async (globals, command, bytes) => {
    const { stdout, stderr } = await w.shell(`{ belt ${globals} ${command}; echo "ended $?" >&2; } | head -c ${bytes}`);
    expect(stdout).toHaveLength(bytes);
    expect(stderr).toMatch(/^ended \d+\n$/);
    await until('nothing is left', async () => !(await runs('node1', 'docker ')));
  });
});

describe('a host that does not answer', () => {
  it('is switched off: 255 and one line', async () => {
    await w.belt('ls');
    await api(w, 'POST', `/v2/droplets/${(await droplet('off1')).id}/actions`, { type: 'power_off' });
    await until('it is off', async () => (await droplet('off1')).status === 'off');
    expect(await w.belt('--host off1 docker version')).toEqual({
      code: 255,
      stdout: '',
      stderr: lines(
        'error: off1 (127.1.0.4): connection refused',
        'hint: it is powered off: power it on in the control panel',
      ),
    });
    expect(await w.belt('--host node2,off1 docker version --format here')).toEqual({
      code: 255,
      stdout: 'node2 | here\n',
      stderr: lines(
        'off1  | error: off1 (127.1.0.4): connection refused',
        'off1  | hint: it is powered off: power it on in the control panel',
      ),
    });
  });

  it('is on and refuses: a firewall of its own may count', async () => {
    await breakIt(w, 'no-ssh@shut1');
    expect((await w.belt('create --no-wait 1gb shut1')).code).toBe(0);
    await until('it is on', async () => (await droplet('shut1')).status === 'active');
    const { code, stderr } = await w.belt('--host shut1 docker version');
    expect({ code, stderr: stderr.replace(/127[.\d]+/, 'ADDRESS') }).toEqual({
      code: 255,
      stderr: lines(
        'error: shut1 (ADDRESS): connection refused',
        'hint: if you reached it a moment ago, its own firewall may limit SSH connections (ufw limit: five in 30 s): wait 30 s, then try again',
      ),
    });
    await mend(w);
    expect((await w.belt('rm -y shut1')).code).toBe(0);
  });

  it('loses its power in the middle: 255, not 0', async () => {
    const { outcome } = await waiting('--host node3', ['node3'], 'power');
    await api(w, 'POST', `/v2/droplets/${(await droplet('node3')).id}/actions`, { type: 'power_off' });
    expect(await outcome).toEqual({
      code: 255,
      stdout: '',
      stderr: lines(
        'error: node3 (127.1.0.3): the connection was lost',
        'hint: the command may still be running there; run the same command again',
      ),
    });
  });

  it('loses the connection right after the command began: 255, not 0', async () => {
    await breakIt(w, 'ssh-reset=1@cut1');
    await w.belt('create 512mb cut1 --no-wait');
    await until('it is up', async () => (await droplet('cut1')).timeline.engineAt !== undefined);
    const { code, stdout, stderr } = await w.belt('--host cut1 docker events');
    expect({ code, stdout }).toEqual({ code: 255, stdout: '' });
    expect(stderr).toMatch(/^error: cut1 \(127\.1\.0\.\d+\): the connection was lost\nhint: .*\n$/);
    expect((await w.belt('--host cut1 docker version --format here')).stdout).toBe('here\n');
  });
});

describe('an address that is out of date', () => {
  const elsewhere = { BELT_STATE_DIR: join(w.home, 'colleague') };

  it('of a droplet that is gone: it says so', async () => {
    // Who knows no host key cannot ask the swarm.
    expect((await w.belt('rm -y --force gone1', { env: elsewhere })).code).toBe(0);
    const { code, stdout, stderr } = await w.belt('--host gone1 docker version');
    expect({ stdout, stderr }).toEqual({
      stdout: '',
      stderr: lines('error: gone1 no longer exists', 'hint: see: belt ls'),
    });
    expect(code).toBe(1);
  });

  it('of a droplet that a colleague recreated: its key is not known here, and belt does not go on', async () => {
    expect((await w.belt('rm -y --force old1', { env: elsewhere })).code).toBe(0);
    expect((await w.belt('create 512mb old1', { env: elsewhere })).code).toBe(0);
    const { publicAddress } = await droplet('old1');
    const { code, stdout, stderr } = await w.belt('--host old1 docker swarm init');
    expect({ code, stdout, stderr: stderr.replace(/SHA256:\S+/, 'KEY') }).toEqual({
      code: 255,
      stdout: '',
      stderr: lines(
        `error: old1 (${publicAddress}): its host key is not known here: it presented KEY`,
        'hint: compare that with its console, then: belt trust old1',
      ),
    });
    expect((await onHost(w, 'old1', 'docker info --format {{.Swarm.LocalNodeState}}')).stdout).toBe('inactive\n');
    expect((await w.belt('trust -y old1')).stdout).toBe('old1: pinned\n');
    expect((await w.belt('--host old1 docker version --format here')).stdout).toBe('here\n');
  });

  it('of a droplet that was recreated here: the new one answers', async () => {
    const stale = { BELT_STATE_DIR: join(w.home, 'stale') };
    const nodes = () => stateFile(w, 'nodes-default.json', stale.BELT_STATE_DIR);
    expect((await w.belt('create 512mb new1', { env: stale })).code).toBe(0);
    const { id } = await droplet('new1');
    await w.shell(`cp ${nodes()} kept.json`, { env: stale });
    await w.belt('rm -y new1', { env: stale });
    expect((await w.belt('create 512mb new1', { env: stale })).code).toBe(0);
    await w.shell(`cp kept.json ${nodes()}`, { env: stale });
    expect((await droplet('new1')).id).not.toBe(id);
    expect(await w.belt('--host new1 docker info --format {{.Name}}', { env: stale })).toEqual({
      code: 0,
      stdout: 'new1\n',
      stderr: '',
    });
  });
});
