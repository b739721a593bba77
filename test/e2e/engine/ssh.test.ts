// `belt ssh`, and plain ssh with what `belt ssh-config` wrote, on droplets with a real OpenSSH, shell and files.
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, api, info, lines, stateFile, until } from '../../support/probe.ts';
import { closedPort } from '../../unit/ssh/with-sshd.ts';
import { terminal } from '../terminal.ts';
import type { World } from '../world.ts';
import { done, droplet, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

const isInstalled = (program: string) => spawnSync('which', [program]).status === 0;

onEngines('a real node', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:3]');
    done(await w.belt('ssh-config --write -y'));
    // ssh reads the configuration of its user's real home, whatever HOME says.
    const config = join(w.home, '.ssh/config');
    chmodSync(w.write('clients/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`), 0o755);
    chmodSync(w.write('clients/scp', `#!/bin/sh\nexec /usr/bin/scp -F '${config}' "$@"\n`), 0o755);
  });
  afterAll(async () => {
    await w?.belt('ssh-config --remove');
    await w?.end();
  });

  /** A line that finds plain ssh and scp as they are after `belt ssh-config --write`. */
  const plain = (line: string) => w.shell(`PATH="$PWD/clients:$PATH"; ${line}`);

  const greeting = (port: number): Promise<string | undefined> =>
    new Promise((resolve) => {
      const socket = net.connect({ host: '127.0.0.1', port });
      socket.once('data', (data) => {
        socket.destroy();
        resolve(data.toString());
      });
      socket.once('error', () => resolve(undefined));
      socket.once('close', () => resolve(undefined));
    });

  it('the shell there reads the joined words; the exit code is its own', async () => {
    expect(await w.belt(['ssh', 'node1', 'echo', '$((6 * 7))', '|', 'tr', '4', '5'])).toEqual({
      code: 0,
      stdout: '52\n',
      stderr: '',
    });
    for (const code of [0, 1, 42, 255])
      expect(await w.belt(`ssh node1 exit ${code}`)).toEqual({ code, stdout: '', stderr: '' });
    expect(await w.belt(['ssh', 'node1', 'kill -TERM $$'])).toMatchObject({ stdout: '' });
    expect(await w.belt(['ssh', 'node1', 'echo out; echo err >&2'])).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('bytes pass both ways', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, n) => (n * 7) % 251));
    writeFileSync(join(w.cwd, 'in'), bytes);
    done(await w.shell('belt ssh node1 cat < in > out'));
    expect(readFileSync(join(w.cwd, 'out')).equals(bytes)).toBe(true);
  });

  it('a login shell on a terminal of this size, which is told of a new one', async () => {
    const at = terminal(w, 'belt ssh node1', {}, { cols: 101, rows: 31 });
    await at.shows(/[#$] $/);
    at.type('stty size; echo $0\r');
    await at.shows(/31 101\r\n-bash/);
    at.pty.resize(90, 20);
    await until('the shell there hears of it', () => {
      at.type('stty size\r');
      return at.screen().includes('20 90');
    });
    at.type('exit 7\r');
    expect(await at.ended).toBe(7);
  });

  it('^C is for what runs there', async () => {
    const at = terminal(
      w,
      'belt ssh -t node1 "trap \'echo caught; exit 9\' INT; echo there; while :; do sleep 0.1; done"',
    );
    await at.shows('there');
    at.type('\x03');
    expect(await at.ended).toBe(9);
    expect(at.screen()).toContain('caught');
  });

  it('-L and -N forward a port until they are ended', async () => {
    const port = await closedPort();
    const tunnel = w.start(`ssh -N -L ${port}:localhost:22 -o ExitOnForwardFailure=yes node1`, { openStdin: true });
    expect(await until('the port is forwarded', () => greeting(port))).toMatch(/^SSH-2\.0-OpenSSH/);
    tunnel.child.kill('SIGINT');
    expect((await tunnel.outcome).code).toBe(255);
    expect(await greeting(port)).toBe(undefined);
  });

  it('-R, -W and -D too', async () => {
    const server = net.createServer((socket) => socket.end('from here\n')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    const back = await w.belt(['ssh', '-R', `4567:127.0.0.1:${port}`, 'node1', 'cat < /dev/tcp/127.0.0.1/4567']);
    server.close();
    expect(back).toMatchObject({ code: 0, stdout: 'from here\n' });
    const first = await w.shell("belt ssh -W localhost:22 node1 | head -c 7; echo ''");
    expect(first.stdout).toBe('SSH-2.0\n');
    const socks = await closedPort();
    const started = w.start(`ssh -N -D ${socks} node1`, { openStdin: true });
    await until('it listens', () => isOpen(socks));
    started.child.kill('SIGTERM');
    await started.outcome;
  });

  const isOpen = (port: number): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = net.connect({ host: '127.0.0.1', port });
      const settle = (open: boolean) => {
        socket.destroy();
        resolve(open);
      };
      socket.once('connect', () => settle(true));
      socket.once('error', () => settle(false));
    });

  it('without OpenSSH here belt’s own terminal does the same', async () => {
    symlinkSync('/usr/bin/stty', join(w.cwd, '../bin/stty'));
    const own = `PATH=${join(w.cwd, '../bin')}`;
    expect(await w.shell(`${own} belt ssh node1 'echo $((6 * 7)) | cat; exit 3'`)).toEqual({
      code: 3,
      stdout: '42\n',
      stderr: '',
    });
    const at = terminal(w, `${own} belt ssh node1`, {}, { cols: 101, rows: 31 });
    await at.shows(/[#$] $/);
    at.type('stty size; echo $0\r');
    await at.shows(/31 101\r\n-bash/);
    at.type('exit 7\r');
    expect(await at.ended).toBe(7);
  });

  it('scp copies there and back', async () => {
    writeFileSync(join(w.cwd, 'a file'), 'text\n');
    done(
      await plain(
        "scp -q 'a file' node2:/tmp/copy && scp -q node2:/tmp/copy back && scp -q node2:/tmp/copy node3:/tmp",
      ),
    );
    expect(readFileSync(join(w.cwd, 'back'), 'utf8')).toBe('text\n');
    expect(done(await plain('ssh node3 cat /tmp/copy'))).toBe('text\n');
  });

  it.skipIf(!isInstalled('sftp'))('sftp lists', async () => {
    const line = 'echo "ls /etc/hostname" | sftp -q -b - -S "$PWD/clients/ssh" node2';
    expect(done(await plain(line))).toContain('/etc/hostname');
  });

  it.skipIf(!isInstalled('rsync'))('rsync copies a folder', async () => {
    done(await plain('ssh node1 "command -v rsync || (apt-get update -q && apt-get install -qy rsync)"'));
    w.write('folder/a/b', 'text\n');
    done(await plain('rsync -a folder node1:/srv/ && rsync -a node1:/srv/folder/ again/'));
    expect(readFileSync(join(w.cwd, 'again/a/b'), 'utf8')).toBe('text\n');
  });

  it.skipIf(!isInstalled('docker'))('docker reaches the engine by DOCKER_HOST=ssh://node3', async () => {
    expect(done(await plain("DOCKER_HOST=ssh://node3 docker info --format '{{.Name}}'"))).toBe('node3\n');
  });

  it('one connection is shared', async () => {
    done(await plain('ssh node2 true'));
    expect(await plain('ssh -O check node2')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Master running'),
    });
    done(await plain('ssh -O exit node2'));
  });

  describe('clients with strict host key checking, by the known_hosts file that belt wrote', () => {
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
      const config = w.write('strict/config', lines(...options));
      chmodSync(w.write('strict/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`), 0o755);
    };
    const client = (line: string) => w.shell(`PATH="$PWD/strict:$PATH"; ${line}`);
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
      expect(ssh).toMatchObject({
        code: 255,
        stdout: '',
        stderr: expect.stringMatching(/Host key verification failed/),
      });
      const docker = await client(`DOCKER_HOST=ssh://root@${address} docker version --format '{{.Server.Version}}'`);
      expect(docker.code).not.toBe(0);
      expect(docker.stderr).toMatch(/Host key verification failed|exit status 255/);
      useKnownHosts(written());
    });
  });

  it('a node that is down, and one that is gone', async () => {
    const { id } = await droplet(w, 'node3');
    await act(w, 'node3', 'power_off');
    const off = await w.belt('ssh -o ConnectTimeout=2 node3 true');
    expect(off.code).toBe(255);
    expect(off.stderr).toMatch(/\nnode3 is powered off: power it on in the control panel\n$/);
    await api(w, 'DELETE', `/v2/droplets/${id}`);
    await until('it is gone', async () => (await w.status()).droplets.every(({ name }) => name !== 'node3'));
    const gone = await w.belt('ssh -o ConnectTimeout=2 node3 true');
    expect([gone.code, gone.stderr]).toEqual([
      255,
      expect.stringMatching(/\nnode3 no longer exists \(see: belt ls\)\n$/),
    ]);
    expect(await w.belt('ssh node3 true')).toMatchObject({ code: 2 });
    expect((await plain('ssh node3 true')).stderr).toMatch(/Could not resolve hostname node3/);
  });
});
