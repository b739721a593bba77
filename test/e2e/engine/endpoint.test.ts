// An endpoint over real engines: nodes that join and leave while clients work on others, and uploads larger than its memory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../support/probe.ts';
import type { Started, World } from '../world.ts';
import { done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

/** Of a build context. */
const MIB = Number(process.env['BELT_CONTEXT_MIB'] ?? 256);
const MOST_MEMORY_MIB = 150;

onEngines('belt endpoint', () => {
  let w: World;
  let open: Started;
  beforeAll(async () => {
    w = await worldOf('node[1:2]');
    open = w.start('endpoint --socket fleet.sock');
    await until('it is open', () => open.so().stdout.endsWith('\n'));
  });
  afterAll(async () => {
    open?.child.kill('SIGINT');
    await open?.outcome;
    await w?.end();
  });

  /** What a script here prints, whose docker is that of the endpoint. */
  const script = async (text: string) =>
    done(await w.shell(text, { env: { DOCKER_HOST: `unix://${join(w.cwd, 'fleet.sock')}`, DOCKER_BUILDKIT: '0' } }));
  const memoryMib = () => {
    const status = readFileSync(`/proc/${open.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1]) / 1024;
  };

  it('a node that is created gets containers; when it is removed they are gone, and a log of another goes on', async () => {
    await script(
      `docker run -d --name talk -e constraint:node==node1 --network none nginx sh -c 'while :; do date; sleep 1; done'`,
    );
    const logs = w.shell('exec docker logs -f talk', { env: { DOCKER_HOST: `unix://${join(w.cwd, 'fleet.sock')}` } });
    let isOver = false;
    void logs.then(() => {
      isOver = true;
    });
    done(await w.belt('create 512mb node3'));
    await until('node3 joined', () => open.so().stderr.includes('node3 joined\n'));
    expect(
      await script(
        `docker run -d --name new -e constraint:node==node3 --network none nginx sleep 1000 >/dev/null; docker ps --format '{{.Names}}' | sort`,
      ),
    ).toBe('node1/talk\nnode3/new\n');
    done(await w.belt('rm -y node3'));
    await until('node3 is gone', () => open.so().stderr.includes('node3 is gone'));
    expect(await script(`docker ps -a --format '{{.Names}}'; docker info | grep Nodes:`)).toBe(
      'node1/talk\n Nodes: 2\n',
    );
    expect(isOver).toBe(false);
    await script('docker rm -f talk');
    const { stdout } = await logs;
    expect(stdout.split('\n').length).toBeGreaterThan(2);
  });

  it('a large build context and image pass through, and stay out of memory', async () => {
    w.write('app/Dockerfile', 'FROM nginx\nCOPY file /made\n');
    const times = await script(
      `head -c ${MIB}M /dev/urandom > app/file
       t() { from=$(date +%s%N); "$@" >/dev/null 2>&1 || echo failed "$@"; echo $1 $2 $((($(date +%s%N) - from) / 1000000)) ms; }
       t docker build -q -t made app; t docker save -o made.tar made; t docker load -qi made.tar; rm -f made.tar
       docker run --rm --network none made cat /made | cmp - app/file && echo same; docker rmi made >/dev/null`,
    );
    expect(times).not.toContain('failed');
    expect(times).toContain('same\n');
    expect(memoryMib()).toBeLessThan(MOST_MEMORY_MIB);
  });
});
