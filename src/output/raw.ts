// A terminal whose keys all go to a program elsewhere.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Keys {
  setRawMode?: (raw: boolean) => unknown;
}

interface RawOptions {
  /** Output, too, is for the terminal as it is. */
  passOutput: boolean;
  /** Called once, when the terminal is this process's: its keys can be read from then on. */
  onKeys: () => void;
}

/**
 * Makes the terminal raw until the returned function is called. A background job leaves it alone until it is in the foreground: the
 * system would stop it. After a stop it is made raw again, since the shell has restored its own mode.
 */
export function enterRaw(stdin: Keys, { passOutput, onKeys }: RawOptions): () => void {
  let isRaw = false;
  let isRead = false;
  const leave = () => {
    if (isRaw) stdin.setRawMode?.(false);
    isRaw = false;
  };
  const enter = () => {
    if (!isInFront()) return;
    stdin.setRawMode?.(true);
    isRaw = true;
    if (passOutput) passOutputThrough();
    if (!isRead) onKeys();
    isRead = true;
  };
  const stop = () => {
    leave();
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = () => {
    if (!isInFront()) return;
    // Where it was raw, Node believes that it still is, and would do nothing.
    leave();
    enter();
  };
  process.on('SIGTSTP', stop);
  process.on('SIGCONT', goOn);
  enter();
  return () => {
    process.off('SIGTSTP', stop);
    process.off('SIGCONT', goOn);
    if (isInFront()) leave();
  };
}

/** Whether this process's group is the one that the terminal listens to (proc(5): pgrp and tpgid). */
function isInFront(): boolean {
  const [group, front] = processGroups();
  return group === undefined || group === front;
}

function processGroups(): (string | undefined)[] {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , , group, , , front] = stat.slice(stat.lastIndexOf(')') + 1).split(' ');
    return [group, front];
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' });
    return (stdout ?? '').trim().split(/\s+/).filter(Boolean);
  }
}

/**
 * Node's raw mode still turns each newline into return and newline (libuv sets ONLCR), which a remote terminal has done
 * already: full-screen programs would be torn. Leaving raw mode sets everything back.
 */
function passOutputThrough(): void {
  if (process.platform !== 'win32') spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}
