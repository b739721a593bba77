// The session of the book on real engines.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { diagnose } from '../../../src/sandbox/engine-hosts/doctor/findings.ts';
import { probe } from '../../../src/sandbox/engine-hosts/doctor/probe.ts';
import { lines, masked, stateFile, until } from '../../support/probe.ts';
import type { World } from '../world.ts';
import { engineWorld, IMAGES, onEngines } from './engine.ts';

onEngines("the book's session on real engines", () => {
  let w: World;
  beforeAll(async () => {
    w = await engineWorld();
  });
  afterAll(() => w?.end());

  /** Runs the words and gives what they printed; they end well. */
  const type = async (words: string) => {
    const { code, stdout, stderr } = await w.belt(words);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    return masked(stdout);
  };

  it('belt create 512mb node[1:4]: four droplets with engines that answer', async () => {
    expect(await type('create 512mb node[1:4]')).toMatch(
      /^ID .*\n18511681 +node1 +198\.1[89]\.\d+\.3 .*\n.*\n.*\n18511684 +node4 +198\.1[89]\.\d+\.6 /,
    );
    expect(await type('active node1')).toBe('node1\n');
    expect(await type('docker version --format {{.Server.Os}}')).toBe('linux\n');
  });

  it('belt docker swarm init, over the private address without a word about it; belt swarm join node1 node[2:4]', async () => {
    expect(await type('docker swarm init')).toContain('Swarm initialized: current node (ID) is now a manager.');
    const address = (await type('ip node1 --private')).trim();
    expect(await type('docker info --format {{.Swarm.NodeAddr}}')).toBe(`${address}\n`);
    const told = await type('swarm join node1 node[2:4]');
    expect(told.split('\n').sort()).toEqual([
      '',
      'node2: This node joined a Swarm as a worker.',
      'node3: This node joined a Swarm as a worker.',
      'node4: This node joined a Swarm as a worker.',
    ]);
    expect(
      (await type('docker node ls --format {{.Hostname}},{{.Status}},{{.ManagerStatus}}')).split('\n').sort(),
    ).toEqual(['', 'node1,Ready,Leader', 'node2,Ready,', 'node3,Ready,', 'node4,Ready,']);
  });

  it('a service of the book: 2, then 4 replicas', async () => {
    // The plain words converge too; without IP_VS in the kernel nothing answers on the port then.
    await type('docker service create --name nginx --replicas 2 -p 80:80 nginx');
    await type('docker service scale nginx=4');
    expect(await type('docker service ls --format {{.Name}},{{.Replicas}}')).toBe('nginx,4/4\n');
    // Swarm spreads them as it sees fit at the moment.
    const homes = await type('docker service ps nginx --filter desired-state=running --format {{.Node}}');
    expect(homes).toMatch(/^(node[1-4]\n){4}$/);
  });

  it('answers at every node: published by mode=host, and by the routing mesh where the kernel has IP_VS', async () => {
    await type(
      'docker service create --name web --replicas 4 --publish mode=host,target=80,published=81 --endpoint-mode dnsrr nginx',
    );
    const { limits } = diagnose(await probe(w.home, IMAGES));
    const ports = limits.some((limit) => limit.includes('IP_VS')) ? [81] : [80, 81];
    for (const { publicAddress } of (await w.status()).droplets) {
      for (const port of ports) {
        const page = await until(`${publicAddress}:${port} answers`, () =>
          fetch(`http://${publicAddress}:${port}/`)
            .then((answer) => answer.text())
            .catch(() => ''),
        );
        expect(page).toContain('Welcome to nginx!');
      }
    }
  });

  it("a client that is not belt: plain ssh with belt's known_hosts, and docker over ssh", async () => {
    const address = (await type('ip node2')).trim();
    const ssh = `-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${stateFile(w, 'known_hosts')} -i ${w.env['DIGITALOCEAN_SSH_KEY_PATH']}`;
    const plain = await w.shell(`ssh ${ssh} root@${address} hostname`);
    expect(plain).toMatchObject({ code: 0, stdout: 'node2\n' });
    // docker starts `ssh` by its name and has no words for it.
    w.write('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh ${ssh} "$@"\n`);
    const docker = await w.shell(
      `chmod +x bin/ssh; PATH="$PWD/bin:/usr/bin:$PATH" DOCKER_HOST=ssh://root@${address} docker info --format '{{.Name}} {{.Swarm.LocalNodeState}}'`,
    );
    expect(docker).toMatchObject({ code: 0, stdout: 'node2 active\n' });
  });

  it('belt rm node[1:4]', async () => {
    expect(await type('rm -y node[1:4]')).toBe(
      lines('node1: removed', 'node2: removed', 'node3: removed', 'node4: removed'),
    );
    expect((await w.status()).droplets).toEqual([]);
  });
});
