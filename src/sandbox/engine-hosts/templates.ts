// What every droplet of a sandbox starts from, made when the sandbox starts: layers, a disk, and an engine's storage
// that holds the images.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BeltError } from '../../errors.ts';
import type { UserData } from '../userdata/parse.ts';
import type { Hierarchy } from './cgroups.ts';
import { makeDisk, makeLayers, writeFiles } from './disk.ts';
import { type DiskFile, firstBoot, type HostKey } from './firstBoot.ts';
import { FAULT_CONFIG, RESETS_FILE } from './inside/faults.ts';
import { STORAGE } from './inside/packages.ts';
import { IMAGE_INITTAB } from './inside/services.ts';
import { RunningMachine } from './machine.ts';
import { run } from './run.ts';

const PATIENCE_MS = 60_000;

export class Templates {
  constructor(private readonly folder: string) {}

  /** Makes them all. */
  async make(hierarchies: readonly Hierarchy[], group: string, log: (line: string) => void): Promise<void> {
    mkdirSync(join(this.folder, 'droplets'), { recursive: true });
    await makeLayers(join(this.folder, 'layers'));
    makeDisk(join(this.folder, 'disk'));
    await this.#makeImages(hierarchies, group, log);
  }

  /** Copies the disk for a droplet; gives the droplet's folder. */
  async copy(name: string, options: { hasEngine: boolean }): Promise<string> {
    const folder = join(this.folder, 'droplets', name);
    rmSync(folder, { recursive: true, force: true });
    await run(['cp', '-a', join(this.folder, 'disk'), folder]);
    const images = join(this.folder, 'docker');
    if (options.hasEngine) await run(['cp', '-a', images, join(folder, 'root/var/lib')]);
    else if (existsSync(images)) {
      mkdirSync(join(folder, 'root', dirname(STORAGE)), { recursive: true });
      await run(['cp', '-a', images, join(folder, 'root', STORAGE)]);
    }
    return folder;
  }

  async #makeImages(hierarchies: readonly Hierarchy[], group: string, log: (line: string) => void): Promise<void> {
    const folder = await this.copy('images', { hasEngine: false });
    const root = join(folder, 'root');
    writeFiles(root, [
      { path: 'etc/inittab', content: IMAGE_INITTAB, mode: 0o644 },
      { path: 'etc/hostname', content: 'images\n', mode: 0o644 },
    ]);
    const delaysMs = { ssh: 0, engine: 0 };
    const plan = { folder, hasEngine: true, hierarchies, cables: undefined, delaysMs, neverSsh: true };
    const machine = new RunningMachine({ plan, group, name: 'images', log });
    const timer = setTimeout(() => void machine.kill(), PATIENCE_MS);
    await machine.ended;
    clearTimeout(timer);
    if (!existsSync(join(root, 'root/made'))) throw new BeltError(`no images could be made: ${lastWords(root)}`);
    const docker = join(root, 'var/lib/docker');
    // Each engine makes itself an identity.
    rmSync(join(docker, 'engine-id'), { force: true });
    renameSync(docker, join(this.folder, 'docker'));
    await rm(folder, { recursive: true, force: true });
  }
}

function lastWords(root: string): string {
  const said = ['var/log/docker.log', 'var/log/console']
    .map((path) => join(root, path))
    .filter((path) => existsSync(path));
  return said.map((path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-3).join(' / ')).join(' / ');
}

/** Who it is, and who may log in. */
export interface Identity {
  name: string;
  authorizedKeys: readonly string[];
  hostKeys: readonly HostKey[];
  user: UserData;
  sshResets: number;
}

/** What makes a disk this droplet's own. */
export function identityFiles({ name, authorizedKeys, hostKeys, user, sshResets }: Identity): DiskFile[] {
  const hostname = user.hostname ?? name;
  const keys = [...authorizedKeys, ...user.authorizedKeys].map((key) => `${key.trim()}\n`).join('');
  const faults = [
    { path: RESETS_FILE, content: `${sshResets}\n`, mode: 0o644 },
    { path: '/etc/ssh/sshd_config.d/10-faults.conf', content: FAULT_CONFIG, mode: 0o644 },
  ];
  return [
    { path: '/etc/hostname', content: `${hostname}\n`, mode: 0o644 },
    { path: '/etc/hosts', content: `127.0.1.1 ${hostname}\n127.0.0.1 localhost\n::1 localhost\n`, mode: 0o644 },
    { path: '/root/.ssh/authorized_keys', content: keys, mode: 0o600 },
    ...firstBoot(user, hostKeys),
    ...(sshResets > 0 ? faults : []),
  ];
}
