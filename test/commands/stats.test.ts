// `belt stats` and `belt info`: what the engines of all nodes say.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { act, onHost, told, until } from '../support/probe.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  for (const words of ['create s-1vcpu-1gb node[1:2]', 'swarm init node1', 'swarm join node1 node2']) await must(words);
  for (const words of [
    'docker service create --name web --replicas 2 nginx',
    'docker service create --name db --constraint node.hostname==node1 redis:7',
  ])
    await must(words);
  await until('all run', async () => (await w.belt('ps')).stdout.match(/ running /g)?.length === 3);
});
afterAll(() => w.end());

async function must(words: string): Promise<void> {
  const { code, stderr } = await w.belt(words);
  if (code !== 0) throw new Error(stderr);
}

/** What grows with the time is chance. */
const rows = (text: string) =>
  text.split('\n').map((line) => line.replace(/[\d.]+[kM]?B \/ [\d.]+k?B/g, 'IO').replace(/ +/g, ' '));

describe('belt stats', () => {
  test('a row a container of all nodes', async () => {
    const { code, stdout, stderr } = await w.belt('stats');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(rows(stdout)).toEqual([
      'Node Name CPU % Memory Mem % Net in / out Disk in / out',
      'node1 db.1 2.00 20MiB 1.95 IO IO',
      expect.stringMatching(/^node1 web\.[12] 2\.00 20MiB 1\.95 IO IO$/),
      expect.stringMatching(/^node2 web\.[12] 2\.00 20MiB 1\.95 IO IO$/),
      '',
    ]);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('of a service, of a node, of a node in a service', async () => {
    expect((await w.belt('stats web -q')).stdout.split('\n').toSorted()).toEqual(['', 'web.1', 'web.2']);
    expect(JSON.parse((await w.belt('stats node2 --json')).stdout)).toEqual([
      {
        node: 'node2',
        name: expect.stringMatching(/^web\.[12]\.\w{25}$/),
        label: expect.stringMatching(/^web\.[12]$/),
        service: 'web',
        slot: expect.any(Number),
        task: expect.any(String),
        container: expect.stringMatching(/^[0-9a-f]{64}$/),
        image: 'nginx:latest',
        cpuPercent: 2,
        memoryBytes: 20 * 2 ** 20,
        memoryLimitBytes: 2 ** 30,
        receivedBytes: expect.any(Number),
        sentBytes: expect.any(Number),
        readBytes: 4 * 2 ** 20,
        writtenBytes: 0,
        processes: 2,
      },
    ]);
    expect(rows((await w.belt('stats node1 db')).stdout)).toHaveLength(3);
  });

  test('--sum: a row a node', async () => {
    expect(rows((await w.belt('stats --sum')).stdout)).toEqual([
      'Node Containers CPU % Memory Mem % Net in / out Disk in / out',
      'node1 2 4.00 40MiB 3.91 IO IO',
      'node2 1 2.00 20MiB 1.95 IO IO',
      '',
    ]);
  });

  test('wrong words', async () => {
    expect(told(await w.belt('stats wev'))).toEqual({
      code: 2,
      error: 'no node, stack, service, task or container is called "wev"',
      hint: 'did you mean web?',
    });
    expect(told(await w.belt('stats wev', { terminal: true }))).toMatchObject({ code: 2 });
  });

  test('on a terminal it is drawn again until Ctrl-C, and the last of it stays', async () => {
    const running = w.start('stats', { terminal: true });
    const drawn = () => running.so().stdout.match(/\x1b\[\d+A\x1b\[J/g)?.length ?? 0;
    await until('it was redrawn with figures', () => drawn() > 2 && running.so().stdout.includes('2.00'));
    running.interrupt();
    const { code, stdout, stderr } = await running.outcome;
    expect([code, stderr]).toEqual([130, '']);
    const last = stdout.split(/\r\x1b\[\d+A\x1b\[J/).at(-1) ?? '';
    expect(rows(last)).toHaveLength(5);
    expect(rows(last)[0]).toBe('Node Name CPU % Memory Mem % Net in / out Disk in / out');
  });

  test('--no-stream on a terminal is one look', async () => {
    const { code, stdout } = await w.belt('stats --no-stream db', { terminal: true });
    expect(code).toBe(0);
    expect(rows(stdout)[1]).toBe('node1 db.1 2.00 20MiB 1.95 IO IO');
  });

  test('a frozen node is named, and the rest shown', async () => {
    await onHost(w, 'node2', 'pkill -STOP dockerd');
    const { code, stdout, stderr } = await w.belt('stats');
    await onHost(w, 'node2', 'pkill -CONT dockerd');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^error: 1 of 2 failed: node2\n {2}node2: its Docker engine does not answer \([\d.]+ s\) \(see why: belt exec node2 -- systemctl status docker\)\n$/,
    );
    expect(rows(stdout)).toHaveLength(4);
  });
});

describe('belt info', () => {
  test('all engines, as docker info of Swarm v1', async () => {
    const { code, stdout, stderr } = await w.belt('info');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.replace(/ID: \S+$/gm, 'ID: …').split('\n');
    expect(lines.slice(0, 18)).toEqual([
      ...['Containers: 3', ' Running: 3', ' Paused: 0', ' Stopped: 0', expect.stringMatching(/^Images: \d+$/)],
      ...['Role: primary', 'Strategy: spread'],
      'Filters: health, port, containerslots, dependency, affinity, constraint, whitelist',
      'Nodes: 2',
      ' node1: 127.1.0.1',
      '  └ ID: …',
      '  └ Status: Healthy',
      '  └ Containers: 2 (2 Running, 0 Paused, 0 Stopped)',
      '  └ Reserved CPUs: 0 / 1',
      '  └ Reserved Memory: 0 B / 1 GiB',
      expect.stringMatching(
        /^ {2}└ Labels: kernelversion=\S+, operatingsystem=.+, ostype=linux, storagedriver=overlay2/,
      ),
      expect.stringMatching(/^ {2}└ ServerVersion: \d/),
      ' node2: 127.1.0.2',
    ]);
    expect(lines.slice(-4)).toEqual(['CPUs: 2', 'Total Memory: 2GiB', 'Name: belt (default)', '']);
  });

  test('of some nodes, for programs', async () => {
    const { nodes, ...all } = JSON.parse((await w.belt('info node2 --json')).stdout);
    expect(all).toMatchObject({ name: 'belt (default)', cpus: 1, containers: { total: 1, running: 1 } });
    expect(nodes).toMatchObject([
      {
        name: 'node2',
        address: '127.1.0.2',
        answers: true,
        reserved: { cpus: 0, memoryBytes: 0 },
        storageDriver: 'overlay2',
        swarm: { state: 'active', isManager: false },
      },
    ]);
  });

  test('a node that is off is named, and the rest shown', async () => {
    await must('create s-1vcpu-1gb off1');
    await act(w, 'off1', 'power_off');
    const { code, stdout, stderr } = await w.belt('info');
    expect(code).toBe(3);
    expect(stdout).toContain('  └ Status: Pending\n');
    expect(stderr).toMatch(/^error: 1 of 3 failed: off1\n {2}off1 /);
    await must('rm off1 -y');
  });
});
