// Checks and ends a sandbox's process.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { systemClock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { isAlive } from '../processes.ts';
import { poll } from '../wait.ts';
import { attempt } from './attempt.ts';
import type { SandboxInfo } from './info.ts';

/** Whether the process that wrote the info is still running. Its process id may have been reused since. */
export function isRunning({ pid, folder }: SandboxInfo): boolean {
  if (!isAlive(pid)) return false;
  // Linux shows the words of a process; the sandbox's hold its folder.
  return attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.includes(JSON.stringify(folder)) ?? true;
}

/** Makes sure that one process at a time starts a sandbox of this name; returns a function that releases it. */
export function claim(path: string, name: string): () => void {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
  } catch {
    const owner = Number(attempt(() => readFileSync(path, 'utf8')));
    if (owner > 0 && isAlive(owner)) throw new BeltError(`the sandbox "${name}" is being started by process ${owner}`);
    writeFileSync(path, String(process.pid));
  }
  return () => rmSync(path, { force: true });
}

/** Asks the process to end, waits, and ends it by force when it does not. */
export async function endProcess(pid: number, patienceMs = 5000): Promise<void> {
  signal(pid, 'SIGTERM');
  if (!(await ended(pid, patienceMs))) {
    signal(pid, 'SIGKILL');
    await ended(pid, patienceMs);
  }
}

async function ended(pid: number, withinMs: number): Promise<boolean> {
  const { signal } = new AbortController();
  const waiting = { clock: systemClock, signal, deadline: Date.now() + withinMs, intervalMs: 20 };
  return (await poll(() => !isAlive(pid) || undefined, waiting)) === true;
}

/** A missing process is not an error: it may have ended by itself. */
const signal = (pid: number, name: NodeJS.Signals) => attempt(() => process.kill(pid, name));
