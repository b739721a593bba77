// `belt sh`, `forward` and `restart` on real engines: containers, terminals, signals, networks.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lines, onHost, until } from '../../support/probe.ts';
import { terminal } from '../terminal.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 240_000 };
/** An image with one program, and no name for any other. */
const TINY = `cd "$(mktemp -d)" && id=$(docker create nginx) && docker cp -q $id:/bin/busybox busybox.app && docker rm $id && tar -c busybox.app | docker import -c 'CMD ["/busybox.app", "sleep", "100000"]' - tiny:1`;

onEngines('into tasks', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    done(await w.belt('create 1gb node[1:2]', PATIENCE));
    done(await w.belt('swarm join node1 node2', PATIENCE));
    await Promise.all(['node1', 'node2'].map((node) => onHost(w, node, TINY)));
    const create = (words: string) => w.belt(`docker service create -d -q --endpoint-mode dnsrr ${words}`, PATIENCE);
    done(await create('--name web --replicas 4 --replicas-max-per-node 2 nginx'));
    done(await create('--name tiny tiny:1'));
    done(await create('--name lo --stop-grace-period 1s nginx httpd -f -p 127.0.0.1:9000 -h /usr/share/nginx/html'));
    await until('all run', async () => {
      const { stdout } = await w.belt('docker service ls --format {{.Replicas}}');
      // As in `4/4 (max 2 per node)`.
      return [...stdout.matchAll(/^\d+\/\d+/gm)].flat().toSorted().join() === '1/1,1/1,4/4';
    });
  });
  afterAll(() => w?.end());

  it('runs a command in each, on both nodes, and gives the exit code of one', async () => {
    const { code, stdout } = await w.belt(['sh', '--json', 'web.*', '--', 'hostname']);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(0);
    expect(new Set(records.map(({ node }) => node))).toEqual(new Set(['node1', 'node2']));
    expect(new Set(records.map(({ stdout: id }) => id)).size).toBe(4);
    expect(await w.belt(['sh', 'web.3', '--', 'sh', '-c', 'echo "$0 $1"; exit 7', 'a  b', '$HOME'])).toEqual({
      code: 7,
      stdout: 'a  b $HOME\n',
      stderr: '',
    });
  });

  it('a terminal: its size, its keys, its exit code', async () => {
    const at = terminal(w, 'belt sh web.2');
    await at.shows('/ # ');
    at.type('stty size; sleep 1000\r');
    await at.shows('24 80');
    await at.breaksOff();
    at.type('exit 9\r');
    expect(await at.ended).toBe(9);
  });

  it('a signal ends the program in the container, not docker’s client alone', async () => {
    const left = async () => done(await w.belt(['sh', 'web.1', '--', 'ps'])).includes('sleep 4321');
    const { child, outcome } = w.start('sh web.1 -- sleep 4321');
    await until('it runs', left);
    child.kill('SIGINT');
    expect(await outcome).toMatchObject({ code: 130 });
    await until('it is gone', async () => !(await left()));
  });

  it('an image without a shell is looked into from another one', async () => {
    const { code, stderr } = await w.belt('sh tiny', { input: 'true\n' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: tiny\.1 has no shell: .*\nhint: .*--beside\n$/)]);
    const line = ['sh', 'tiny', '--image', 'nginx', '--', 'sh', '-c', 'ps; ls /proc/1/root'];
    const seen = done(await w.belt(line, PATIENCE));
    expect(seen).toContain('/busybox.app sleep 100000');
    expect(seen.trim().split('\n')).toContain('busybox.app');
  });

  it('forward reaches a port on the loopback of a task, and of the one that takes its place', async () => {
    const { child, outcome, so } = w.start('forward lo 0:9000', PATIENCE);
    await until('it listens', () => so().stderr.includes('leads to'));
    const [address = ''] = so().stderr.split(' ');
    const page = async () => (await fetch(`http://${address}/`, { headers: { connection: 'close' } })).text();
    expect(await page()).toContain('As busybox serves it');
    expect(await w.belt('restart lo', PATIENCE)).toMatchObject({ code: 0 });
    expect(await page()).toContain('As busybox serves it');
    child.kill('SIGINT');
    const { code, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^lo\.1 is a new task now, on node[12]$/m);
  });

  it('restart says why a service does not run', async () => {
    done(
      await w.belt([
        'docker',
        'service',
        'create',
        '-d',
        '-q',
        '--name',
        'bad',
        'nginx',
        'sh',
        '-c',
        'echo about to fail; exit 7',
      ]),
    );
    const { code, stderr } = await w.belt('restart bad', PATIENCE);
    expect([code, stderr]).toEqual([3, expect.stringContaining('1 of 1 service failed: bad')]);
    expect(stderr).toContain(lines('      about to fail'));
  });
});
