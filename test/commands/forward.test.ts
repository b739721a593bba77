import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node1');
  await w.belt('swarm init node1');
  await w.belt('docker service create --name web --replicas 2 nginx');
});
afterAll(() => w.end());

describe('belt forward', () => {
  test('says where it listens and where that leads, until Ctrl-C', async () => {
    const started = w.start('forward web.2 0:80 0:8080');
    await expect.poll(() => started.so().stderr).toContain('8080');
    started.interrupt();
    const { code, stdout, stderr } = await started.outcome;
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(
      /^127\.0\.0\.1:\d+ leads to port 80 of web\.2, on node1\n127\.0\.0\.1:\d+ leads to port 8080 of web\.2, on node1\n$/,
    );
  });

  test('as events', async () => {
    const started = w.start('forward --json web.1 0:80');
    await expect.poll(() => started.so().stdout).toContain('listening');
    expect(JSON.parse(started.so().stdout)).toMatchObject({
      event: 'listening',
      port: 80,
      task: 'web.1',
      node: 'node1',
    });
    started.interrupt();
    expect(await started.outcome).toMatchObject({ code: 130 });
  });

  test('a port that is in use here', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, stderr } = await w.belt(`forward web.1 ${port}:80`);
    server.close();
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        `^error: cannot listen on 127.0.0.1:${port}: it is in use\nhint: another port here: \\d+:80, or a free one: 0:80\n$`,
      ),
    ]);
  });

  test.each([
    ['forward web.1 http', 'error: invalid port "http"\nhint: write PORT, or LOCAL:PORT, such as 8080:80\n'],
    ['forward web.1 80:0', 'error: invalid port "80:0"\nhint: write PORT, or LOCAL:PORT, such as 8080:80\n'],
    ['forward web.1 80:1 80:2', 'error: port 80 is to be two ports here\n'],
    ['forward web.* 0:80', 'error: this takes one task\nhint: name its slot, such as: web.1\n'],
  ])('%s', async (words, stderr) => {
    expect(await w.belt(words)).toEqual({ code: 2, stdout: '', stderr });
  });
});

test('the task of a droplet that is deleted is looked for elsewhere', async () => {
  await w.belt('create 512mb node[2:3]');
  await w.belt('swarm join node1 node[2:3]');
  await w.belt('docker service create --name job --constraint node.role==worker nginx');
  const [, at = ''] = /node(\d)/.exec((await w.belt('ps job')).stdout) ?? [];
  expect(at).toMatch(/[23]/);
  const started = w.start('forward job 0:80');
  await expect.poll(() => started.so().stderr).toContain('leads to port 80');
  const [, port] = /:(\d+) leads/.exec(started.so().stderr) ?? [];
  expect(await w.belt(`rm -y node${at}`)).toMatchObject({ code: 0 });
  const client = connect(Number(port), '127.0.0.1');
  await expect.poll(() => started.so().stderr).toContain(`job.1 is a new task now, on node${at === '2' ? 3 : 2}`);
  client.destroy();
  started.interrupt();
  expect(await started.outcome).toMatchObject({ code: 130 });
});
