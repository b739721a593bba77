import { describe, expect, test } from 'vitest';
import ls from '../../../src/commands/ls.ts';
import type { Context } from '../../../src/context.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import { aDroplet } from '../cloud/things.ts';
import { anOut } from '../output/terminal.ts';

const NOW = Date.parse('2026-07-01T12:00:00Z');

interface Situation {
  quiet?: boolean;
  json?: boolean;
  /** The files of the state folder. */
  files?: Record<string, unknown>;
}

async function listed(droplets: Droplet[], options = {}, { quiet = false, json = false, files = {} }: Situation = {}) {
  const { out, stdout, stderr } = await anOut({ terminal: false, quiet, json });
  const context = {
    out,
    settings: async () => ({ cluster: 'shop' }),
    cloud: async () => ({ droplets: async () => droplets }),
    clock: { now: () => NOW },
    state: async () => ({ readJson: (name: string) => files[name] }),
    fleet: async () => ({ remember: async () => {} }),
  };
  await ls.run(context as unknown as Context, { pattern: [] }, options);
  return { stdout: stdout.written, stderr: stderr.written };
}

const HEADER = 'ID              Name    Public IPv4     Status  Tags\n';

test('a cluster without droplets says how to make some', async () => {
  expect(await listed([])).toEqual({
    stdout: HEADER,
    stderr: 'no droplets in cluster shop; create some: belt create SIZE node[1:3]\n',
  });
});

test('where names or JSON are asked for, and of an account, nothing more is said', async () => {
  expect(await listed([], {}, { quiet: true })).toEqual({ stdout: '', stderr: '' });
  expect(await listed([], {}, { json: true })).toEqual({ stdout: '[]\n', stderr: '' });
  expect(await listed([], { all: true })).toEqual({ stdout: HEADER, stderr: '' });
  expect((await listed([aDroplet({ id: 1, name: 'node1' })])).stderr).toBe('');
});

describe('what this machine knows of the nodes', () => {
  const tags = ['belt', 'belt-cluster-shop'];
  const droplets = [1, 2, 3].map((id) => aDroplet({ id, name: `node${id}`, publicAddress: `203.0.113.${id}`, tags }));
  const seen = (at: number, ...members: [number, object][]) => ({
    'swarm-seen.json': members.map(([id, member]) => [
      id,
      { role: 'worker', leader: false, state: 'ready', at: NOW - at, ...member },
    ]),
  });

  test('stands behind the columns of the book', async () => {
    const files = {
      'active.json': { shop: 'node1' },
      ...seen(5_000, [1, { role: 'manager', leader: true }], [2, { state: 'down' }]),
    };
    expect((await listed(droplets, {}, { files })).stdout.split('\n')).toEqual([
      'ID              Name    Public IPv4     Status  Tags    Active  Swarm',
      '1               node1   203.0.113.1     active          *       leader',
      '2               node2   203.0.113.2     active                  worker, down',
      '3               node3   203.0.113.3     active',
      '',
    ]);
  });

  test('with its age, where it is old: that of the oldest', async () => {
    const files = seen(59_999, [1, {}], [2, { at: NOW - 300_000 }]);
    expect((await listed(droplets, {}, { files })).stdout.split('\n')[0]).toBe(
      'ID              Name    Public IPv4     Status  Tags    Swarm 5m ago',
    );
  });

  test('the active node of another cluster is not this one’s', async () => {
    const files = { 'active.json': { blog: 'node1' } };
    expect((await listed(droplets, {}, { files })).stdout.split('\n')[0]).not.toContain('Active');
    const other = [aDroplet({ id: 1, name: 'node1', tags: ['belt', 'belt-cluster-blog'] })];
    const { stdout } = await listed(other, { all: true }, { files: { 'active.json': { shop: 'node1' } } });
    expect(stdout.split('\n')[0]).toMatch(/Tags +Cluster$/);
  });

  test('as JSON', async () => {
    const files = { 'active.json': { shop: 'node1' }, ...seen(0, [1, { role: 'manager' }]) };
    const nodes = JSON.parse((await listed(droplets, {}, { json: true, files })).stdout);
    expect(nodes[0]).toMatchObject({
      name: 'node1',
      cluster: 'shop',
      active: true,
      swarm: { role: 'manager', leader: false, state: 'ready', seenAt: '2026-07-01T12:00:00.000Z' },
    });
    expect(nodes[1]).toMatchObject({ active: false, swarm: null });
  });

  test.each([
    ['{}'],
    [{}],
    [[[1]]],
    [[['1', {}]]],
    [[[1, { role: 'king', leader: true, state: '', at: 1 }]]],
    [[[1, null]]],
  ])('a cache that makes no sense is none: %j', async (kept) => {
    const { stdout } = await listed(droplets, {}, { files: { 'swarm-seen.json': kept } });
    expect(stdout.split('\n')[0]).toBe(HEADER.trimEnd());
  });
});
