// What is on a droplet's disk besides the machine's programs: made once a sandbox, copied for each droplet.
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DiskFile } from './firstBoot.ts';
import { CLOUD_INIT } from './inside/cloudInit.ts';
import { MAYBE_CUT } from './inside/faults.ts';
import { IMAGE_FILES } from './inside/images.ts';
import { APT_CACHE, APT_GET, CURL, ENGINE_PROGRAMS, REAL_CURL } from './inside/packages.ts';
import { INITTAB, SERVICE_FILES } from './inside/services.ts';
import { run } from './run.ts';

/** Of the machine's /etc: what programs need to run, and nothing that tells whose machine it is. */
const ETC = [
  ...['alternatives', 'bash.bashrc', 'ca-certificates.conf', 'debian_version', 'ethertypes', 'gai.conf', 'group'],
  ...['host.conf', 'inputrc', 'iproute2', 'issue', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'locale.alias'],
  ...['localtime', 'login.defs', 'lsb-release', 'nsswitch.conf', 'os-release', 'pam.conf', 'pam.d', 'profile'],
  ...['protocols', 'rpc', 'services', 'shells', 'skel', 'terminfo', 'ssl/certs/ca-certificates.crt', 'ssl/openssl.cnf'],
  ...['security/limits.conf', 'security/pam_env.conf', 'security/namespace.conf', 'security/access.conf'],
];

const FOLDERS = [
  ...['dev', 'etc', 'home', 'media', 'mnt', 'opt', 'proc', 'root', 'run', 'srv', 'sys', 'tmp', 'usr'],
  ...['etc/ssh/sshd_config.d', 'etc/docker', 'root/.ssh'],
  ...['backups', 'cache', 'lib/cloud', 'lib/docker', 'local', 'log', 'mail', 'opt', 'spool', 'tmp'].map(
    (one) => `var/${one}`,
  ),
];

/** Name, major and minor number. */
const DEVICES = ['null 1 3', 'zero 1 5', 'full 1 7', 'random 1 8', 'urandom 1 9', 'tty 5 0'];

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Makes the layers that lie over the machine's /usr on every droplet. */
export async function makeLayers(folder: string): Promise<void> {
  const tools = {
    ...SERVICE_FILES,
    ...IMAGE_FILES,
    'bin/cloud-init': CLOUD_INIT,
    'bin/apt-cache': APT_CACHE,
    'bin/apt-get': APT_GET,
    'bin/curl': CURL,
    'lib/sandbox/maybe-cut': MAYBE_CUT,
  };
  writeFiles(
    join(folder, 'tools'),
    Object.entries(tools).map(([path, content]) => ({ path, content, mode: 0o755 })),
  );
  copy('/usr/bin/curl', join(folder, 'tools', REAL_CURL));
  for (const one of ['bin', 'lib', 'sbin', 'share']) mkdirSync(join(folder, 'tools/local', one), { recursive: true });
  await makeDevices(join(folder, 'dev'));
  // An overlay takes a character device 0/0 for "nothing of this name from here down".
  await hide(join(folder, 'hide-local'), ['local']);
  await hide(
    join(folder, 'hide-engine'),
    ENGINE_PROGRAMS.filter((path) => existsSync(join('/usr', path))),
  );
}

/** What is in a droplet's /dev from the start. */
async function makeDevices(folder: string): Promise<void> {
  for (const one of ['pts', 'shm']) mkdirSync(join(folder, one), { recursive: true });
  for (const device of DEVICES) {
    const [name = '', ...numbers] = device.split(' ');
    await run(['mknod', '-m', '666', join(folder, name), 'c', ...numbers]);
  }
  symlinkSync('pts/ptmx', join(folder, 'ptmx'));
  symlinkSync('/proc/self/fd', join(folder, 'fd'));
  ['stdin', 'stdout', 'stderr'].forEach((name, n) => {
    symlinkSync(`/proc/self/fd/${n}`, join(folder, name));
  });
}

async function hide(folder: string, paths: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const path of paths) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    await run(['mknod', join(folder, path), 'c', '0', '0']);
  }
}

/** Makes the disk that a droplet starts with. */
export function makeDisk(folder: string): void {
  const root = join(folder, 'root');
  for (const one of FOLDERS) mkdirSync(join(root, one), { recursive: true });
  for (const one of ['usr', 'work']) mkdirSync(join(folder, one));
  for (const one of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    if (existsSync(join('/', one))) symlinkSync(`usr/${one}`, join(root, one));
  }
  symlinkSync('/run', join(root, 'var/run'));
  symlinkSync('/run/lock', join(root, 'var/lock'));
  for (const one of ETC) copy(join('/etc', one), join(root, 'etc', one));
  writeFiles(root, etcFiles());
  writeFiles(root, [{ path: 'root/.ssh/authorized_keys', content: '', mode: 0o600 }]);
  for (const [path, mode] of [
    ['root', 0o700],
    ['root/.ssh', 0o700],
    ['tmp', 0o1777],
    ['var/tmp', 0o1777],
  ] as const) {
    chmodSync(join(root, path), mode);
  }
}

function copy(from: string, to: string): void {
  if (lstatSync(from, { throwIfNoEntry: false }) === undefined) return;
  mkdirSync(dirname(to), { recursive: true });
  // Of the alternatives, those for manuals are nine in ten.
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.gz') });
}

/** What is written anew instead of taken from the machine. */
function etcFiles(): DiskFile[] {
  // The accounts of the system; those of people stay with the machine.
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .filter((line) => {
      const id = Number(line.split(':')[2]);
      return line !== '' && (id < 1000 || id === 65534);
    });
  const locked = accounts.map((line) => `${line.split(':')[0]}:*:19700:0:99999:7:::`);
  const stock = '/usr/share/openssh/sshd_config';
  const files: Record<string, string> = {
    inittab: INITTAB,
    passwd: `${accounts.join('\n')}\n`.replace(/^root:.*$/m, 'root:x:0:0:root:/root:/bin/bash'),
    environment: `PATH="${PATH}"\n`,
    fstab: '',
    'resolv.conf': '# The sandbox has no network.\n',
    'ssh/sshd_config': existsSync(stock)
      ? readFileSync(stock, 'utf8')
      : 'Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n',
    // As on DigitalOcean's images.
    'ssh/sshd_config.d/50-cloud-init.conf': 'PasswordAuthentication no\n',
  };
  return [
    ...Object.entries(files).map(([name, content]) => ({ path: `etc/${name}`, content, mode: 0o644 })),
    { path: 'etc/shadow', content: `${locked.join('\n')}\n`, mode: 0o600 },
  ];
}

/** Writes the files below the folder. */
export function writeFiles(folder: string, files: readonly DiskFile[]): void {
  for (const { path, content, mode } of files) {
    const to = join(folder, path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, content);
    chmodSync(to, mode);
  }
}
