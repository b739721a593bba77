// Control groups of this machine, of either version. A sandbox has one in each hierarchy, with one a droplet in it:
// everything in them belongs to the sandbox, and nothing else does.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../clock.ts';
import { attempt } from '../attempt.ts';

export interface Hierarchy {
  /** `/sys/fs/cgroup/memory` */
  folder: string;
  version: 1 | 2;
  /** What `mount -o` takes to show it elsewhere. */
  options: string;
}

/** The hierarchies that the machine has mounted, from /proc/self/mountinfo. */
export const hierarchies = (mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): Hierarchy[] =>
  mountinfo
    .split('\n')
    .map((line) => line.split(' - '))
    .filter(([, type]) => /^cgroup2? /.test(type ?? ''))
    .map(([mount = '', type = '']) => hierarchy(mount.split(' ')[4] ?? '', type.split(' ')));

function hierarchy(folder: string, [type, , superOptions = '']: string[]): Hierarchy {
  if (type === 'cgroup2') return { folder, version: 2, options: '' };
  const controllers = superOptions
    .split(',')
    .filter((word) => !/^(rw|ro|xattr|release_agent=.*|clone_children)$/.test(word));
  // One that has a name only is mounted with the word `none`.
  const bare = controllers.every((word) => word.startsWith('name='));
  return { folder, version: 1, options: [...(bare ? ['none'] : []), ...controllers].join(',') };
}

export function makeGroup(all: readonly Hierarchy[], group: string): void {
  for (const { folder, version } of all) {
    let path = folder;
    for (const part of group.split('/')) {
      const above = path;
      path = join(path, part);
      mkdirSync(path, { recursive: true });
      if (version === 1) inheritCpus(above, path);
      else if (above !== folder) enableControllers(above);
    }
  }
}

/** A new cpuset has no processor, and nothing can run in it. */
function inheritCpus(above: string, path: string): void {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = join(path, name);
    if (existsSync(file) && readFileSync(file, 'utf8').trim() === '') {
      writeFileSync(file, readFileSync(join(above, name), 'utf8'));
    }
  }
}

/** Only below the sandbox's own group: the machine's stays as it is. */
function enableControllers(path: string): void {
  for (const controller of readFileSync(join(path, 'cgroup.controllers'), 'utf8').split(/\s+/).filter(Boolean)) {
    // A controller that cannot be delegated is only missed by those who need it.
    attempt(() => writeFileSync(join(path, 'cgroup.subtree_control'), `+${controller}`));
  }
}

/** Shell lines to join the group. */
export const joinLines = (all: readonly Hierarchy[], group: string): string[] =>
  all.map(({ folder }) => `echo 0 > ${folder}/${group}/cgroup.procs`);

/** Ends every process in the group and removes it, with those below. @throws when something in it does not end */
export async function removeGroup(all: readonly Hierarchy[], group: string, patienceMs = 10_000): Promise<void> {
  const present = all.map(({ folder }) => join(folder, group)).filter((path) => existsSync(path));
  for (const deadline = Date.now() + patienceMs; ; ) {
    present.flatMap(processesIn).forEach(end);
    if (present.every(removed)) return;
    if (Date.now() > deadline) throw new Error(`the control group ${group} does not become empty`);
    await systemClock.sleep(10);
  }
}

function below(path: string): string[] {
  const entries = attempt(() => readdirSync(path, { withFileTypes: true })) ?? [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name));
}

function processesIn(path: string): number[] {
  const own = attempt(() => readFileSync(join(path, 'cgroup.procs'), 'utf8')) ?? '';
  return [...own.split('\n').filter(Boolean).map(Number), ...below(path).flatMap(processesIn)];
}

function end(pid: number): void {
  // 0 is a process of a namespace that cannot be seen from here; as an argument of kill it means ourselves.
  if (pid > 0) attempt(() => process.kill(pid, 'SIGKILL'));
}

function removed(path: string): boolean {
  below(path).forEach(removed);
  attempt(() => rmdirSync(path));
  return !existsSync(path);
}
