import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NODE_FIELDS } from '../../src/known-clusters/inspect.ts';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3] --tag web');
  await w.belt('swarm init node1');
  await w.belt('swarm join node1 node2');
});
afterAll(() => w.end());

const inspect = async (words: string) => JSON.parse((await w.belt(`inspect ${words}`)).stdout);

/** The dotted paths of an object, as NODE_FIELDS has them. */
const pathsOf = (object: object): string[] =>
  Object.entries(object).flatMap(([key, value]) => {
    if (key === 'labels') return ['labels.'];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [key];
    return pathsOf(value).map((path) => `${key}.${path}`);
  });

describe('belt inspect', () => {
  test('as JSON, all that is known', async () => {
    const [node] = await inspect('node1');
    expect(node).toEqual({
      name: 'node1',
      id: 18511681,
      cluster: 'default',
      role: 'manager',
      active: true,
      status: 'active',
      publicAddress: '127.1.0.1',
      privateAddress: '10.104.0.2',
      region: 'sgp1',
      size: 's-1vcpu-512mb-10gb',
      image: '18153887',
      memoryMiB: 512,
      vcpus: 1,
      diskGiB: 10,
      priceMonthly: 4,
      vpcUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createdAt: expect.stringMatching(/^20/),
      tags: expect.arrayContaining(['belt', 'belt-cluster-default', 'web']),
      ssh: {
        user: 'root',
        port: expect.any(Number),
        hostKeys: [expect.stringMatching(/^ssh-ed25519 SHA256:[\w+/]{43}$/)],
      },
      swarm: {
        state: 'ready',
        id: expect.stringMatching(/^[a-z0-9]{25}$/),
        address: '10.104.0.2',
        leader: true,
        availability: 'active',
        reachability: 'reachable',
        engine: expect.stringMatching(/^\d+\.\d+/),
        labels: {},
      },
    });
    expect(pathsOf(node).toSorted()).toEqual(NODE_FIELDS.toSorted());
  });

  test('a node outside of the swarm, and without asking', async () => {
    expect((await inspect('node3'))[0]).toMatchObject({
      role: null,
      active: false,
      swarm: { state: 'inactive', id: null },
    });
    expect((await inspect('node1 --no-swarm'))[0]).toMatchObject({ role: null, swarm: null });
  });

  test('--format, a line a node', async () => {
    const format = ['--format', '{{.name}} {{.publicAddress}}\\t{{.swarm.state}} {{.role}}'];
    expect(await w.belt(['inspect', 'node3', 'node[1:2]', ...format])).toEqual({
      code: 0,
      stdout: 'node3 127.1.0.3\tinactive \nnode1 127.1.0.1\tready manager\nnode2 127.1.0.2\tready worker\n',
      stderr: '',
    });
  });

  test('what only the account has to say is not asked of the nodes', async () => {
    const { stderr } = await w.belt(['--trace', 'inspect', '@all', '--format', '{{.name}}']);
    expect(stderr).toContain('trace: GET /v2/droplets');
    expect(stderr).not.toContain('asked for its swarm');
    const asked = await w.belt(['--trace', 'inspect', '@all', '--format', '{{.role}}']);
    expect(asked.stderr).toContain('asked for its swarm');
  });

  test('a field that there is not', async () => {
    const { code, stdout, stderr } = await w.belt(['inspect', 'node1', '--format', '{{.adress}}']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^error: --format: there is no field \.adress\nhint: fields are \.name, \.id, .*\.swarm\.labels\.KEY\n$/,
    );
  });

  test('nodes that there are not, and both ways to print', async () => {
    expect(await w.belt('inspect nope')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: there is no node "nope"\nhint: there are node[1:3]\n',
    });
    expect(await w.belt('inspect node1 --json --format x')).toMatchObject({ code: 2, stdout: '' });
  });

  test('a node that does not answer costs its place in the swarm alone', async () => {
    const other = world();
    try {
      other.write('.belt.yaml', '');
      const env = { ...w.env, HOME: other.home, BELT_STATE_DIR: `${other.home}/state` };
      const { code, stdout, stderr } = await other.belt(
        ['inspect', 'node1', '--format', '{{.name}} {{.swarm.state}}'],
        { env },
      );
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: 'node1 unknown\n',
        stderr:
          'warning: cannot query the swarm: the host key of node1 is not known here (BELT_CLUSTER=default belt trust node1)\n',
      });
    } finally {
      await other.end();
    }
  });
});
