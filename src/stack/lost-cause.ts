// Failures that Swarm would try again and again, or never notice. Pure.
import type { ApiStackTask } from '../engine/stack-calls.ts';
import { modeOf, policyOf } from './mode.ts';
import type { Sight, Verdict } from './verdict.ts';

/** So long nodes may take to have room, before it is said that none has. */
const NO_NODE_MS = 15_000;
/**
 * So long a failed task may have no successor, while a new leader begins its work: else Swarm creates one as it gives a task up, however
 * long that is to wait for its start (swarmkit, manager/orchestrator/restart).
 */
const NO_SUCCESSOR_MS = 10_000;
const REJECTIONS = 2;
const FAILURES = 3;

/** Why the tasks of this slot, the newest first, will not come to run. */
export const lostCause = (sight: Sight, slot: readonly ApiStackTask[]): Verdict | undefined =>
  rejected(sight, slot) ?? unplaced(sight, slot[0]!) ?? ended(sight, slot);

/** What caused the end of others may have been mended from outside: a database that is back, a login. */
export const since = ({ earlier }: Sight, slot: readonly ApiStackTask[]): ApiStackTask[] =>
  slot.filter(({ ID }) => !earlier.has(ID));

/** The next try would end as these: the image, a mount or a config is missing. */
function rejected(sight: Sight, slot: readonly ApiStackTask[]): Verdict | undefined {
  const all = since(sight, slot).filter(({ Status: { State } }) => State === 'rejected');
  const [task] = all;
  const same = all.filter(({ Status: { Err } }) => Err === task?.Status.Err);
  return task && same.length >= REJECTIONS
    ? { state: 'failed', why: task.Status.Err ?? 'its tasks are rejected', task }
    : undefined;
}

function unplaced({ ageMs, calmMs }: Sight, newest: ApiStackTask): Verdict | undefined {
  const { State: state, Err: error } = newest.Status;
  if (state !== 'pending' || !error?.includes('no suitable node')) return undefined;
  if (Math.min(ageMs(newest), calmMs) < NO_NODE_MS) return undefined;
  return { state: 'failed', why: error, task: newest };
}

/** Programs that end again and again, or that nothing starts again. */
function ended(sight: Sight, slot: readonly ApiStackTask[]): Verdict | undefined {
  const [newest] = slot;
  const { Condition: condition = 'any', MaxAttempts: attempts = 0 } = policyOf(sight.service);
  const own = since(sight, slot);
  const failures = own.filter(hasFailed);
  const completed = own.filter(
    ({ Status: { State }, DesiredState }) => State === 'complete' && DesiredState === 'shutdown',
  );
  if (failures.length >= FAILURES) return exited(failures[0]!, `it failed ${failures.length} times`);
  if (condition === 'any' && completed.length >= FAILURES) {
    return {
      state: 'failed',
      why: 'its program ends again and again, without an error; for one that is to run once, set deploy.restart_policy.condition to on-failure, and for one with a health check see that',
      task: completed[0],
    };
  }
  // However long ago: nothing but a change starts it again.
  const isOver = newest !== undefined && hasFailed(newest) && newest.DesiredState === 'shutdown';
  if (!isOver || hasNoPlace(sight, newest)) return undefined;
  // Swarm keeps some of a slot's tasks only: where more attempts are allowed, no count shows that they are used up.
  const isLeftAlone = Math.min(sight.ageMs(newest), sight.calmMs) >= NO_SUCCESSOR_MS;
  const isUsedUp = attempts > 0 && (slot.filter(hasFailed).length > attempts || isLeftAlone);
  return condition === 'none' || isUsedUp ? exited(newest, 'it failed and is not started again') : undefined;
}

/** Of a global service, one whose node takes no tasks any more: nothing is to take its place. */
const hasNoPlace = ({ service, nodes }: Sight, { NodeID }: ApiStackTask): boolean =>
  modeOf(service).kind.startsWith('Global') &&
  nodes.some(({ id, availability }) => id === NodeID && availability !== 'active');

const hasFailed = ({ Status: { State } }: ApiStackTask): boolean => State === 'failed';

export const exited = (task: ApiStackTask, what: string): Verdict => ({
  state: 'failed',
  why: task.Status.Err ? `${what}: ${task.Status.Err}` : what,
  task,
});
