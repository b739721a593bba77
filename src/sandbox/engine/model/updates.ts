// How far the update of a service is, in swarmkit's words. Each step is a new version of the service.
import { isLive, replicasOf, type Service, type Task, type UpdateState } from './service.ts';
import type { Swarm } from './swarm.ts';

/** How long tasks are watched where the spec does not say. */
const MONITOR_MS = 5_000;

export function setUpdate(swarm: Swarm, service: Service, state: UpdateState, message: string): void {
  const startedAt = service.update?.startedAt ?? swarm.world.time();
  const isOver = /completed$/.test(state);
  service.update = { state, message, startedAt, ...(isOver && { completedAt: swarm.world.time() }) };
  swarm.touch(service);
}

/** Begins an update where tasks are to be replaced, and ends it when the new ones have run for a while or one failed. */
export function followUpdate(swarm: Swarm, service: Service): void {
  const tasks = [...service.tasks];
  const isOutdated = tasks.some((task) => isLive(task) && task.generation !== service.generation);
  if (service.update === undefined && isOutdated) setUpdate(swarm, service, 'updating', 'update in progress');
  const isBack = service.update?.state === 'rollback_started';
  if (isOutdated || (service.update?.state !== 'updating' && !isBack)) return;
  const own = tasks.filter(({ generation }) => generation === service.generation);
  const failed = own.find(({ state }) => state === 'rejected' || state === 'failed');
  const { FailureAction: action = 'pause' } = configOf(service, isBack);
  if (failed && action !== 'continue') stopUpdate(swarm, service, { failed, isBack, action });
  else if (failed || haveRun(swarm, service, own)) {
    setUpdate(
      swarm,
      service,
      isBack ? 'rollback_completed' : 'completed',
      `${isBack ? 'rollback' : 'update'} completed`,
    );
  }
}

const configOf = ({ spec }: Service, isBack: boolean) =>
  (spec[isBack ? 'RollbackConfig' : 'UpdateConfig'] ?? {}) as { FailureAction?: string; Monitor?: number };

interface Stop {
  failed: Task;
  isBack: boolean;
  action: string;
}

function stopUpdate(swarm: Swarm, service: Service, { failed, isBack, action }: Stop): void {
  const why = `due to failure or early termination of task ${failed.id}`;
  if (isBack) return setUpdate(swarm, service, 'rollback_paused', `rollback paused ${why}`);
  if (action !== 'rollback' || !service.previousSpec) {
    return setUpdate(swarm, service, 'paused', `update paused ${why}`);
  }
  service.spec = service.previousSpec;
  service.pullAuth = service.previousPullAuth;
  // Unlike a rollback that was asked for: there is no way forward.
  service.previousSpec = undefined;
  service.generation++;
  setUpdate(swarm, service, 'rollback_started', `update rolled back ${why}`);
  swarm.changed();
}

/** Whether all that are wanted have run for as long as they are watched. */
function haveRun(swarm: Swarm, service: Service, own: readonly Task[]): boolean {
  const live = own.filter(isLive);
  if (live.length < (replicasOf(service) ?? 0) || live.some(({ state }) => state !== 'running')) return false;
  const { Monitor: ns = 0 } = configOf(service, service.update?.state === 'rollback_started');
  const untilMs = Math.max(0, ...live.map(({ startedAt }) => Date.parse(startedAt))) + (ns / 1e6 || MONITOR_MS);
  const leftMs = untilMs - swarm.world.now();
  if (leftMs > 0) swarm.world.after(leftMs, () => swarm.changed());
  return leftMs <= 0;
}
