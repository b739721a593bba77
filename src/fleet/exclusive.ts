// Among runs that share a state folder, only one at a time changes a cluster, and one a stack of it. Runs elsewhere only meet in the cloud.
//
// A queue of claims, each in a file of its own that only its process writes (Lamport's bakery). No lock library does what is
// needed here: proper-lockfile and the like detect a dead holder by the lock's timestamp. A killed run would block the next for ten
// seconds, a timestamp in the future forever, and a run that was suspended would lose its lock and continue; and when two
// take over a stale lock, the second removes the first one's. A claim belongs to a process, so the process is checked.
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { State } from '../config/state.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { isRunning, type ProcessIdentity, thisProcess } from '../processes.ts';
import { poll } from '../wait.ts';

/** What a run that changes a cluster tells others about itself. */
interface Claim extends ProcessIdentity {
  id: string;
  /** The command, such as `belt up`. */
  what: string;
  /** When it arrived, ms since the epoch. */
  since: number;
  /** Its place in the queue; undefined while it is still looking for a free one. */
  place?: number;
}

export interface ExclusiveOptions {
  /** Gives up after waiting this long for other runs. */
  timeoutMs?: number;
  /** A stack that alone is changed: it may take minutes, and holds up nobody who changes anything else. Taken before the cluster. */
  stack?: string;
}

/** Lets the next run in before the work ends: what is left of it needs the cluster for itself no more. */
export type Leave = () => void;

const PATIENCE_MS = 600_000;
const LOOK_EVERY_MS = 100;
/** Claims left behind by a process on another host are removed after this time. They never block anybody. */
const FOREIGN_AFTER_MS = 24 * 3_600_000;

/** The queues that this run is at the head of: nested calls do not wait. */
const held = new AsyncLocalStorage<ReadonlySet<string>>();

/** What others wait for. */
interface Subject {
  /** The folder of its claims. */
  queue: string;
  /** As an error names it. */
  name: string;
}

/** DigitalOcean compares tags without case: Shop and shop are one cluster. */
const subjectOf = (cluster: string, stack: string | undefined): Subject => {
  const folder = encodeURIComponent(cluster.toLowerCase());
  if (stack === undefined) return { queue: `changing/${folder}`, name: `the cluster ${cluster}` };
  return { queue: `deploying/${folder}/${encodeURIComponent(stack)}`, name: `the stack ${stack}` };
};

/**
 * Does the work while no other belt with this state folder changes the cluster; `what` tells others what is being done, such as
 * `belt up`. While another run is at work it waits and says for whom. Nested calls go through at once.
 * @throws BeltError when the others take too long, or the state folder cannot be written; the signal's reason when interrupted
 */
export async function exclusively<T>(
  context: Context,
  what: string,
  work: (leave: Leave) => Promise<T>,
  { timeoutMs = PATIENCE_MS, stack }: ExclusiveOptions = {},
): Promise<T> {
  const { cluster } = await context.settings();
  const state = await context.state();
  const subject = subjectOf(cluster, stack);
  const { queue } = subject;
  const key = `${state.folder}\n${queue}`;
  const mine = held.getStore() ?? new Set();
  // It is the outer call's to leave.
  if (mine.has(key)) return work(() => {});
  context.signal.throwIfAborted();
  const claim = enter(context, state, queue, what);
  const own = new Set([...mine, key]);
  const leaveEarly = () => {
    own.delete(key);
    leave(state, queue, claim);
  };
  try {
    await reachHead(context, { state, claim, subject, timeoutMs });
    return await held.run(own, () => work(leaveEarly));
  } finally {
    leave(state, queue, claim);
  }
}

const fileOf = (queue: string, { id }: { id: string }): string => `${queue}/${id}.json`;

/** A run first announces itself, then takes the last place: so nobody who looks in between misses it. */
function enter({ clock }: Context, state: State, queue: string, what: string): Claim {
  const claim: Claim = { id: randomBytes(8).toString('hex'), what, since: clock.now(), ...thisProcess() };
  state.writeJson(fileOf(queue, claim), claim);
  try {
    claim.place = 1 + Math.max(0, ...others(state, queue, claim).map(({ place = 0 }) => place));
    state.writeJson(fileOf(queue, claim), claim);
    return claim;
  } catch (error) {
    leave(state, queue, claim);
    throw error;
  }
}

/** A claim that cannot be removed ends with its process. */
function leave(state: State, queue: string, claim: Claim): void {
  try {
    state.remove(fileOf(queue, claim));
  } catch {}
}

interface Turn {
  state: State;
  claim: Claim;
  subject: Subject;
  timeoutMs: number;
}

async function reachHead(context: Context, { state, claim, subject, timeoutMs }: Turn): Promise<void> {
  const { clock, signal, out } = context;
  const { queue, name } = subject;
  let waitsFor: Claim | undefined;
  let told: string | undefined;
  const free = await poll(
    () => {
      const [first] = others(state, queue, claim)
        .filter((other) => isBefore(other, claim))
        .sort((a, b) => (isBefore(a, b) ? -1 : 1));
      // One that is still taking its place mostly comes after this run: it is named only when it stays like that.
      if (first !== undefined && first.id !== told && (first.place !== undefined || first.id === waitsFor?.id)) {
        out.note(`waiting for ${described(first)}…`);
        told = first.id;
      }
      waitsFor = first;
      return first === undefined ? true : undefined;
    },
    { clock, signal, deadline: clock.now() + timeoutMs, intervalMs: LOOK_EVERY_MS },
  );
  if (free || waitsFor === undefined) return;
  throw new BeltError(`another run is still changing ${name}: ${described(waitsFor)}`, {
    hint: 'run the same command again when it has finished',
  });
}

/** A claim that has no place yet may take an earlier one. */
const isBefore = (one: Claim, other: Claim): boolean => {
  const [place, theirs] = [one.place ?? 0, other.place ?? 0];
  return place < theirs || (place === theirs && one.id < other.id);
};

const described = ({ what, pid, since }: Claim): string =>
  `\`${what}\` (process ${pid}, since ${new Date(since).toTimeString().slice(0, 8)})`;

/** The claims of other runs whose process is still alive. */
function others(state: State, queue: string, own: Claim): Claim[] {
  return state.list(queue).flatMap((file) => {
    const claim = readClaim(state, `${queue}/${file}`);
    if (claim === undefined || claim.id === own.id) return [];
    if (claim.host === own.host && isRunning(claim)) return [claim];
    // Ids are never reused, so this cannot remove somebody else's claim.
    if (claim.host === own.host || Math.abs(own.since - claim.since) > FOREIGN_AFTER_MS) leave(state, queue, claim);
    return [];
  });
}

/** A file that is not a claim blocks nobody. */
function readClaim(state: State, path: string): Claim | undefined {
  const claim = state.readJson<Partial<Claim>>(path);
  const { id, what, pid, host, since, place } = claim ?? {};
  const isClaim =
    typeof id === 'string' &&
    path.endsWith(`/${id}.json`) &&
    typeof what === 'string' &&
    Number.isSafeInteger(pid) &&
    (pid as number) > 0 &&
    typeof host === 'string' &&
    Number.isFinite(since) &&
    Math.abs(since as number) < 8.64e15 &&
    (place === undefined || Number.isSafeInteger(place));
  return isClaim ? (claim as Claim) : undefined;
}
