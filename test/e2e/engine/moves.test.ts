// Managers, nodes and tasks that go and come on real engines, while belt deploys, copies, forwards and pushes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { act, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done } from './deeds.ts';
import { engineWorld, onEngines } from './engine.ts';

const PATIENCE = { timeoutMs: 240_000 };

const stack = (colour: string) => `
name: shop
services:
  web:
    image: nginx:latest
    environment: {COLOUR: ${colour}}
    stop_grace_period: 1s
    deploy: {replicas: 2, update_config: {monitor: 5s}, placement: {constraints: [node.hostname != node3]}}
  late:
    image: nginx:latest
    environment: {COLOUR: ${colour}}
    stop_grace_period: 1s
    depends_on: {web: {condition: service_healthy}}
    deploy: {placement: {constraints: [node.hostname != node3]}}
`;

onEngines('what goes and comes', () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
    done(await w.belt('create 1gb node[1:4]', PATIENCE));
    done(await w.belt('swarm join node3 node[1:2] --manager', PATIENCE));
    w.write('compose.yaml', stack('blue'));
    done(await w.belt('deploy', PATIENCE));
  });
  afterAll(() => w?.end());

  const running = async (service: string): Promise<string[]> => {
    const words = ['docker', 'service', 'ps', service, '--filter', 'desired-state=running', '--no-trunc'];
    return done(await w.belt([...words, '--format', '{{.CurrentState}} {{.Error}}'], PATIENCE))
      .trim()
      .split('\n');
  };

  it('cp brings a file into a task, and a folder from it, on whichever node it runs', async () => {
    w.write('in/page', 'a page\n');
    done(await w.belt('cp in/page shop_web.2:/usr/share/nginx/html/page', PATIENCE));
    expect(done(await w.belt('sh shop_web.2 -- cat /usr/share/nginx/html/page', PATIENCE))).toBe('a page\n');
    done(await w.belt('cp shop_web.2:/usr/share/nginx/html/. out', PATIENCE));
    expect(readFileSync(join(w.cwd, 'out/page'), 'utf8')).toBe('a page\n');
    // What was copied is no part of the image.
    const others = await w.belt(['sh', 'shop_web.1', '--', 'cat', '/usr/share/nginx/html/page'], PATIENCE);
    expect(others.code).toBe(1);
  });

  it('a command in a task that was just replaced goes on in the next one, or belt says why not', async () => {
    const run = () => w.belt('sh shop_late.1 -- hostname', PATIENCE);
    let isOver = false;
    const restart = w.belt('restart shop_late', PATIENCE).finally(() => {
      isOver = true;
    });
    const seen = [];
    while (!isOver) seen.push(await run());
    done(await restart);
    for (const { code, stderr } of seen) {
      expect(stderr).not.toContain('response from daemon');
      // 137: it had begun when its task was ended.
      expect(code === 0 || code === 137 || /^error: .*shop_late/.test(stderr), `${code}: ${stderr}`).toBe(true);
    }
    expect(await run()).toMatchObject({ code: 0 });
  });

  it('a node that joins gets what was pushed from the engine of this machine', async () => {
    done(
      await w.belt(
        [
          ...['with', 'node2', '--', 'sh', '-c'],
          'echo own > own && printf "FROM nginx\\nCOPY own /own\\n" > Dockerfile && DOCKER_BUILDKIT=0 docker build -q -t own:1 .',
        ],
        PATIENCE,
      ),
    );
    const pushed = done(await w.belt(['with', 'node2', '--', 'belt', 'push', 'own:1', '--to', 'node[1:3]'], PATIENCE));
    const image = pushed.trim().split('\n').at(-1)!;
    const joined = await w.belt(['with', 'node2', '--', 'belt', 'swarm', 'join', 'node3', 'node4'], PATIENCE);
    done(joined);
    // No service has it yet.
    expect(joined.stderr).not.toContain('pushed images');
    const only = ['--constraint', 'node.hostname==node4', '--restart-delay', '1s'];
    done(await w.belt(['docker', 'service', 'create', '-d', '-q', '--name', 'own', ...only, image], PATIENCE));
    await until('it cannot start there', async () =>
      done(await w.belt(['docker', 'service', 'ps', 'own', '--no-trunc'], PATIENCE)).includes(
        `No such image: ${image}`,
      ),
    );
    done(await w.belt('exec node4 -- docker swarm leave', PATIENCE));
    const again = await w.belt(['with', 'node2', '--', 'belt', 'swarm', 'join', 'node3', 'node4'], PATIENCE);
    expect(again, again.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining(`node4 | ${image}: `) });
    await until('it runs there', async () => (await running('own')).some((row) => row.startsWith('Running')));
    expect(done(await w.belt('sh own -q -- cat /own', PATIENCE))).toBe('own\n');
  });

  it('a deployment goes on through another manager when its own goes, and forward to a task elsewhere', async () => {
    const forward = w.start('forward shop_web.1 0:80', PATIENCE);
    onTestFinished(() => void forward.child.kill());
    await until('it listens', () => forward.so().stderr.includes('leads to'));
    const [address = ''] = forward.so().stderr.split(' ');
    const page = async () => (await fetch(`http://${address}/`, { headers: { connection: 'close' } })).status;
    expect(await page()).toBe(200);
    w.write('compose.yaml', stack('red'));
    const { outcome, so } = w.start('deploy --trace', PATIENCE);
    await until('it waits', () => so().stderr.includes('late waits for web'));
    // The leader, which no task is on.
    await act(w, 'node3', 'power_off');
    const { code, stderr } = await outcome;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('updated service late\n');
    // The active node is the one that went.
    const inspect = ['--host', 'node1', 'docker', 'service', 'inspect', 'shop_late', 'shop_web'];
    const stdout = done(await w.belt(inspect, PATIENCE));
    expect(stdout.match(/"COLOUR=red"/g)).toHaveLength(2);
    expect(await page()).toBe(200);
    forward.child.kill('SIGINT');
    expect((await forward.outcome).stderr).toMatch(/^shop_web\.1 is a new task now, on node[124]$/m);
    await act(w, 'node3', 'power_on');
  });
});
