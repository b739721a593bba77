// Clients that are not belt, on droplets that belt made: they verify the hosts by the known_hosts file that belt wrote.
import { chmodSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { info, lines, stateFile } from '../probe.ts';
import type { World } from '../world.ts';
import { done, droplet, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

onEngines('with strict host key checking', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:2]');
  }, 180_000);
  afterAll(() => w?.end());

  let addresses: string[] = [];
  /** `ssh` reads its user's real home, whatever HOME says: it is told what to read instead. */
  const useKnownHosts = (path: string) => {
    const options = [
      'Host *',
      'User root',
      `IdentityFile ${info(w).sshKeyPath}`,
      'IdentitiesOnly yes',
      'BatchMode yes',
      'StrictHostKeyChecking yes',
      `UserKnownHostsFile ${path}`,
      'GlobalKnownHostsFile /dev/null',
    ];
    const config = w.write('ssh_config', lines(...options));
    chmodSync(w.write('clients/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`), 0o755);
  };
  const client = (line: string) => w.shell(`PATH="$PWD/clients:$PATH"; ${line}`);
  const written = () => stateFile(w, 'known_hosts');

  beforeAll(async () => {
    addresses = await Promise.all(['node1', 'node2'].map(async (name) => (await droplet(w, name)).publicAddress!));
    useKnownHosts(written());
  });

  it('ssh reaches each droplet', async () => {
    for (const [n, address] of addresses.entries()) {
      expect(await client(`ssh ${address} hostname`)).toEqual({ code: 0, stdout: `node${n + 1}\n`, stderr: '' });
    }
  });

  it('docker reaches each engine by DOCKER_HOST=ssh://…', async () => {
    for (const [n, address] of addresses.entries()) {
      const docker = `DOCKER_HOST=ssh://root@${address} docker`;
      expect(done(await client(`${docker} info --format '{{.Name}}'`))).toBe(`node${n + 1}\n`);
      expect(done(await client(`${docker} run --rm --network none argdump 'two  words' ''`))).toBe(
        lines(Buffer.from('two  words').toString('hex'), ''),
      );
    }
  });

  it('both refuse a host whose key is another', async () => {
    const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIGVycm9ycyBhcmUgdmFsdWVzIHRvbyBhbHdheXMgYWxl';
    useKnownHosts(w.write('wrong', readFileSync(written(), 'utf8').replaceAll(/AAAA\S+/g, other)));
    const [address] = addresses;
    const ssh = await client(`ssh ${address} hostname`);
    expect(ssh).toMatchObject({ code: 255, stdout: '', stderr: expect.stringMatching(/Host key verification failed/) });
    const docker = await client(`DOCKER_HOST=ssh://root@${address} docker version --format '{{.Server.Version}}'`);
    expect(docker.code).not.toBe(0);
    expect(docker.stderr).toMatch(/Host key verification failed|exit status 255/);
    useKnownHosts(written());
  });
});
