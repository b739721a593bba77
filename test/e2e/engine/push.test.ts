// `belt push` between real engines: what each version and store takes when layers are left out decides.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { onHost } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 240_000 };
/** An engine that builds; the others have 20.10, 26.1, 26.1 with containerd's store, and 28.5. */
const BUILDER = 'builder';
const LARGE = 120_000_000;
const STORE = '{"features":{"containerd-snapshotter":true}}';
/** Its overlays cannot be mounted on the overlay that the disk of an engine host is; Docker's own folder is none. */
const WITH_CONTAINERD = [
  'systemctl stop docker docker.socket containerd',
  'mkdir -p /var/lib/docker/containerd && mount --bind /var/lib/docker/containerd /var/lib/containerd',
  `echo '${STORE}' > /etc/docker/daemon.json`,
  'systemctl start containerd docker',
].join(' && ');

onEngines('belt push', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    const create = (image: string, nodes: string) => w.belt(`create 1gb ${nodes} --image ${image}`, PATIENCE);
    const made = await Promise.all([
      create('docker-20-04', `${BUILDER},old`),
      create('docker-22-04', 'mid,store'),
      create('ubuntu-24-04-x64', 'new'),
    ]);
    expect(made.map(({ code }) => code)).toEqual([0, 0, 0]);
    await onHost(w, 'store', WITH_CONTAINERD);
    mkdirSync(join(w.cwd, 'app'));
    w.write('app/Dockerfile', 'FROM nginx\nCOPY large /large\nCOPY small /small\n');
    writeFileSync(join(w.cwd, 'app/large'), randomBytes(4_000_000));
  });
  afterAll(() => w?.end());

  const NODES = ['mid', 'new', 'old', 'store'];
  /** The builder's docker is the one of this machine. */
  const onBuilder = (line: string) => w.belt(['with', BUILDER, '--', 'sh', '-c', line], PATIENCE);
  const build = async (small: string) => {
    w.write('app/small', small);
    expect(await onBuilder(`DOCKER_BUILDKIT=0 docker build -q -t app:${small} app`)).toMatchObject({ code: 0 });
  };
  const push = (words: string) => onBuilder(`belt push ${words}`);
  const run = async (node: string, image: string, ...command: string[]) =>
    (await w.belt(['--host', node, 'docker', 'run', '--rm', '--network', 'none', image, ...command], PATIENCE)).stdout;

  it('a changed layer is all that is sent, to engines of every version and store', async () => {
    await build('one');
    const first = await push(`app:one --to ${NODES.join()} --json`);
    expect(first.code, first.stderr).toBe(0);
    await build('two');
    const { code, stdout, stderr } = await push(`app:two --to ${NODES.join()} --json`);
    expect(code, stderr).toBe(0);
    const ends = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const { sentBytes, images } of ends) {
      expect(sentBytes).toBeLessThan(5_000);
      expect(images[0].layers - images[0].had).toBe(1);
    }
    const { reference } = ends[0].images[0];
    for (const node of NODES) {
      expect(await run(node, reference, 'cat', '/small')).toBe('two');
      expect(await run(node, 'app:one', 'sh', '-c', 'cat /small; wc -c < /large')).toBe('one4000000\n');
    }
    expect(await w.belt(`exec ${NODES.join()} -- docker ps -aq`)).toMatchObject({ code: 0, stdout: '' });
  });

  it('an image whose base went away meanwhile is sent whole', async () => {
    await onHost(w, 'old', 'docker rmi -f $(docker images -q app) > /dev/null');
    const again = await push('app:two --to old');
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('old | app:two: ') });
    expect(await run('old', 'app:two', 'cat', '/small')).toBe('two');
  });

  it('goes on after the layers that arrived when the connection is cut', async () => {
    // The second is large: the connection is to be cut before all of it has gone through.
    writeFileSync(join(w.cwd, 'app/a'), randomBytes(34_000_000));
    writeFileSync(join(w.cwd, 'app/b'), randomBytes(LARGE));
    w.write('app/Dockerfile', 'FROM nginx\nCOPY a /a\nCOPY b /b\n');
    expect(await onBuilder('DOCKER_BUILDKIT=0 docker build -q -t big:1 app')).toMatchObject({ code: 0 });
    // On the host, so that it comes in time: sshd's processes have one of two names.
    const arrived = 'until docker images | grep -q first; do sleep 0.05; done';
    const cut = onHost(w, 'mid', `${arrived}; pkill -f '^sshd(-session)?: root'`).catch(() => undefined);
    const pushing = push('big:1 --to mid --trace');
    await cut;
    const { code, stderr } = await pushing;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('connecting again');
    expect(stderr).toContain('mid | big:1: 1 of 3 layers sent; ');
    const left = await onHost(w, 'mid', 'docker images | grep -c first; true');
    expect(left.stdout.trim()).toBe('0');
    expect(await run('mid', 'big:1', 'sh', '-c', 'wc -c < /b')).toBe(`${LARGE}\n`);
  });
});
