// What the processes of an engine droplet take of the machine's memory.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A droplet's share in MB: of pages that several processes have, each counts its part (proc(5), Pss). */
export function dropletMemoryMB(sandboxFolder, id) {
  const { group } = JSON.parse(readFileSync(join(sandboxFolder, 'engine.json'), 'utf8'));
  const top = ['/sys/fs/cgroup/memory', '/sys/fs/cgroup'].find((path) => existsSync(join(path, group)));
  const kib = processesIn(join(top, group, String(id))).reduce((sum, pid) => sum + shareKiB(pid), 0);
  return (kib * 1024) / 1e6;
}

function processesIn(folder) {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  return [...own, ...below.flatMap(({ name }) => processesIn(join(folder, name)))];
}

function shareKiB(pid) {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
