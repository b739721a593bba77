// Private nodes with the machine's own OpenSSH: belt ssh, the file of belt ssh-config, and what the inventory tells Ansible.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { world } from './world.ts';

const isInstalled = spawnSync('ssh', ['-V']).error === undefined;

describe.skipIf(!isInstalled)('OpenSSH on private nodes', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await makeNatGateway(w);
    w.env['DIGITALOCEAN_SSH_JUMP'] = 'node1';
    for (const words of ['create 512mb node1', 'create 512mb w[1:2] --private']) {
      const made = await w.belt(words);
      if (made.code !== 0) throw new Error(made.stderr);
    }
  });
  afterAll(() => w.end());

  it('belt ssh goes through the jump host, each checked by its own pinned key', async () => {
    expect(await w.belt('ssh w1 hostname')).toEqual({ code: 0, stdout: 'w1\n', stderr: '' });
    const { stderr } = await w.belt('ssh -v w2 true');
    expect(stderr).toMatch(/Host 'belt-\d+' is known and matches the ED25519 host key/);
  });

  it('and nowhere where ssh_jump names no node: the private address may be a machine of this network', async () => {
    const env = { DIGITALOCEAN_SSH_JUMP: 'nosuch' };
    expect(await w.belt('ssh w1 hostname', { env })).toEqual({
      code: 255,
      stdout: '',
      stderr:
        'error: the jump host nosuch: cluster default has no node nosuch with a public address\n' +
        'hint: set ssh_jump in .belt.yaml to a node with a public address (see: belt ls), or to user@host\n',
    });
  });

  it('plain ssh does, by the file of ssh-config', async () => {
    expect(await w.belt('ssh-config --write -y')).toMatchObject({ code: 0 });
    expect(await w.shell(`ssh -F ${w.home}/.ssh/config w2 hostname`)).toEqual({ code: 0, stdout: 'w2\n', stderr: '' });
  });

  it('and so does ssh with what the inventory says', async () => {
    const { stdout } = await w.belt('inventory w1 --no-swarm');
    const args = JSON.parse(/ansible_ssh_common_args: (".*")/.exec(stdout)![1]!);
    const port = /ansible_port: (\d+)/.exec(stdout)![1];
    const key = /ansible_ssh_private_key_file: (".*")/.exec(stdout)![1];
    const ssh = await w.shell(`ssh ${args} -i ${key} -p ${port} root@10.104.0.3 hostname`);
    expect(ssh).toEqual({ code: 0, stdout: 'w1\n', stderr: '' });
  });

  it('a bastion that is no node, once its key is accepted', async () => {
    const other = { env: { BELT_CLUSTER: 'elsewhere' } };
    expect((await w.belt('create 512mb bastion', other)).code).toBe(0);
    const address = (await w.belt('ip bastion', other)).stdout.trim();
    const port = w.env['DIGITALOCEAN_SSH_PORT'];
    const env = { DIGITALOCEAN_SSH_JUMP: `root@${address}:${port}` };
    expect((await w.belt('ssh w1 hostname', { env })).stderr).toContain('hint: see and accept it: belt trust --jump');
    expect(await w.belt('trust --jump -y', { env })).toMatchObject({ code: 0, stdout: `${address}: pinned\n` });
    expect(await w.belt('ssh w1 hostname', { env })).toEqual({ code: 0, stdout: 'w1\n', stderr: '' });
    expect(await w.belt('exec w1 -- hostname', { env })).toMatchObject({ code: 0, stdout: 'w1 | w1\n' });
    expect(await w.belt('ssh-config --write -y', { env })).toMatchObject({ code: 0 });
    expect(await w.shell(`ssh -F ${w.home}/.ssh/config w1 hostname`)).toEqual({ code: 0, stdout: 'w1\n', stderr: '' });
  });
});
