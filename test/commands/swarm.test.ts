// `belt swarm`: a swarm is made and grown, one node's failure is one node's, and nothing is taken out of a swarm unasked.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { type Gate, type GateHooks, gate } from '../support/gate.ts';
import { act, api, droplet, lines, masked, onHost, until } from '../support/probe.ts';

const w: World = world();
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:20] db[1:4]');
  if (made.code !== 0) throw new Error(made.stderr);
});
afterAll(() => w.end());

const run = async (words: string) => {
  const { code, stdout, stderr } = await w.belt(words);
  return { code, stdout: masked(stdout), stderr: masked(stderr) };
};
/** What the manager says of its swarm: `name role-or-manager-status`, in natural order. */
const members = async (manager: string) =>
  (await w.belt(`--host ${manager} docker node ls --format {{.Hostname}}:{{.ManagerStatus}}`)).stdout
    .trim()
    .split('\n');
const joined = (...names: string[]) => names.map((name) => `${name}: This node joined a Swarm as a worker.`);

describe('belt swarm init', () => {
  it('with no node active and none named: how to choose one', async () => {
    expect(await run('swarm init')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: no node is active',
        'hint: choose one: belt active db1 (or name it: belt --host db1 docker …)',
      ),
    });
  });

  it('makes a manager over its private address, and says so when it is one', async () => {
    expect(await run('swarm init db1')).toEqual({
      code: 0,
      stdout: 'db1: Swarm initialized: current node (ID) is now a manager.\n',
      stderr: expect.stringMatching(
        /^firewall belt-default: created; [^\n]*\ndb1 is the active node: belt docker talks to it\n$/,
      ),
    });
    const { privateAddress } = (await w.status()).droplets.find(({ name }) => name === 'db1')!;
    expect((await onHost(w, 'db1', "docker info --format '{{.Swarm.NodeAddr}}'")).stdout).toBe(`${privateAddress}\n`);
    expect((await run('swarm init db1')).stdout).toBe('db1: This node is a manager of a swarm already (ID).\n');
  });
});

describe('belt swarm join', () => {
  it('makes the swarm first where there is none; a line a node as it joins, however many', async () => {
    const { code, stdout, stderr } = await run('swarm join node1 node[1:18]');
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'node1: Swarm initialized: current node (ID) is now a manager.\n',
    });
    const names = Array.from({ length: 17 }, (_, index) => `node${index + 2}`);
    expect(stdout.split('\n').sort()).toEqual(['', ...joined(...names)].sort());
    expect(await members('node1')).toEqual(['node1:Leader', ...names.map((name) => `${name}:`)]);
    expect((await w.belt('ls -q @manager')).stderr).toBe('');
  });

  it('says of a node that is in it already that it is, and joins the others', async () => {
    const { code, stdout, stderr } = await run('swarm join node1 node[18:19]');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').sort()).toEqual([
      '',
      'node18: This node is already in this Swarm as a worker.',
      ...joined('node19'),
    ]);
  });

  it('an object a node with --json', async () => {
    expect(await run('swarm join node1 node20 --json')).toEqual({
      code: 0,
      stdout: '{"node":"node20","role":"worker","already":false}\n',
      stderr: '',
    });
  });

  it('a node of another swarm stays there, unless --force takes it out', async () => {
    const node = 'db1';
    expect(await run(`swarm join node1 ${node}`)).toEqual({
      code: 1,
      stdout: '',
      stderr: lines('error: db1 is in another swarm', 'hint: --force removes it from that one first'),
    });
    expect(await members('db1')).toEqual(['db1:Leader']);
    expect(await run(`swarm join node1 db[1:2]`)).toEqual({
      code: 3,
      stdout: lines(...joined('db2')),
      stderr: lines('error: 1 of 2 failed: db1', '  db1 is in another swarm (--force removes it from that one first)'),
    });
    expect(await run(`swarm join node1 ${node} --force`)).toEqual({
      code: 0,
      stdout: lines(...joined('db1')),
      stderr: '',
    });
    expect((await members('node1')).slice(0, 2)).toEqual(['db1:', 'db2:']);
  });

  it('through a worker: an error that names a way', async () => {
    expect(await run('swarm join node2 db3')).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: node2 is a worker of a swarm, not a manager',
        'hint: name one of its managers, or: belt --host node2 docker swarm leave',
      ),
    });
    expect((await onHost(w, 'db3', 'docker info --format {{.Swarm.LocalNodeState}}')).stdout).toBe('inactive\n');
  });

  it('--manager: one after another, in the order asked for; an even number is a warning', async () => {
    expect(await run('swarm join node1 db4 --manager')).toEqual({
      code: 0,
      stdout: 'db4: This node joined a Swarm as a manager.\n',
      stderr: 'warning: 2 managers survive the loss of 0, no more than 1 would: an odd number is better\n',
    });
    expect(await run('swarm join node1 db3 --manager')).toEqual({
      code: 0,
      stdout: 'db3: This node joined a Swarm as a manager.\n',
      stderr: '',
    });
    const managers = (await members('db4')).filter((line) => !line.endsWith(':'));
    expect(managers).toEqual(['db3:Reachable', 'db4:Reachable', 'node1:Leader']);
    expect((await w.belt('ls -q @manager')).stdout).toBe(lines('db3', 'db4', 'node1'));
    expect((await w.belt('ls -q @worker,!node*')).stdout).toBe(lines('db1', 'db2'));
  });

  it('--manager of a node that is a worker already is not done, and says how it is', async () => {
    expect(await run('swarm join node1 node4 --manager')).toEqual({
      code: 3,
      stdout: '',
      stderr: lines(
        'error: node4 is in the swarm as a worker',
        'hint: make it a manager: belt docker node promote node4',
      ),
    });
  });

  it('several managers at once are still one after another', async () => {
    await w.belt('--host node[15:17] docker swarm leave');
    const { code, stdout } = await run('swarm join node1 node[15:16] --manager');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: lines('node15: This node joined a Swarm as a manager.', 'node16: This node joined a Swarm as a manager.'),
    });
  });

  it('no join token is traced', async () => {
    const { code, stdout, stderr } = await w.belt('swarm join node1 node17 --trace');
    expect({ code, stdout }).toEqual({ code: 0, stdout: lines(...joined('node17')) });
    expect(stderr).toMatch(/^trace: node17 engine API done \d+ ms$/m);
    expect(stdout + stderr).not.toMatch(/SWMTKN-1|dop_v1_/);
  });
});

describe('one node that does not answer', () => {
  it('does not hide the others: exit 3 and its line', async () => {
    await w.belt('--host node[12:14] docker swarm leave');
    const { id, publicAddress } = (await w.status()).droplets.find(({ name }) => name === 'node13')!;
    await api(w, 'POST', `/v2/droplets/${id}/actions`, { type: 'power_off' });
    await until('it is off', async () => (await w.status()).droplets.find((one) => one.id === id)?.status === 'off');
    const { code, stdout, stderr } = await run('swarm join node1 node[12:14]');
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: lines(
        'error: 1 of 3 failed: node13',
        `  node13 (${publicAddress}): connection refused (it is powered off: power it on in the control panel)`,
      ),
    });
    expect(stdout.split('\n').sort()).toEqual(['', ...joined('node12', 'node14')]);
  });
});

describe('a join that does not come to its end', () => {
  const own: World = world();
  let at: Gate;
  const hooks: GateHooks = {};
  const start = (words: string) => own.start(words, { env: at.env });
  beforeAll(async () => {
    await own.sandbox();
    at = await gate(own, { before: (request) => hooks.before?.(request) });
    expect((await start('create 512mb n[1:3]').outcome).code).toBe(0);
  });
  afterAll(async () => {
    at?.close();
    await own.end();
  });

  it('is given up at --timeout', async () => {
    const { id } = await droplet(own, 'n1');
    const inbound_rules = [
      { protocol: 'tcp', ports: own.env['DIGITALOCEAN_SSH_PORT'], sources: { addresses: ['0.0.0.0/0'] } },
    ];
    const made = await api(own, 'POST', '/v2/firewalls', { name: 'shut', droplet_ids: [id], inbound_rules });
    const startMs = own.clock.now();
    const { code, stderr } = await start('swarm join n1 n3 --no-firewall --timeout 5').outcome;
    expect({ code, error: /^error: n3 is still trying to join/m.test(stderr) }, stderr).toEqual({
      code: 1,
      error: true,
    });
    expect(own.clock.now() - startMs).toBeLessThan(90_000);
    await api(own, 'DELETE', `/v2/firewalls/${(made as { firewall: { id: string } }).firewall.id}`);
  });

  it('and interrupted says who may not be in', async () => {
    await act(own, 'n2', 'power_off');
    // Where a node is that does not answer, DigitalOcean is asked.
    let isShut = false;
    hooks.before = ({ method, path }) => {
      isShut ||= method === 'POST' && path === '/v2/firewalls';
      if (isShut && method === 'GET' && path.startsWith('/v2/droplets')) run.interrupt();
    };
    const run = start('swarm join n1 n2');
    const { code, stdout, stderr } = await run.outcome;
    expect({ code, stdout, said: stderr.split('\n').slice(-3) }).toEqual({
      code: 130,
      stdout: '',
      said: [
        'error: interrupted: n2 may not be in the swarm',
        'hint: run the same command again: nodes that are already in it are skipped',
        '',
      ],
    });
  });
});
