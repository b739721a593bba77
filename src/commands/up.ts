import type { Droplet } from '../cloud/schemas.ts';
import type { NodePlan } from '../cluster/plan.ts';
import { type ClusterSpec, PLAIN_ENGINE } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { managerAdvice } from '../swarm/join.ts';
import { make } from './create/make.ts';
import { reportInterrupted } from './create/report.ts';
import { startRun } from './create/run.ts';
import { plan } from './plan.ts';
import { agreed, confirm } from './shared/agree.ts';
import { type Failure, throwFailures } from './shared/failures.ts';
import { clusterSpec } from './shared/spec.ts';
import { Growth } from './up/grow.ts';
import { makeNetwork } from './up/network.ts';
import { type Observed, observeToChange, pricesOf } from './up/observe.ts';
import { order } from './up/order.ts';
import { withReachable } from './up/reachable.ts';
import { settle } from './up/settle.ts';
import { changes, showPlan } from './up/show.ts';

export interface UpOptions {
  yes?: boolean;
  dryRun?: boolean;
  /** Seconds. */
  timeout: number;
  concurrency: number;
}

/** `belt up` — makes the cluster what .belt.yaml says: droplets, swarm, roles, labels. What is right is left alone. */
export async function up(context: Context, options: UpOptions): Promise<number> {
  if (options.dryRun) return plan(context);
  await makeSo(context, options);
  return 0;
}

async function makeSo(context: Context, options: UpOptions): Promise<void> {
  const spec = await clusterSpec(context);
  const deadline = context.clock.now() + options.timeout * 1000;
  const observed = await withReachable(context, { cluster: spec.name, deadline }, (reachable) =>
    observeToChange(context, spec, reachable),
  );
  if (changes(observed) === 0) return right(context, spec, observed);
  const prices = pricesOf(await (await context.cloud()).sizes());
  showPlan(context, spec, observed, prices);
  const consent = { yes: options.yes, asks: 'up asks before it changes anything', hint: 'add --yes if you are sure' };
  if (!(await agreed(context, consent, () => confirm(context, 'Do this?')))) throw new BeltError('nothing was changed');
  const failures = await apply(context, spec, observed, options);
  throwFailures(failures, observed.plan.nodes.length, 'run the same command again: what is done stays done');
  advise(context, spec);
  right(context, spec, observed);
}

function right({ out }: Context, { name }: ClusterSpec, { plan }: Observed): void {
  for (const node of plan.nodes) for (const what of node.differs) out.warn(`${node.name}: ${what}`);
  if (out.json) return out.document({ cluster: name, nodes: plan.nodes.length, right: true });
  out.line(`${name}: ${plan.nodes.length} ${plan.nodes.length === 1 ? 'node' : 'nodes'}, all as the file says`);
}

function advise({ out }: Context, { groups }: ClusterSpec): void {
  const advice = managerAdvice(groups.filter(({ role }) => role === 'manager').flatMap(({ names }) => names).length);
  if (advice !== undefined) out.warn(advice);
}

/** Carries the plan out, node by node and without waiting for one another; gives what failed. */
async function apply(context: Context, spec: ClusterSpec, observed: Observed, options: UpOptions): Promise<Failure[]> {
  const { plan, swarm, droplets } = observed;
  const batches = await order(context, spec, plan);
  const vpc = await makeNetwork(context, spec, observed.network);
  const concerned = plan.nodes.filter(
    (node) => node.droplet === undefined || node.swarm === 'init' || node.swarm === 'join',
  );
  const run = await startRun(context, {
    goOn: 'belt up',
    names: concerned.map(({ name }) => name),
    newNames: batches.flatMap(({ names }) => names),
    existing: concerned.flatMap(({ name }) => droplets.filter((droplet) => droplet.name === name)),
    userData: { engine: spec.engine ?? PLAIN_ENGINE, install: true },
  });
  const requests = batches.map(({ names, blueprint }) => ({
    names,
    blueprint: run.stamped(vpc === undefined ? blueprint : { ...blueprint, vpc_uuid: vpc }),
  }));
  const growth = new Growth(context, context.clock.now() + options.timeout * 1000);
  const nodes = new Map(concerned.map((node) => [node.name, node]));
  try {
    if (swarm) await growth.continueWith(swarm.manager);
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
    return [...made.failures, ...(await settled(context, spec, [...now.values()], growth, made.failures))];
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
  phase: (words: string) => void,
): Promise<void> {
  phase('joining the swarm');
  if (node.swarm === 'init') await growth.found(droplet, swarm);
  else await growth.join(droplet, node.group.role);
}
