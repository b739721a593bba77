// Starts the keeper's process, unless it is there.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { withoutInherited } from '../background.ts';
import { systemClock } from '../clock.ts';
import { takeLock } from '../config/state-lock.ts';
import { knock } from '../endpoint/socket-folder.ts';
import { BeltError } from '../errors.ts';
import { poll } from '../wait.ts';
import { hasSocket, type KeeperPlace, makeFolder } from './place.ts';

/** What the process reads from its standard input. */
export interface Start {
  socket: string;
  record: string;
  /** The file with the pinned host keys. */
  knownHosts: string;
}

/** How long it may take to begin. */
const START_MS = 5_000;
const POLL_MS = 20;

/** Beside the bundle that this is in; from the sources, in dist/. */
const BUNDLE = [new URL('./keeper.cjs', import.meta.url), new URL('../../dist/keeper.cjs', import.meta.url)];

/**
 * Has a keeper listen at the place. Of many commands that want one at the same time, one starts it.
 * @throws BeltError when it does not begin, or the folder is not the user's alone; the signal's reason
 */
export async function ensureKeeper(
  place: KeeperPlace,
  { knownHosts, signal }: { knownHosts: string; signal: AbortSignal },
): Promise<void> {
  const listens = async () => hasSocket(place) && (await knock(place.socket)) === undefined;
  if (await listens()) return;
  makeFolder(place);
  const begun = await poll(
    async () => {
      if (await listens()) return true;
      const release = tryLock(place.lock);
      if (!release) return undefined;
      try {
        // Another may have started it between the look and the lock.
        if (!(await listens())) await start({ socket: place.socket, record: place.record, knownHosts });
        return true;
      } finally {
        release();
      }
    },
    { clock: systemClock, signal, deadline: systemClock.now() + START_MS, intervalMs: POLL_MS },
  );
  if (!begun) throw new BeltError('the process that keeps connections does not start');
}

/** Undefined while another has it. */
function tryLock(path: string): (() => void) | undefined {
  try {
    return takeLock(path, { staleMs: START_MS, patienceMs: 0 });
  } catch (error) {
    if (error instanceof BeltError) return undefined;
    throw error;
  }
}

function start(what: Start): Promise<void> {
  const bundle = BUNDLE.map((url) => fileURLToPath(url)).find((path) => existsSync(path));
  if (bundle === undefined) throw new BeltError('belt is not built: there is no keeper.cjs');
  // Of the environment it needs nothing: a token in it would be the process's for as long as it lasts.
  const child = withoutInherited(['pipe', 'pipe', 'ignore'], (stdio) =>
    spawn(process.execPath, [bundle], { detached: true, cwd: '/', env: {}, stdio }),
  ) as ChildProcessByStdio<Writable, Readable, null>;
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(what));
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      child.removeAllListeners();
      child.stdout.destroy();
      child.unref();
    };
    const fail = (error: Error) => {
      settle();
      reject(error);
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new BeltError('the process that keeps connections does not start'));
    }, START_MS);
    child.once('error', fail);
    child.once('exit', () => fail(new BeltError('the process that keeps connections ended at once')));
    child.stdout.once('data', () => {
      settle();
      resolve();
    });
  });
}
