// OpenSSH's own server beside the sandbox, where it is installed: what a droplet runs. It has a `docker` that prints a text.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';

/** The path of sshd, which wants to be started by its whole path; undefined where it is not installed. */
export function findSshd() {
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, 'sshd')).find((path) => existsSync(path));
}

/** To how many addresses one sshd listens at most (MAX_LISTEN_SOCKS in its source). */
const MOST_ADDRESSES = 16;

/** Starts it at the addresses, for whoever has the key; gives its port. `start(command, words, ready)` runs each process. */
export async function startSshd({ sshd, addresses, publicKeyPath, folder, dockerText }, start) {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(folder, 'text'), dockerText);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\nexec cat '${join(folder, 'text')}'\n`, { mode: 0o755 });
  copyFileSync(publicKeyPath, join(folder, 'authorized_keys'));
  const hostKey = join(folder, 'host_key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', hostKey]);
  const port = await freePort(addresses[0]);
  withPrivilegeSeparation();
  for (let first = 0; first < addresses.length; first += MOST_ADDRESSES) {
    const config = join(folder, `sshd_config_${first}`);
    writeFileSync(config, configText(addresses.slice(first, first + MOST_ADDRESSES), { port, hostKey, folder, bin }));
    await start(sshd, ['-D', '-e', '-f', config], /listening/);
  }
  return { port: String(port), hostKey: readFileSync(`${hostKey}.pub`, 'utf8').trim() };
}

const configText = (addresses, { port, hostKey, folder, bin }) =>
  [
    ...addresses.map((address) => `ListenAddress ${address}:${port}`),
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    // It stands for many hosts, each of which would drop connections only beyond ten that are not logged in.
    `MaxStartups ${10 * addresses.length}`,
    'PidFile none',
    'Subsystem sftp internal-sftp',
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin prohibit-password',
    // A bash that is not the first one leaves its user's start-up files alone: a droplet's are empty.
    `SetEnv PATH=${bin}:/usr/bin:/bin SHLVL=2`,
    '',
  ].join('\n');

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
