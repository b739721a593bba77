// A lock for the moment in which a file is read, changed and written again. Whoever holds it needs it for milliseconds.
//
// Timestamps are not trusted: a holder is dead when its process is, or when this process saw the same lock for too long by a clock
// that nobody can set. Every wait is bounded.
import { closeSync, constants, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { BeltError } from '../errors.ts';
import { isAlive } from '../processes.ts';
import { freshName, isMissing } from './state-files.ts';

export interface LockTimes {
  /** A lock that stays unchanged for this long was left behind. */
  staleMs: number;
  /** When to give up. */
  patienceMs: number;
}

const TIMES: LockTimes = { staleMs: 5_000, patienceMs: 15_000 };
const PAUSE_MS = 5;

/** Takes the lock and returns a function that releases it. @throws BeltError naming the lock when it stays taken; the system's error else */
export function takeLock(path: string, { staleMs, patienceMs }: LockTimes = TIMES): () => void {
  const mine = JSON.stringify({ pid: process.pid, host: hostname(), id: crypto.randomUUID() });
  const start = performance.now();
  let seen: { text: string | undefined; since: number } | undefined;
  let own = taken(path, mine);
  for (; own === undefined; own = taken(path, mine)) {
    const text = holder(path);
    const now = performance.now();
    if (seen === undefined || seen.text !== text) seen = { text, since: now };
    // A lock of a dead process holds up nobody, not even one that has no patience.
    if (isDead(text) || now - seen.since > staleMs) takeAway(path, text);
    else if (now - start > patienceMs) throw stillTaken(path, patienceMs);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
  }
  return () => {
    // After a long suspension it may be another's by now.
    if (holder(path) === own) remove(path);
  };
}

/** Removes the lock unless a process that runs has it. @throws the system's error */
export function removeDeadLock(path: string): void {
  const text = holder(path);
  if (isDead(text) || text === '') takeAway(path, text);
}

const stillTaken = (path: string, ms: number) =>
  new BeltError(`another belt has held ${path} for more than ${Math.round(ms / 1000)} s`, {
    hint: `if none is running, remove it: rm ${path}`,
  });

/** What the new lock says; undefined when there is one already. On a full disk it is empty, but still counts. */
function taken(path: string, text: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  try {
    writeFileSync(fd, text);
    return text;
  } catch {
    return holder(path) ?? '';
  } finally {
    closeSync(fd);
  }
}

/** The lock's content; undefined when it is gone or cannot be read. */
function holder(path: string): string | undefined {
  try {
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Whether its process ended; one on another host cannot be asked. */
function isDead(text: string | undefined): boolean {
  try {
    const { pid, host } = JSON.parse(text ?? '') as { pid?: unknown; host?: unknown };
    if (host !== hostname() || !Number.isSafeInteger(pid) || (pid as number) <= 0) return false;
    return !isAlive(pid as number);
  } catch {
    return false;
  }
}

/** Moves a dead lock out of the way, and puts it back if it turns out to be a newer one. */
function takeAway(path: string, dead: string | undefined): void {
  const aside = freshName(path);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  if (holder(aside) !== dead) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process took it.
    }
  }
  remove(aside);
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
