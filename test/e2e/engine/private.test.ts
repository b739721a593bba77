// Private nodes on real machines: made, joined and worked through the manager, and not reachable from outside.
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeNatGateway } from '../../support/nat-gateway.ts';
import { act, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { done, droplet, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

onEngines('private nodes', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('m1');
    w.env['DIGITALOCEAN_SSH_JUMP'] = '@manager';
    await makeNatGateway(w);
    done(await w.belt('create 1gb w[1:2] --private'));
  });
  afterAll(() => w?.end());

  it('answer nobody outside their VPC', async () => {
    const { privateAddress } = await droplet(w, 'w1');
    const words = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=3', '-o', 'StrictHostKeyChecking=no'];
    const { stderr, status } = spawnSync('ssh', [...words, `root@${privateAddress}`, 'true'], { encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 255, stderr: expect.stringContaining('timed out') });
  });

  it('have their VPC on eth0, over which their swarm goes', async () => {
    const { privateAddress } = await droplet(w, 'w1');
    const { stdout } = await w.belt('ssh w1 cat /etc/docker/daemon.json');
    expect(JSON.parse(stdout)).toMatchObject({ 'swarm-default-advertise-addr': 'eth0' });
    done(await w.belt('swarm init m1'));
    done(await w.belt('swarm join m1 w[1:2]'));
    const own = await w.belt(['--host', 'w1', 'docker', 'info', '--format', '{{.Swarm.NodeAddr}}']);
    expect(own.stdout).toBe(`${privateAddress}\n`);
  });

  it('run services, commands, files and a local docker as others do', async () => {
    done(await w.belt('docker service create --name web --mode global --detach --no-resolve-image nginx'));
    await until('a task runs on each', async () => {
      const { stdout } = await w.belt(['docker', 'service', 'ls', '--format', '{{.Replicas}}']);
      return stdout === '3/3\n';
    });
    const { stdout } = await w.belt('exec w[1:2] -- hostname');
    expect(stdout.split('\n').toSorted()).toEqual(['', 'w1 | w1', 'w2 | w2']);
    expect(await w.belt('ssh w2 hostname')).toEqual({ code: 0, stdout: 'w2\n', stderr: '' });
    w.write('app.conf', 'on\n');
    done(await w.belt('scp app.conf w[1:2]:/etc/'));
    expect((await w.belt('exec w[1:2] --group -- cat /etc/app.conf')).stdout).toContain('on\n');
  });

  it('one that is off is at fault itself, behind a jump host that answers', async () => {
    await act(w, 'w2', 'power_off');
    const { code, stderr } = await w.belt('exec w[1:2] -- true');
    expect(code).toBe(255);
    expect(stderr).toMatch(/^w2 .*\(through the jump host m1\)/m);
    await act(w, 'w2', 'power_on');
    await until('it answers again', async () => (await w.belt('exec w2 -- true')).code === 0);
  });

  it('are removed through it as well', async () => {
    done(await w.belt('rm w2 -y'));
    expect((await w.status()).droplets.map(({ name }) => name).toSorted()).toEqual(['m1', 'w1']);
  });
});
