// Carries a plan out, node by node and without waiting for one another.

import { type ClusterPlan, nodeNames } from '../cluster/plan.ts';
import { type Step, stepsOn } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import type { Failure } from '../fleet/failures.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Phase } from '../model/phase.ts';
import { make } from '../provision/create/make.ts';
import { reportInterrupted } from '../provision/create/report.ts';
import { startRun } from '../provision/create/run.ts';
import { makeNetwork } from '../provision/network.ts';
import { Bootstrap } from './bootstrap.ts';
import { unlockAll } from './lock.ts';
import type { Observed } from './observe.ts';
import { type Order, placeOrder, userDataOf } from './order.ts';
import { settle } from './settle.ts';

export interface ApplyOptions {
  /** The command that goes on after an interrupt; `belt up` without it. */
  goOn?: string | undefined;
  /** What stands before other commands, where they would be about another cluster. */
  prefix?: string | undefined;
  /** Seconds. */
  timeout: number;
  concurrency: number;
}

/** What is to be done: shown, agreed to, carried out. */
export interface Agenda {
  observed: Observed;
  order: Order | undefined;
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
  { observed, order }: Agenda,
  options: ApplyOptions,
): Promise<Applied> {
  const { plan, steps, droplets, manager } = observed;
  const batches = await placeOrder(context, order);
  const vpc = await makeNetwork(context, spec, observed.network);
  const entering = new Set(steps.filter(isEntry).map(({ node }) => node));
  const run = await startRun(context, {
    goOn: options.goOn ?? 'belt up',
    prefix: options.prefix,
    // Where there were droplets before, those are not to go with the new ones.
    clean: droplets.length === 0 ? `${options.prefix ?? ''}belt down` : undefined,
    names: nodeNames(spec).filter((name) => entering.has(name)),
    newNames: batches.flatMap(({ names }) => names),
    existing: nodeNames(spec).flatMap((name) =>
      entering.has(name) ? droplets.filter((droplet) => droplet.name === name) : [],
    ),
    userData: userDataOf(spec),
  });
  const requests = batches.map(({ names, blueprint }) => ({
    names,
    blueprint: run.stamped(vpc === undefined ? blueprint : { ...blueprint, vpc_uuid: vpc }),
  }));
  const bootstrap = new Bootstrap(context, context.clock.now() + options.timeout * 1000);
  try {
    if (manager) await bootstrap.continueWith(manager);
    const locked = await unlockAll(context, droplets, steps, () => bootstrap.manager());
    const made = await make(context, run, requests, {
      ...options,
      wait: true,
      onReady: (droplet, phase) => enter(bootstrap, spec, stepsOn(steps, droplet.name), droplet, phase),
      onFailed: (name, error) => {
        if (stepsOn(steps, name).some(({ kind }) => kind === 'init')) bootstrap.cannotStart(name, error);
      },
    }).catch((error) => reportInterrupted(context, run, error));
    await run.end();
    const { failures, error } = await throughManager(context, observed, bootstrap, [...locked, ...made.failures]).catch(
      (error) => reportInterrupted(context, run, error),
    );
    const applied = { failures: inOrder(plan, failures), created: [...run.created.values()] };
    return error === undefined ? applied : { ...applied, error };
  } finally {
    await bootstrap.end();
  }
}

/** The steps that need the swarm to be there; `before` are the failures so far. */
async function throughManager(
  context: Context,
  { plan, steps }: Observed,
  bootstrap: Bootstrap,
  before: readonly Failure[],
): Promise<Pick<Applied, 'failures' | 'error'>> {
  if (!steps.some(({ kind }) => kind === 'change' || kind === 'autolock' || kind === 'forget')) {
    return { failures: [...before] };
  }
  const members = new Map(plan.nodes.map(({ name, member }) => [name, member?.id]));
  const idOf = (name: string) => bootstrap.idOf(name) ?? members.get(name);
  try {
    const unsettled = await settle(context, steps, { manager: await bootstrap.manager(), idOf });
    return { failures: [...before, ...unsettled] };
  } catch (error) {
    context.signal.throwIfAborted();
    // Where the swarm itself could not be started, there is nothing to settle, and the failures say why.
    return { failures: [...before], ...(before.length === 0 && { error }) };
  }
}

type Entry = Extract<Step, { kind: 'init' | 'join' }>;

const isEntry = (step: Step): step is Entry => step.kind === 'init' || step.kind === 'join';

/** As the file names the nodes; entries of the swarm that it does not name come last. */
function inOrder({ nodes }: ClusterPlan, failures: readonly Failure[]): Failure[] {
  const places = new Map(nodes.map(({ name }, place) => [name, place]));
  const place = ({ name }: Failure) => places.get(name) ?? nodes.length;
  return failures.toSorted((a, b) => place(a) - place(b));
}

/** Has a node that is ready take its steps into the swarm. */
async function enter(
  bootstrap: Bootstrap,
  { swarm }: ClusterSpec,
  steps: readonly Step[],
  droplet: Droplet,
  phase: (phase: Phase) => void,
): Promise<void> {
  phase('joining the swarm');
  for (const step of steps) {
    if (step.kind === 'leave') await bootstrap.leave(droplet);
    if (step.kind === 'init') await bootstrap.found(droplet, swarm);
    if (step.kind === 'join') await bootstrap.join(droplet, step.role);
  }
}
