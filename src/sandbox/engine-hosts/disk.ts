// Customizes a droplet's disk: files on top of its image's layers, written while the droplet is off.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BootTimes, HostFaults, Machine } from '../types.ts';
import { run } from './run.ts';

export interface DiskFile {
  path: string;
  content: string;
  /** Octal, as chmod takes it. */
  mode: number;
}

/** The folders of a disk on which nothing was written. */
export async function emptyDisk(folder: string): Promise<void> {
  await run(['rm', '-rf', folder]);
  for (const one of ['work', 'root']) makeFolder(join(folder, one));
}

const SEED = '/var/lib/cloud/seed/nocloud-net';

/** Holds how many connections are still to be cut. */
const RESETS = '/var/lib/sandbox-resets';

/** `--fault ssh-reset=N`: root's shell gives way to this script, so that its parent is the connection's sshd. */
const MAYBE_CUT = `#!/bin/sh
left=$(cat ${RESETS} 2> /dev/null || echo 0)
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) > ${RESETS}
  kill -KILL $PPID
  exit 255
fi
[ -n "$SSH_ORIGINAL_COMMAND" ] || exec /bin/bash -l
exec /bin/bash -c "$SSH_ORIGINAL_COMMAND"
`;

/** Where droplets find what the sandbox serves, and the authority that vouches for it. */
export interface Served {
  address: string;
  names: readonly string[];
  authority: string;
}

/** Written once, before its first boot. */
export function identityFiles(machine: Machine, { sshResets = 0 }: HostFaults, served: Served): DiskFile[] {
  const { id, name, authorizedKeys, userData } = machine;
  const file = (path: string, content: string, mode = 0o644): DiskFile => ({ path, content, mode });
  const meta = { 'instance-id': String(id), 'local-hostname': name, 'public-keys': authorizedKeys };
  return [
    file('/etc/hostname', `${name}\n`),
    file('/etc/hosts', hostLines(name, served).join('\n')),
    file('/etc/machine-id', `${createHash('md5').update(`${served.address} ${id}`).digest('hex')}\n`, 0o444),
    file(`${SEED}/meta-data`, JSON.stringify(meta), 0o600),
    file(`${SEED}/user-data`, userData ?? '', 0o600),
    file(`${SEED}/vendor-data`, '', 0o600),
    file('/usr/local/share/ca-certificates/sandbox.crt', served.authority),
    ...(sshResets > 0
      ? [
          file(RESETS, `${sshResets}\n`),
          file('/usr/local/lib/sandbox-maybe-cut', MAYBE_CUT, 0o755),
          file('/etc/ssh/sshd_config.d/10-faults.conf', 'ForceCommand /usr/local/lib/sandbox-maybe-cut\n'),
        ]
      : []),
  ];
}

const hostLines = (name: string, { address, names }: Served): string[] => [
  `127.0.1.1 ${name}`,
  '127.0.0.1 localhost',
  '::1 localhost ip6-localhost ip6-loopback',
  '# There is no resolver. What the sandbox serves:',
  `${address} ${names.join(' ')}`,
  '',
];

/** The engine takes about half a second by itself, and sshd a second from power-on, of what they are to take. */
const OWN_MS = { ssh: 1_000, engine: 500 };

/** Has services start as late as they are to, from the next boot on. */
export function delayServices(disk: string, boot: BootTimes, { neverSsh, engineLateMs = 0 }: HostFaults): void {
  const units = join(disk, 'etc/systemd/system');
  const sshMs = Math.max(0, boot.sshMs - OWN_MS.ssh);
  delay(join(units, 'ssh.service.d'), sshMs);
  delay(join(units, 'docker.service.d'), sshMs + Math.max(0, boot.engineMs - OWN_MS.engine) + engineLateMs);
  if (!neverSsh) return;
  rmSync(join(units, 'ssh.service'), { force: true });
  symlinkSync('/dev/null', join(units, 'ssh.service'));
}

function delay(folder: string, ms: number): void {
  makeFolder(folder);
  const lines = [
    '[Service]',
    ...(ms > 0 ? [`ExecStartPre=/bin/sleep ${ms / 1000}`] : []),
    'TimeoutStartSec=infinity',
    '',
  ];
  writeFileSync(join(folder, '50-sandbox.conf'), lines.join('\n'));
}

/** The certificates that the image trusts, and the authority. */
export const trusted = (layers: readonly string[], authority: string): DiskFile => ({
  path: '/etc/ssl/certs/ca-certificates.crt',
  content: `${readFileSync(join(layers.at(-1)!, 'etc/ssl/certs/ca-certificates.crt'), 'utf8')}${authority}`,
  mode: 0o644,
});

export function writeFiles(folder: string, files: readonly DiskFile[]): void {
  for (const { path, content, mode } of files) {
    const to = join(folder, path);
    makeFolder(dirname(to));
    writeFileSync(to, content);
    chmodSync(to, mode);
  }
}

/** A folder that covers one of the image has to be as open as that, whatever the sandbox's umask. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
  chmodSync(path, 0o755);
}
