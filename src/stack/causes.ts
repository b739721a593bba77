// Why a service failed, as far as anybody knows: the task's error, what its health check said, what the program wrote last.
import type { Context } from '../context.ts';
import { stackEngineOver } from '../engine/engine.ts';
import type { ApiStackTask, StackEngine } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import type { FailedService } from './converge.ts';

export interface Cause {
  name: string;
  why: string;
  rolledBack: boolean;
  /** The error that the task ended with, where it says more than `why`. */
  error: string | undefined;
  exitCode: number | undefined;
  node: string | undefined;
  health: string | undefined;
  logs: string[];
}

const LINES = 20;
const HEALTH_MS = 10_000;

export async function causeOf(context: Context, engine: StackEngine, failed: FailedService): Promise<Cause> {
  const { nodes } = failed;
  const { name } = failed.watched;
  const { why, rolledBack = false } = failed.verdict;
  const task = failed.verdict.task ?? (await quietly(context, () => culprit(engine, failed))) ?? failed.lastSeen;
  const node = nodes.find(({ id }) => id === task?.NodeID);
  const error = task?.Status.Err || undefined;
  const exitCode = task?.Status.ContainerStatus?.ExitCode ?? undefined;
  const ran = Boolean(task?.Status.ContainerStatus?.ContainerID);
  const [logs, health] = await Promise.all([
    ran ? quietly(context, () => engine.logs(task!.ID, LINES)) : undefined,
    ran && node ? quietly(context, () => healthOn(context, node.address, task!)) : undefined,
  ]);
  return {
    name,
    why,
    rolledBack,
    error: error && !why.includes(error) ? error : undefined,
    exitCode: exitCode || undefined,
    node: node?.hostname,
    health,
    logs: (logs ?? []).slice(-LINES),
  };
}

/**
 * The task that stopped an update: the one that Swarm named or, where that is not known, the last of this run's that failed. One that
 * fails its health check may end without an error.
 */
async function culprit(
  engine: StackEngine,
  { of, serviceId, verdict: { isStopped }, stoppedBy, earlier }: FailedService,
): Promise<ApiStackTask | undefined> {
  if (!isStopped) return undefined;
  const tasks = (await engine.tasks(of)).filter(({ ServiceID }) => ServiceID === serviceId);
  if (stoppedBy !== undefined) return tasks.find(({ ID }) => ID === stoppedBy);
  const own = tasks.filter(({ ID }) => !earlier.has(ID)).sort((a, b) => (a.CreatedAt < b.CreatedAt ? 1 : -1));
  const ended = (states: RegExp) => own.find(({ Status: { State } }) => states.test(State));
  return ended(/^(failed|rejected)$/) ?? ended(/^complete$/);
}

/** What is missing of a cause is no error of its own. */
async function quietly<T>(context: Context, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    context.signal.throwIfAborted();
    context.trace?.(`cause: ${messageOf(error)}`);
    return undefined;
  }
}

/** Only the engine of the node where a container is knows its health. */
async function healthOn(context: Context, address: string, task: ApiStackTask): Promise<string | undefined> {
  const { clock, signal } = context;
  const fleet = await context.fleet();
  const node = (await fleet.select(['@all'])).find(({ privateAddress }) => privateAddress === address);
  const container = task.Status.ContainerStatus?.ContainerID;
  if (!node || !container) return undefined;
  const deadline = clock.now() + HEALTH_MS;
  const connection = await fleet.connect(node, { deadline });
  try {
    return await stackEngineOver(async () => connection, { clock, signal, deadline }).health(container);
  } finally {
    connection.end();
  }
}

/** The lines about one service. */
export function causeLines({ name, why, error, exitCode, node, health, logs }: Cause): string[] {
  const where = node === undefined ? '' : ` on ${node}`;
  return [
    `  ${name}: ${why}`,
    ...(error === undefined ? [] : [`    the task${where}: ${error}`]),
    ...(error === undefined && exitCode !== undefined ? [`    exit code ${exitCode}${where}`] : []),
    ...(health === undefined ? [] : ['    its health check said:', ...indented(health.split('\n'))]),
    ...(logs.length === 0 ? [] : [`    its last lines${where}:`, ...indented(logs)]),
  ];
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `      ${line}`);
