import { CloudError } from '../cloud/errors.ts';
import { managersOf } from '../cluster/plan.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { BeltError, exitCodeOf, Interrupted, messageOf, NodesFailed } from '../errors.ts';
import { compact } from '../patterns/index.ts';
import { managerAdvice } from '../swarm/join.ts';
import { plan } from './plan.ts';
import { agreed, confirm } from './shared/agree.ts';
import { throwFailures, throwRefusal } from './shared/failures.ts';
import { listDoomed } from './shared/remove.ts';
import { rollBack } from './shared/rollback.ts';
import { clusterSpec } from './shared/spec.ts';
import { tellStanding } from './shared/standing.ts';
import { anew } from './up/anew.ts';
import { type Applied, apply } from './up/apply.ts';
import { chooseActive } from './up/choose.ts';
import { type Observed, observeToChange, pricesOf } from './up/observe.ts';
import { withReachable } from './up/reachable.ts';
import { retire } from './up/retire.ts';
import { changes, showPlan } from './up/show.ts';

export interface UpOptions {
  yes?: boolean;
  prune?: boolean;
  replace?: string[];
  rollback?: boolean;
  dryRun?: boolean;
  /** Seconds. */
  timeout: number;
  concurrency: number;
  /** The command that finishes what is interrupted, where `belt up` would be about another cluster. */
  goOn?: string;
  /** What stands before other commands, where they would be: `BELT_CLUSTER=shop `. */
  prefix?: string;
}

/** `belt up` — makes the cluster what .belt.yaml says: droplets, swarm, roles, labels. What is right is left alone. */
export async function up(context: Context, options: UpOptions): Promise<number> {
  if (options.dryRun) return plan(context, options);
  const { out } = context;
  if (out.json) out.startEvents(context.clock);
  let spec: ClusterSpec | undefined;
  try {
    spec = await clusterSpec(context);
    await makeSo(context, spec, options);
  } catch (error) {
    const failed = error instanceof NodesFailed ? error.nodes : [];
    out.event('end', { ...facts(spec), right: false, failed, error: messageOf(error), exitCode: exitCodeOf(error) });
    throw error;
  }
  out.event('end', { ...facts(spec), right: true, failed: [], exitCode: 0 });
  return 0;
}

/** What the last event says of any run. */
const facts = (spec: ClusterSpec | undefined): object =>
  spec === undefined ? {} : { cluster: spec.name, nodes: spec.groups.flatMap(({ names }) => names).length };

async function makeSo(context: Context, spec: ClusterSpec, options: UpOptions): Promise<void> {
  const observed = await look(context, spec, options);
  if (changes(observed) === 0) return right(context, spec, observed);
  const prices = pricesOf(await (await context.cloud()).sizes());
  showPlan(context, spec, observed, prices);
  if (observed.doomed.length > 0 && !context.out.tellsEvents) listDoomed(context, observed.doomed);
  const consent = { yes: options.yes, asks: 'up asks before it changes anything', hint: 'add --yes if you are sure' };
  if (!(await agreed(context, consent, () => confirm(context, 'Do this?')))) throw new BeltError('nothing was changed');
  const retired = await retire(context, observed.doomed, options.goOn);
  throwFailures(retired, observed.doomed.length, 'run the same command again');
  const first = await attempt(context, () => apply(context, spec, observed, options));
  const applied = await onceMore(context, spec, first, options);
  if (applied.failures.length > 0 || 'error' in applied) await failed(context, applied, observed, options);
  advise(context, spec);
  await chooseActive(context, spec);
  right(context, spec, observed);
}

async function look(
  context: Context,
  spec: ClusterSpec,
  { timeout, prune, replace }: Pick<UpOptions, 'timeout' | 'prune' | 'replace'>,
): Promise<Observed> {
  const deadline = context.clock.now() + timeout * 1000;
  return await withReachable(context, { cluster: spec.name, deadline }, (reachable) =>
    observeToChange({ ...context, deadline }, spec, reachable, { prune, replace }),
  );
}

/** What ends the work before it made anything is told like any failure. @throws Interrupted */
async function attempt({ signal }: Context, work: () => Promise<Applied>): Promise<Applied> {
  try {
    return await work();
  } catch (error) {
    // It says what exists.
    if (error instanceof Interrupted) throw error;
    signal.throwIfAborted();
    return { failures: [], created: [], error };
  }
}

/** What never came up is deleted and made anew, and what waited for it goes on. */
async function onceMore(context: Context, spec: ClusterSpec, first: Applied, options: UpOptions): Promise<Applied> {
  const { names, dead } = anew(first);
  if (names.length === 0) return first;
  context.out.tell('anew', { nodes: names }, `${compact(names)} never came up: made anew`);
  const failures = await retire(context, dead, options.goOn);
  if (failures.length > 0) return { ...first, failures: [...first.failures, ...failures] };
  const stood = first.created.filter(({ id }) => dead.every((droplet) => droplet.id !== id));
  const { timeout } = options;
  const second = await attempt(context, async () =>
    apply(context, spec, await look(context, spec, { timeout }), options),
  );
  return { ...second, created: [...stood, ...second.created] };
}

/** Says what stands, or takes away what the run made. Always @throws NodesFailed, or what ended the run */
async function failed(
  context: Context,
  { failures, created, error }: Applied,
  { plan, droplets }: Observed,
  { rollback, goOn = 'belt up', prefix = '' }: UpOptions,
): Promise<void> {
  if (rollback) {
    const kept = await rollBack(context, created, (droplets) => retire(context, droplets, goOn));
    throwFailures([...failures, ...kept], plan.nodes.length, 'run the same command again');
  } else {
    await tellStanding(context, { finish: goOn, clean: `${prefix}belt down`, known: [...droplets, ...created] });
  }
  if (failures.length === 0) throw error;
  // What DigitalOcean refuses to all of them is not about single nodes.
  if (failures.length === plan.nodes.length && failures[0]?.error instanceof CloudError) throwRefusal(failures);
  throwFailures(failures, plan.nodes.length, 'run the same command again: what is done stays done');
}

function right({ out }: Context, { name }: ClusterSpec, { plan }: Observed): void {
  for (const node of plan.nodes)
    for (const what of node.differs) out.warn(`${node.name}: ${what}`, { node: node.name });
  if (out.tellsEvents) return;
  out.line(`${name}: ${plan.nodes.length} ${plan.nodes.length === 1 ? 'node' : 'nodes'}, all as the file says`);
}

function advise({ out }: Context, spec: ClusterSpec): void {
  const advice = managerAdvice(managersOf(spec).length);
  if (advice !== undefined) out.warn(advice);
}
