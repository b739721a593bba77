// What a process that outlives its command must not take along.
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { devNull } from 'node:os';

type Stdio = 'ignore' | 'pipe' | 'ipc' | number;

/**
 * Calls `start` with the descriptors for a process that stays: those that it is given, and nothing of what this process inherited,
 * such as the lock of `flock` or the pipe of a shell, which would stay held for as long as the process lasts. Only Linux says what
 * is inherited.
 */
export function withoutInherited<T>(stdio: readonly Stdio[], start: (stdio: Stdio[]) => T): T {
  const inherited = inheritedFrom(stdio.length);
  if (inherited.length === 0) return start([...stdio]);
  // Node leaves a descriptor that it is to ignore as it is.
  const nothing = openSync(devNull, 'r');
  try {
    const all: Stdio[] = [...stdio];
    for (let fd = stdio.length; fd <= Math.max(...inherited); fd++)
      all.push(inherited.includes(fd) ? nothing : 'ignore');
    return start(all);
  } finally {
    closeSync(nothing);
  }
}

/** The descriptors that a new process would get, from this number on. Node itself makes none that is inherited. */
function inheritedFrom(first: number): number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((fd) => fd >= first && isInherited(fd));
  } catch {
    return [];
  }
}

/** O_CLOEXEC, in the octal number of /proc/PID/fdinfo (proc(5)). */
const CLOSED_AT_EXEC = 0o2000000;

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSED_AT_EXEC) === 0;
  } catch {
    // The one that listed them is closed by now.
    return false;
  }
}
