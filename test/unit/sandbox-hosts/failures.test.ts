import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../../../src/sandbox/types.ts';
import { dial, open, runOver, startWorld, until, type World } from './with-hosts.ts';

let world: World;

const docker = async (name: string, words: string) => {
  const { stdout, stderr } = await world.run(name, `docker ${words}`);
  return stdout + stderr;
};
/** A node's line in another's `node ls`. */
const status = async (on: string, name: string) =>
  (await docker(on, `node ls -f name=${name} --format '{{.Status}} {{.ManagerStatus}}'`)).trim();
const token = async (on: string, role: string) => (await docker(on, `swarm join-token -q ${role}`)).trim();

async function powerOn(host: Host): Promise<void> {
  await host.powerOn({ sshMs: 1, engineMs: 1 });
  await until(() => host.record.engineAt !== undefined && host.record.sshAt !== undefined);
}

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

describe('faults', () => {
  test('a host that never opens SSH', async () => {
    await world.add('mute', {}, { neverSsh: true });
    await expect(world.connect('mute')).rejects.toThrow('ECONNREFUSED');
  });

  test('connections that are cut in the middle of their first command or stream', async () => {
    await world.add('shaky', {}, { sshResets: 2 });
    const first = await world.connect('shaky');
    const cut = new Promise<void>((resolve) => first.once('close', () => resolve()));
    await open(first, 'docker events');
    await cut;
    const second = await world.connect('shaky');
    const cutAgain = new Promise<void>((resolve) => second.once('close', () => resolve()));
    await dial(second);
    await cutAgain;
    expect((await runOver(await world.connect('shaky'), 'echo ok')).stdout).toBe('ok\n');
  });
});

describe('power', () => {
  test('off and on again: the same host key, the same place in the swarm', async () => {
    const keys: string[] = [];
    const hostVerifier = (key: Buffer) => keys.push(key.toString('base64')) > 0;
    await world.add('boss');
    const worker = await world.add('worker');
    await docker('boss', 'swarm init');
    await docker('worker', `swarm join --token ${await token('boss', 'worker')} ${await addressOf('boss')}`);
    await docker('boss', 'service create -q --name web --mode global nginx');
    await until(async () => (await docker('boss', "service ls --format '{{.Replicas}}'")) === '2/2\n');
    const before = await docker('worker', "info -f '{{.ID}} {{.Swarm.NodeID}}'");

    const client = await world.connect('worker', { hostVerifier });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await open(client, 'docker events');
    await worker.powerOff();
    await closed;
    expect(worker.record).toEqual({});
    await expect(world.connect('worker')).rejects.toThrow('ECONNREFUSED');
    await until(async () => (await status('boss', 'worker')) === 'Down');
    await until(async () => (await docker('boss', "service ls --format '{{.Replicas}}'")) === '1/1\n');

    await powerOn(worker);
    await world.connect('worker', { hostVerifier });
    expect(keys[1]).toBe(keys[0]);
    expect(await docker('worker', "info -f '{{.ID}} {{.Swarm.NodeID}}'")).toBe(before);
    await until(async () => (await status('boss', 'worker')) === 'Ready');
    expect(await docker('worker', 'ps -q')).toMatch(/^[0-9a-f]{12}\n$|^$/);
    await until(async () => (await docker('boss', "service ls --format '{{.Replicas}}'")) === '2/2\n');
    expect((await world.run('worker', 'ps -eo args=')).stdout).not.toContain('docker events');
  });
});

/** The address at which a host's swarm is joined. */
async function addressOf(name: string): Promise<string> {
  return `10.104.0.${world.addressOf(name).split('.').at(-1)}:2377`;
}

describe('quorum', () => {
  const hosts: Record<string, Host> = {};
  const noLeader =
    "Error response from daemon: rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.\n";

  beforeAll(async () => {
    for (const name of ['m1', 'm2', 'm3']) hosts[name] = await world.add(name);
    await docker('m1', 'swarm init');
    const join = `swarm join --token ${await token('m1', 'manager')} ${await addressOf('m1')}`;
    expect(await docker('m2', join)).toBe('This node joined a swarm as a manager.\n');
    expect(await docker('m3', join)).toBe('This node joined a swarm as a manager.\n');
    await until(async () => (await status('m1', 'm3')) === 'Ready Reachable');
  });

  test('the leader goes: another leads', async () => {
    await hosts['m1']!.powerOff();
    await until(async () => (await status('m2', 'm2')) === 'Ready Leader');
    await until(async () => (await status('m2', 'm1')) === 'Down Unreachable');
    const refusal = await docker('m2', 'node demote m3');
    expect(refusal).toContain("can't remove member from the raft: this would result in a loss of quorum");
  });

  test('two of three are gone: nothing can be asked or changed', async () => {
    await hosts['m3']!.powerOff();
    for (const words of ['node ls', 'service ls', 'swarm join-token worker', 'service create -d nginx']) {
      expect(await docker('m2', words)).toBe(noLeader);
    }
    const info = await docker('m2', "info -f '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Error}}'");
    expect(info).toContain('active true rpc error: code = Unknown desc = The swarm does not have a leader.');
  });

  test('one comes back: all is well', async () => {
    await powerOn(hosts['m1']!);
    await until(async () => (await docker('m2', 'node ls -q')).split('\n').length === 4);
    await until(async () => (await status('m2', 'm1')).startsWith('Ready'));
  });

  test('a manager that leaves by force still counts until it is demoted', async () => {
    await powerOn(hosts['m3']!);
    await until(async () => (await status('m2', 'm3')) === 'Ready Reachable');
    expect(await docker('m3', 'swarm leave')).toContain(
      'You are attempting to leave the swarm on a node that is participating as a manager.',
    );
    expect(await docker('m3', 'swarm leave --force')).toBe('Node left the swarm.\n');
    await until(async () => (await status('m2', 'm3')) === 'Down Unreachable');
    expect(await docker('m2', 'node rm m3')).toContain('It must be demoted to worker before removal');
    expect(await docker('m2', 'node demote m3')).toBe('Manager m3 demoted in the swarm.\n');
    await until(async () => (await docker('m2', 'node rm m3')) === 'm3\n');
  });
});

describe('a leader', () => {
  test('that is demoted makes way for another', async () => {
    for (const name of ['l1', 'l2']) await world.add(name);
    await docker('l1', 'swarm init');
    await docker('l2', `swarm join --token ${await token('l1', 'manager')} ${await addressOf('l1')}`);
    await until(async () => (await status('l1', 'l2')) === 'Ready Reachable');
    expect(await docker('l2', 'node demote l1')).toBe('Manager l1 demoted in the swarm.\n');
    await until(async () => (await status('l2', 'l1')) === 'Ready');
    await until(async () => (await status('l2', 'l2')) === 'Ready Leader');
  });
});

describe('a join that finds no manager', () => {
  test('times out and goes on in the background', async () => {
    await world.add('late1');
    const late2 = await world.add('late2');
    await world.add('third');
    await docker('late1', 'swarm init');
    // Three managers: the swarm keeps its leader without one of them.
    for (const name of ['late2', 'third'])
      await docker(name, `swarm join --token ${await token('late1', 'manager')} ${await addressOf('late1')}`);
    const join = `swarm join --token ${await token('late1', 'worker')} ${await addressOf('late2')}`;
    await late2.powerOff();
    await world.add('late3');
    expect(await docker('late3', join)).toBe(
      'Error response from daemon: Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.\n',
    );
    expect(await docker('late3', "info -f '{{.Swarm.LocalNodeState}}'")).toBe('pending\n');
    expect(await docker('late3', join)).toContain('This node is already part of a swarm.');
    await powerOn(late2);
    await until(async () => (await status('late1', 'late3')) === 'Ready');
  });

  test('a machine where nobody listens refuses', async () => {
    await world.add('bare');
    await world.add('late4');
    const bare = await addressOf('bare');
    const refused = (address: string) =>
      `Error response from daemon: rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp ${address}: connect: connection refused"\n`;
    const join = `swarm join --token ${await token('late1', 'worker')}`;
    expect(await docker('late4', `${join} ${bare}`)).toBe(refused(bare));
    expect(await docker('late4', 'swarm join 127.0.0.1:2377')).toBe(refused('127.0.0.1:2377'));
    expect(await docker('late4', "info -f '{{.Swarm.LocalNodeState}}'")).toBe('inactive\n');
  });

  test('a private address of another VPC is out of reach', async () => {
    await world.add('abroad', { vpcUuid: 'another' });
    const join = `swarm join --token ${await token('late1', 'worker')}`;
    expect(await docker('abroad', `${join} ${await addressOf('late1')}`)).toContain(
      'Timeout was reached before node joined.',
    );
    await docker('abroad', 'swarm leave');
    expect(await docker('abroad', `${join} ${world.addressOf('late1')}`)).toBe(
      'This node joined a swarm as a worker.\n',
    );
  });
});
