// OpenSSH's own server beside the sandbox, where it is installed: what a droplet runs. It has a `docker` that prints a text.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The path of sshd, which wants to be started by its whole path; undefined where it is not installed. */
export function findSshd() {
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'sshd')).find((path) => existsSync(path));
}

/** Starts it at the address, for whoever has the key; gives its port. `start(command, words, ready)` runs it. */
export async function startSshd({ sshd, address, publicKeyPath, folder, dockerText }, start) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, 'text'), dockerText);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\nexec cat '${join(folder, 'text')}'\n`, { mode: 0o755 });
  copyFileSync(publicKeyPath, join(folder, 'authorized_keys'));
  const hostKey = join(folder, 'host_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const port = await freePort(address);
  const config = join(folder, 'sshd_config');
  writeFileSync(
    config,
    [
      `ListenAddress ${address}:${port}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      // A bash that is not the first one leaves its user's start-up files alone: a droplet's are empty.
      `SetEnv PATH=${bin}:/usr/bin:/bin SHLVL=2`,
      '',
    ].join('\n'),
  );
  withPrivilegeSeparation();
  await start(sshd, ['-D', '-e', '-f', config], /listening/);
  return String(port);
}

/** The folder that sshd wants as root, which its service makes where that was started once; it goes with this process. */
function withPrivilegeSeparation() {
  const own = '/run/sshd';
  if (process.getuid() !== 0 || existsSync(own)) return;
  mkdirSync(own, { mode: 0o755 });
  process.once('exit', () => rmdirSync(own));
}

function freePort(address) {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, address, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
