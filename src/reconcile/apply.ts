// Carries a plan out, node by node and without waiting for one another.
import type { Droplet } from '../cloud/schemas.ts';
import type { ClusterPlan, NodePlan } from '../cluster/plan.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Phase } from '../output/progress/phases.ts';
import { make } from '../provision/create/make.ts';
import { reportInterrupted } from '../provision/create/report.ts';
import { startRun } from '../provision/create/run.ts';
import { makeNetwork } from '../provision/network.ts';
import { Growth } from './grow.ts';
import { unlockAll } from './lock.ts';
import type { Observed } from './observe.ts';
import { type Order, placeOrder, userDataOf } from './order.ts';
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
  /** In the order of the file. */
  failures: Failure[];
  /** What ended the run as a whole, though no single node failed. */
  error?: unknown;
  /** What was made. */
  created: Droplet[];
}

/** Carries out the steps of a plan, but for removals; a failure is its node's own. */
export async function apply(
  context: Context,
  spec: ClusterSpec,
  { observed, order }: { observed: Observed; order: Order | undefined },
  options: ApplyOptions,
): Promise<Applied> {
  const { plan, steps, droplets, manager } = observed;
  const batches = await placeOrder(context, order);
  const vpc = await makeNetwork(context, spec, observed.network);
  const entering = plan.nodes.filter(({ swarm }) => swarm === 'init' || swarm === 'join');
  const run = await startRun(context, {
    goOn: options.goOn ?? 'belt up',
    prefix: options.prefix,
    names: entering.map(({ name }) => name),
    newNames: batches.flatMap(({ names }) => names),
    existing: entering.flatMap(({ name }) => droplets.filter((droplet) => droplet.name === name)),
    userData: userDataOf(spec),
  });
  const requests = batches.map(({ names, blueprint }) => ({
    names,
    blueprint: run.stamped(vpc === undefined ? blueprint : { ...blueprint, vpc_uuid: vpc }),
  }));
  const growth = new Growth(context, context.clock.now() + options.timeout * 1000);
  const nodes = new Map(entering.map((node) => [node.name, node]));
  try {
    if (manager) await growth.continueWith(manager);
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
    const created = [...run.created.values()];
    const before = [...locked, ...made.failures];
    if (!steps.some(({ kind }) => kind === 'change' || kind === 'autolock' || kind === 'forget')) {
      return { failures: inOrder(plan, before), created };
    }
    try {
      const members = new Map(plan.nodes.map(({ name, member }) => [name, member?.id]));
      const idOf = (name: string) => growth.idOf(name) ?? members.get(name);
      const unsettled = await settle(context, steps, { manager: await growth.manager(), idOf });
      return { failures: inOrder(plan, [...before, ...unsettled]), created };
    } catch (error) {
      context.signal.throwIfAborted();
      // Where the swarm itself could not be started, there is nothing to settle, and the failures say why.
      return { failures: inOrder(plan, before), created, ...(before.length === 0 && { error }) };
    }
  } finally {
    await growth.end();
  }
}

/** As the file names the nodes; entries of the swarm that it does not name come last. */
function inOrder({ nodes }: ClusterPlan, failures: readonly Failure[]): Failure[] {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  const place = ({ name }: Failure) => places.get(name) ?? nodes.length;
  return failures.toSorted((a, b) => place(a) - place(b));
}

async function admit(
  growth: Growth,
  { swarm }: ClusterSpec,
  node: NodePlan,
  droplet: Droplet,
  phase: (phase: Phase) => void,
): Promise<void> {
  phase('joining the swarm');
  if (node.leave) await growth.leave(droplet);
  if (node.swarm === 'init') await growth.found(droplet, swarm);
  else await growth.join(droplet, node.group.role);
}
