// Asks a keeper about itself, and ends it.
import { readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { systemClock } from '../clock.ts';
import { removeDeadLock } from '../config/state-lock.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '../processes.ts';
import { poll } from '../wait.ts';
import { Frames } from './frames.ts';
import type { KeeperStatus, Question } from './messages.ts';
import { hasSocket, type KeeperPlace } from './place.ts';

const ANSWER_MS = 1_000;
/** How long it may take to end before it is killed. */
const END_MS = 2_000;
const POLL_MS = 20;

/** Undefined where none runs. `frozen` is one that does not answer. @throws BeltError for a socket that is not the user's alone */
export async function keeperStatus(place: KeeperPlace): Promise<KeeperStatus | 'frozen' | undefined> {
  if (!hasSocket(place)) return undefined;
  const answer = await ask<KeeperStatus>(place.socket, { do: 'status' });
  return answer ?? (processOf(place) ? 'frozen' : undefined);
}

/** What a keeper that was ended held, as far as it said. */
export interface Stopped {
  /** The Docker sockets that `belt env` gave to shells. */
  dockerSockets: string[];
}

/** Ends the keeper, whatever it does, and removes the lock of a command that was killed while it started one. What it held; undefined where there was none. @throws BeltError like `keeperStatus` */
export async function stopKeeper(place: KeeperPlace, signal: AbortSignal): Promise<Stopped | undefined> {
  const isThere = hasSocket(place);
  removeDeadLock(place.lock);
  if (!isThere) return undefined;
  const found = processOf(place);
  const answer = await ask<KeeperStatus>(place.socket, { do: 'stop' });
  const stopped = { dockerSockets: (answer?.nodes ?? []).flatMap(({ socket }) => socket ?? []) };
  if (found === undefined) return answer && stopped;
  // The process ends in real time.
  const clock = systemClock;
  const deadline = clock.now() + (answer === undefined ? 0 : END_MS);
  const ended = await poll(() => !isRunning(found) || undefined, { clock, signal, deadline, intervalMs: POLL_MS });
  if (ended) return stopped;
  process.kill(found.pid, 'SIGKILL');
  for (const path of [place.socket, place.record]) rmSync(path, { force: true });
  return stopped;
}

/** The process that the record names, if it runs and is the same one. */
function processOf({ record }: KeeperPlace): ProcessIdentity | undefined {
  try {
    const said = JSON.parse(readFileSync(record, 'utf8')) as ProcessIdentity;
    return said.host === thisProcess().host && isRunning(said) ? said : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when nobody answers in time. */
export function ask<T>(path: string, question: Question, timeoutMs = ANSWER_MS): Promise<T | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const give = (answer?: T) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => give(), timeoutMs);
    socket.once('close', () => give());
    new Frames(socket, { onJson: (message) => give(message as T) }).json(question);
  });
}
