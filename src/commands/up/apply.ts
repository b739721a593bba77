// Carries a plan out, node by node and without waiting for one another.
import type { Droplet } from '../../cloud/schemas.ts';
import type { NodePlan } from '../../cluster/plan.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import type { Phase } from '../../output/progress/phases.ts';
import { make } from '../create/make.ts';
import { reportInterrupted } from '../create/report.ts';
import { startRun } from '../create/run.ts';
import type { Failure } from '../shared/failures.ts';
import { Growth } from './grow.ts';
import { unlockAll } from './lock.ts';
import { makeNetwork } from './network.ts';
import type { Observed } from './observe.ts';
import { order, userDataOf } from './order.ts';
import { settle } from './settle.ts';

export interface ApplyOptions {
  /** The command that goes on after an interrupt; `belt up` without it. */
  goOn?: string;
  /** What stands before other commands, where they would be about another cluster. */
  prefix?: string;
  /** Seconds. */
  timeout: number;
  concurrency: number;
}

export interface Applied {
  failures: Failure[];
  /** What was made. */
  created: Droplet[];
}

/** Makes what is missing and changes what differs; a failure is its node's own. */
export async function apply(
  context: Context,
  spec: ClusterSpec,
  observed: Observed,
  options: ApplyOptions,
): Promise<Applied> {
  const { plan, swarm, droplets } = observed;
  const batches = await order(context, spec, plan);
  const vpc = await makeNetwork(context, spec, observed.network);
  const concerned = plan.nodes.filter(
    (node) => node.droplet === undefined || node.swarm === 'init' || node.swarm === 'join',
  );
  const run = await startRun(context, {
    goOn: options.goOn ?? 'belt up',
    prefix: options.prefix,
    names: concerned.map(({ name }) => name),
    newNames: batches.flatMap(({ names }) => names),
    existing: concerned.flatMap(({ name }) => droplets.filter((droplet) => droplet.name === name)),
    userData: userDataOf(spec),
  });
  const requests = batches.map(({ names, blueprint }) => ({
    names,
    blueprint: run.stamped(vpc === undefined ? blueprint : { ...blueprint, vpc_uuid: vpc }),
  }));
  const growth = new Growth(context, context.clock.now() + options.timeout * 1000);
  const nodes = new Map(concerned.map((node) => [node.name, node]));
  try {
    if (swarm) await growth.continueWith(swarm.manager);
    const locked = await unlockAll(context, droplets, plan, () => growth.manager());
    const made = await make(context, run, requests, {
      ...options,
      wait: true,
      onReady: (droplet, phase) => admit(growth, spec, nodes.get(droplet.name)!, droplet, phase),
      onFailed: (name, error) => {
        if (nodes.get(name)?.swarm === 'init') growth.cannotStart(name, error);
      },
    }).catch((error) => reportInterrupted(context, run, error));
    await run.end();
    const now = new Map([...droplets, ...made.droplets].map((droplet) => [droplet.id, droplet]));
    const before = [...locked, ...made.failures];
    const failures = [...before, ...(await settled(context, spec, [...now.values()], growth, before))];
    return { failures, created: [...run.created.values()] };
  } finally {
    await growth.end();
  }
}

/** Where the swarm itself could not be started, there is nothing to settle, and the failures say why. */
async function settled(
  context: Context,
  spec: ClusterSpec,
  droplets: Droplet[],
  growth: Growth,
  failures: readonly Failure[],
): Promise<Failure[]> {
  try {
    return await settle(context, spec, droplets, growth);
  } catch (error) {
    context.signal.throwIfAborted();
    if (failures.length === 0) throw error;
    return [];
  }
}

async function admit(
  growth: Growth,
  { swarm }: ClusterSpec,
  node: NodePlan,
  droplet: Droplet,
  phase: (phase: Phase) => void,
): Promise<void> {
  phase('joining the swarm');
  if (node.swarm === 'init') await growth.found(droplet, swarm);
  else await growth.join(droplet, node.group.role);
}
