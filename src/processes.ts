// Whether a process is running, and whether it is the same one as before: process ids are reused.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  pid: number;
  /** When the process began, as its system counts; empty where the system does not say. */
  start: string;
  /** The host, its boot and its PID namespace: processes elsewhere cannot be checked from here. */
  host: string;
}

let own: ProcessIdentity | undefined;

/** This process. */
export function thisProcess(): ProcessIdentity {
  own ??= identityOf(process.pid);
  return own;
}

/** A process of this host. */
export const identityOf = (pid: number): ProcessIdentity => ({ pid, start: startOf(pid) ?? '', host: thisHost() });

/** Whether a process of this host is still there. One that was killed and waits to be reaped is not. */
export function isRunning({ pid, start }: Pick<ProcessIdentity, 'pid' | 'start'>): boolean {
  if (!isKnown(pid)) return false;
  const now = startOf(pid);
  return now === undefined || (now !== ENDED && now === start);
}

/** Whether some process of this host has the id and runs. One that waits to be reaped ended: in a container nobody may ever reap it. */
export const isAlive = (pid: number): boolean => isKnown(pid) && startOf(pid) !== ENDED;

/** Whether a process of this host is stopped, as by Ctrl-Z. */
export function isStopped(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`);
  return (text === undefined ? stateByPs(pid) : text.slice(text.lastIndexOf(')') + 2)).startsWith('T');
}

function isKnown(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // One that may not be signalled is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const ENDED = 'ended';

/** Undefined where the system does not say. */
function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/** In ticks since the boot: field 22 of /proc/PID/stat (proc(5)). */
function startOnLinux(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the program's name, in parentheses, and may hold any character.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return fields[0] === 'Z' || fields[0] === 'X' ? ENDED : fields[19];
}

function startByPs(pid: number): string | undefined {
  const [state, ...start] = stateByPs(pid).split(/\s+/);
  return state?.startsWith('Z') ? ENDED : start.join(' ') || undefined;
}

/** Its state and when it began; empty where the system does not say. */
function stateByPs(pid: number): string {
  try {
    const words = ['-o', 'state=,lstart=', '-p', String(pid)];
    return execFileSync('/bin/ps', words, { env: { LC_ALL: 'C', TZ: 'UTC' }, encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function thisHost(): string {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  return [hostname(), boot, pidSpace()].filter(Boolean).join(' ');
}

/** Containers that share a folder have process ids of their own. */
function pidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
