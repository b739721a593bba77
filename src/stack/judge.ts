// Whether a service became what it was asked to be. Swarm itself never says so: an update is `completed` once nothing failed for a while,
// one that finds no node goes on for ever, and a first deployment has no state at all. So the tasks decide as well. Pure.
import type { ApiService, ApiStackTask } from '../engine/stack-calls.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { type Placement, sureOf } from './eligible.ts';
import { DEPLOYMENT } from './labels.ts';
import { exited, lostCause, since } from './lost-cause.ts';
import { forcedOf, type Mode, modeOf, policyOf } from './mode.ts';
import { tasksBySlot } from './slots.ts';
import type { Sight, Verdict, Waiting } from './verdict.ts';

/** Swarm's own monitor, where the file says nothing. */
const MONITOR_MS = 5_000;
/** So long a global service may have no task. */
const NO_TASK_MS = 10_000;
const ENDED = /^(complete|shutdown|failed|rejected|orphaned|remove)$/;

export function judge(sight: Sight): Verdict {
  const { service, wrote, forced } = sight;
  const update = service.UpdateStatus?.State ?? '';
  const isOther =
    (wrote !== undefined && service.Spec.Labels?.[DEPLOYMENT] !== wrote) ||
    (forced !== undefined && forcedOf(service) !== forced);
  if (isOther) return overtaken(service, update);
  if (update === 'paused' || update === 'rollback_paused') {
    const what = update === 'paused' ? 'update' : 'rollback';
    const message = service.UpdateStatus?.Message ?? 'a task failed';
    return { state: 'failed', why: `its ${what} is paused: ${message}`, isStopped: true };
  }
  const mode = modeOf(service);
  if (mode.job) return judgeJob(sight, mode);
  const failed = failure(sight);
  if (failed) return failed;
  return mode.kind === 'Global' ? judgeGlobal(sight, update) : judgeReplicated(sight, mode.count, update);
}

/** How many of the tasks that it is to have run, or of a job have completed: `1 of 2 running`. */
export function countOf(sight: Sight): string {
  const mode = modeOf(sight.service);
  if (mode.job) {
    const { complete, wanted } = jobCount(sight, jobSlots(sight), mode);
    return `${complete} of ${wanted} complete`;
  }
  const { running, completed, wanted } = mode.kind === 'Global' ? placesOf(sight) : replicasOf(sight, mode.count);
  return `${running.length + completed.length} of ${wanted} running`;
}

/** The spec is no longer what this run wrote. */
function overtaken({ PreviousSpec }: ApiService, update: string): Verdict {
  if (!update.startsWith('rollback')) {
    return { state: 'failed', why: 'somebody else changed it in the meantime' };
  }
  // Swarm's own rollback leaves nothing to go back to; one that was asked for keeps what it replaced.
  const isByHand = Boolean(PreviousSpec);
  const isStopped = !isByHand;
  if (update === 'rollback_started') return { state: 'waiting', why: 'is being rolled back', isStopped };
  const rolledBack = update === 'rollback_completed';
  return {
    state: 'failed',
    why: WHY_BACK[isByHand ? 'byHand' : 'bySwarm'][rolledBack ? 'done' : 'failed'],
    rolledBack,
    isStopped,
  };
}

const WHY_BACK = {
  byHand: {
    done: 'somebody rolled it back in the meantime',
    failed: 'somebody rolled it back in the meantime, and the rollback failed',
  },
  bySwarm: { done: 'the update failed and was rolled back', failed: 'the update failed, and so did the rollback' },
};

/** The task that stopped an update: `update rolled back due to failure or early termination of task ID`. Swarm says it only until the rollback ends. */
export const stoppedBy = ({ UpdateStatus }: ApiService): string | undefined =>
  /\btask ([0-9a-z]{25})\b/.exec(UpdateStatus?.Message ?? '')?.[1];

/** How long tasks have to run until they count, in ms. */
function stableMs({ Spec }: ApiService): number {
  const { Monitor: ns = 0 } = (Spec['UpdateConfig'] ?? {}) as { Monitor?: number };
  return Math.max(MONITOR_MS, ns / 1e6);
}

/** Without those on nodes that are down: nobody knows what became of them. */
function bySlot({ tasks, nodes }: Sight): ApiStackTask[][] {
  const down = new Set(nodes.filter(({ state }) => state === 'down').map(({ id }) => id));
  return tasksBySlot(tasks.filter(({ NodeID }) => !NodeID || !down.has(NodeID)));
}

/** A failure that Swarm would try again and again, or never notice. */
function failure(sight: Sight): Verdict | undefined {
  const mostMs = stableMs(sight.service);
  for (const slot of bySlot(sight)) {
    const [newest] = slot;
    // What failed before it is history.
    if (isRunning(newest!) && sight.ageMs(newest!) >= mostMs) continue;
    const found = lostCause(sight, slot);
    if (found) return found;
  }
  return undefined;
}

const isUpdating = (update: string): boolean => update === 'updating' || update === 'rollback_started';

/** What a service is to run, and how much of it does. */
interface Places {
  /** The newest task of each place. */
  newest: ApiStackTask[];
  running: ApiStackTask[];
  /** Those that are done, and are not started again. */
  completed: ApiStackTask[];
  wanted: number;
}

function judgeReplicated(sight: Sight, replicas: number, update: string): Verdict {
  return judgePlaces(sight, replicasOf(sight, replicas), update);
}

function judgePlaces(sight: Sight, places: Places, update: string): Verdict {
  const { running, completed, wanted } = places;
  if (isUpdating(update) || running.length + completed.length !== wanted) return progress(sight);
  if (completed.length > 0 && running.length === 0) return { state: 'done' };
  return stable(sight, running);
}

function replicasOf(sight: Sight, replicas: number): Places {
  const newest = bySlot(sight).map(([task]) => task!);
  return { newest, running: newest.filter(isRunning), completed: newest.filter(isDone(sight)), wanted: replicas };
}

/** A global service has a place on each node that it may be on, whether Swarm has come to it or not. */
function placesOf(sight: Sight): Places {
  const all = bySlot(sight).map(([task]) => task!);
  const completed = all.filter(isDone(sight));
  const newest = all.filter((task) => isMeant(task) || completed.includes(task));
  const wanted = newest.length + withoutTask(sight, newest).length;
  return { newest, running: newest.filter(isRunning), completed, wanted };
}

/** Nodes that are to have one, and have none of these. */
function withoutTask({ service, nodes }: Sight, tasks: readonly ApiStackTask[]): SwarmNode[] {
  const have = new Set(tasks.map(({ NodeID }) => NodeID));
  const placement = (service.Spec.TaskTemplate['Placement'] ?? {}) as Placement;
  return sureOf(placement, nodes).filter(({ id }) => !have.has(id));
}

const isDone = ({ service }: Sight) => {
  const { Condition: condition = 'any' } = policyOf(service);
  return ({ Status: { State } }: ApiStackTask): boolean => condition !== 'any' && State === 'complete';
};

const isRunning = ({ Status: { State }, DesiredState }: ApiStackTask): boolean =>
  State === 'running' && DesiredState === 'running';

function stable(sight: Sight, running: readonly ApiStackTask[]): Verdict {
  const mostMs = stableMs(sight.service);
  const unsure = running.filter((task) => sight.ageMs(task) < mostMs);
  if (unsure.length === 0) return { state: 'converged' };
  const doing = `watching for ${Math.ceil(mostMs / 1000)} s`;
  return { state: 'waiting', why: `${running.length} running, ${doing}`, doing };
}

function judgeGlobal(sight: Sight, update: string): Verdict {
  const places = placesOf(sight);
  if (places.wanted > 0) return judgePlaces(sight, places, update);
  if (sight.calmMs < NO_TASK_MS) return { state: 'waiting', why: 'no task yet' };
  return { state: 'failed', why: 'no node matches what the service asks for (constraints, availability, platform)' };
}

/** Of a global service those on nodes that it is to be on. */
const isMeant = ({ DesiredState }: ApiStackTask): boolean => DesiredState !== 'shutdown' && DesiredState !== 'remove';

/** The tasks of an older iteration are another run's. */
function jobSlots(sight: Sight): ApiStackTask[][] {
  const iteration = sight.service.JobStatus?.JobIteration?.Index ?? 0;
  return bySlot({
    ...sight,
    tasks: sight.tasks.filter((task) => (task.JobIteration?.Index ?? 0) === iteration),
  });
}

function jobCount(sight: Sight, slots: readonly ApiStackTask[][], { kind, count }: Mode) {
  const newest = slots.map(([task]) => task!);
  const complete = newest.filter(({ Status: { State } }) => State === 'complete').length;
  return { complete, wanted: kind === 'GlobalJob' ? newest.length + withoutTask(sight, newest).length : count };
}

/** Jobs end. */
function judgeJob(sight: Sight, mode: Mode): Verdict {
  const { kind } = mode;
  const slots = jobSlots(sight);
  for (const slot of slots) {
    const found = lostCause(sight, slot);
    if (found) return found;
    const [newest] = slot;
    const isOver = /^(failed|rejected)$/.test(newest!.Status.State) && sight.ageMs(newest!) >= MONITOR_MS;
    if (isOver) return exited(newest!, 'the job failed');
  }
  const { complete, wanted } = jobCount(sight, slots, mode);
  if (wanted > 0 && complete >= wanted) return { state: 'done' };
  if (kind === 'GlobalJob' && wanted === 0 && sight.calmMs >= NO_TASK_MS) {
    return { state: 'failed', why: 'no node matches what the job asks for (constraints, availability, platform)' };
  }
  return { state: 'waiting', why: countOf(sight), doing: '', task: laggard(sight, slots) };
}

/** Where the tasks stand, for who waits. */
function progress(sight: Sight): Waiting {
  const slots = bySlot(sight);
  const newest = slots.map(([task]) => task!);
  const underWay = newest.filter(({ Status: { State } }) => !ENDED.test(State) && State !== 'running');
  const states = [...new Set(underWay.map(({ Status: { State } }) => wordFor(State, sight.service)))];
  const why = [countOf(sight), ...states].join(', ');
  // All run, and Swarm goes on with its update: it watches each task for a while, and stops those that were before.
  const isSwarms = states.length === 0 && isUpdating(sight.service.UpdateStatus?.State ?? '');
  const doing = isSwarms ? 'Swarm is updating it' : states.join(', ');
  return { state: 'waiting', why, doing, task: laggard(sight, slots) };
}

/**
 * The newest task that does not run: it shows best what the service waits for. One that is about to start says less than the one that
 * failed before it.
 */
function laggard(sight: Sight, slots: readonly ApiStackTask[][]): ApiStackTask | undefined {
  const tells = ({ Status: { Err: error, ContainerStatus: container } }: ApiStackTask): boolean =>
    Boolean(error || container?.ContainerID);
  return slots
    .filter(([newest]) => !isRunning(newest!) && newest!.Status.State !== 'complete')
    .map((slot) => since(sight, slot).find(tells) ?? slot[0]!)
    .toSorted((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1))[0];
}

function wordFor(state: string, { Spec }: ApiService): string {
  if (state === 'preparing') return 'the image is being pulled';
  const { Healthcheck: check } = (Spec.TaskTemplate['ContainerSpec'] ?? {}) as { Healthcheck?: unknown };
  if (state === 'starting') return check ? 'waiting for its health check' : 'starting';
  return 'waiting to start';
}
