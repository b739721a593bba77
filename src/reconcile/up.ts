import { agreed, confirm } from '../agree.ts';
import { CloudError } from '../cloud/errors.ts';
import { nodeNames } from '../cluster/plan.ts';
import { sameSteps } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { clusterSpec } from '../descriptions/spec.ts';
import { BeltError, exitCodeOf, Interrupted, messageOf, NodesFailed } from '../errors.ts';
import { chooseActive } from '../fleet/choose-active.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { type Failure, throwFailures, throwRefusal } from '../fleet/failures.ts';
import { addressCell, type Droplet, hasAddress } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { throwSilence } from '../provision/create/report.ts';
import { tellStanding } from '../provision/leftovers.ts';
import { planRemoval } from '../provision/plan.ts';
import { rollBack } from '../provision/rollback.ts';
import { tellRemoval } from '../provision/tell.ts';
import { quoteWord } from '../quote.ts';
import { type Agenda, type Applied, apply } from './apply.ts';
import { type Observed, observeToChange } from './observe.ts';
import { checkOrder } from './order.ts';
import { type PlanOptions, plan } from './plan.ts';
import { withReachable } from './reachable.ts';
import { recreation } from './recreate.ts';
import { retire, retireEach } from './retire.ts';
import { pricesFor, showPlan } from './show.ts';
import { tellVerdict, type Verdict, verdictFields, verdictOf } from './verdict.ts';

export interface UpOptions extends PlanOptions {
  yes?: boolean | undefined;
  rollback?: boolean | undefined;
  dryRun?: boolean | undefined;
  /** Seconds. */
  timeout: number;
  concurrency: number;
  /** The command that finishes what is interrupted, where `belt up` would be about another cluster. */
  goOn?: string | undefined;
  /** Told which nodes came into a swarm that was there, once others may change the cluster. */
  onJoined?: ((names: readonly string[]) => Promise<void>) | undefined;
}

/** A run, and what it did so far. */
interface Run extends UpOptions {
  /** The names of nodes that came into a swarm that was there. */
  joined: string[];
}

/**
 * `belt up` — makes the cluster what .belt.yaml says: droplets, swarm, roles, labels. What is right is left alone. Gives the exit code,
 * by a look at the cluster as it is at the end.
 */
export async function up(context: Context, given: UpOptions): Promise<number> {
  const options: Run = { ...given, joined: [] };
  if (options.dryRun) return plan(context, options);
  const { out } = context;
  if (out.json) out.startEvents(context.clock);
  let spec: ClusterSpec | undefined;
  try {
    spec = await clusterSpec(context);
    const verdict = await reconcile(context, spec, options).finally(async () => {
      if (!context.signal.aborted) await options.onJoined?.(options.joined);
    });
    tellVerdict(context, verdict);
    if (verdict.changed && verdict.exitCode === 0 && context.stderr.isTTY === true)
      tellNext(context, verdict.changed, options);
    out.event('end', { ...facts(spec), ...verdictFields(verdict) });
    return verdict.exitCode;
  } catch (error) {
    const failed = error instanceof NodesFailed ? error.nodes : [];
    const fields = { right: false, failed, drift: [], error: messageOf(error), exitCode: exitCodeOf(error) };
    out.event('end', { ...facts(spec), ...fields });
    throw error;
  }
}

/** So many addresses fit a glance; `belt ls` has them all. */
const ADDRESSES = 4;

/** What a person may want to know and do now. */
function tellNext({ out }: Context, droplets: readonly Droplet[], { prefix = '' }: UpOptions): void {
  const addresses = droplets.flatMap((one) => (hasAddress(one) ? [`${one.name} ${addressCell(one)}`] : []));
  const more = addresses.length > ADDRESSES ? `, and ${addresses.length - ADDRESSES} more: ${prefix}belt ls` : '';
  out.note(`addresses: ${addresses.slice(0, ADDRESSES).join(', ')}${more}`);
  out.note('next:');
  for (const words of ['docker node ls', 'ssh @manager uptime', 'deploy']) out.note(`  ${prefix}belt ${words}`);
}

/** What the last event says of any run. */
const facts = (spec: ClusterSpec | undefined): object =>
  spec === undefined ? {} : { cluster: spec.name, nodes: nodeNames(spec).length };

const AGAIN = 'belt up';

async function reconcile(context: Context, spec: ClusterSpec, options: Run): Promise<Verdict> {
  // Who agreed before the look is asked nothing more: the look is part of the work.
  if (options.yes) return await alone(context, options, () => once(context, spec, options));
  for (let agenda = await prepare(context, spec, options); ; ) {
    const { steps } = agenda.observed;
    if (steps.length === 0) return await conclude(context, spec, agenda.observed, options);
    await show(context, spec, agenda);
    const consent = { yes: false, asks: 'up asks before it changes anything', hint: 'add --yes if you are sure' };
    await agreed(context, consent, () => confirm(context, 'Apply these changes?'));
    // While the question stood, another run may have done some of it.
    const outcome = await alone(context, options, async () => {
      const now = await prepare(context, spec, options);
      if (!sameSteps(steps, now.observed.steps)) return { now };
      return { verdict: await carryOut(context, spec, now, options) };
    });
    if (outcome.verdict) return outcome.verdict;
    agenda = outcome.now;
    if (agenda.observed.steps.length > 0)
      context.out.note('the cluster changed in the meantime; this is what is left to do:');
  }
}

const alone = <T>(context: Context, { goOn = AGAIN }: UpOptions, work: () => Promise<T>): Promise<T> =>
  exclusively(context, goOn, work);

async function once(context: Context, spec: ClusterSpec, options: Run): Promise<Verdict> {
  const agenda = await prepare(context, spec, options);
  if (agenda.observed.steps.length === 0) return await conclude(context, spec, agenda.observed, options);
  await show(context, spec, agenda);
  return await carryOut(context, spec, agenda, options);
}

/** Looks, and checks what is to be created. @throws UsageError or BeltError where that will not do */
async function prepare(context: Context, spec: ClusterSpec, options: UpOptions): Promise<Agenda> {
  const observed = await look(context, spec, options);
  return { observed, order: await checkOrder(context, spec, observed) };
}

async function show(context: Context, spec: ClusterSpec, { observed, order }: Agenda): Promise<void> {
  showPlan(context, spec, observed, await pricesFor(context, observed, order?.sizes));
  const { removals: leaving, droplets: staying, view } = observed;
  if (leaving.length === 0 || context.out.tellsEvents) return;
  await tellRemoval(context, await planRemoval(context, { leaving, staying, view, byUp: true }));
}

/** The steps as they were shown, then a fresh look. @throws NodesFailed, or what ended the run */
async function carryOut(context: Context, spec: ClusterSpec, agenda: Agenda, options: Run): Promise<Verdict> {
  const { observed } = agenda;
  const { removals } = observed;
  const kept = await retire(context, removals, options.goOn);
  throwFailures(kept, removals.length, 'run the same command again');
  const first = await attempt(context, () => apply(context, spec, agenda, options));
  const applied = await onceMore(context, spec, first, options);
  if (observed.steps.every(({ kind }) => kind !== 'init')) options.joined.push(...joinedIn(observed, applied));
  if (applied.failures.length > 0 || 'error' in applied) await failed(context, applied, observed, options);
  const { prune, replace, force, ...again } = options;
  const now = await look(context, spec, again);
  return { ...(await conclude(context, spec, now, options)), changed: now.droplets };
}

/** Of a run that something else ended, nobody knows. */
function joinedIn({ steps }: Observed, applied: Applied): string[] {
  if ('error' in applied) return [];
  const failed = new Set(applied.failures.map(({ name }) => name));
  return steps.flatMap((step) => (step.kind === 'join' && !failed.has(step.node) ? [step.node] : []));
}

/** What a look says of the cluster, and the node to talk to. */
async function conclude(
  context: Context,
  spec: ClusterSpec,
  observed: Observed,
  { goOn = AGAIN }: UpOptions,
): Promise<Verdict> {
  await chooseActive(context, spec, observed.droplets);
  return verdictOf(spec, observed, goOn);
}

async function look(
  context: Context,
  spec: ClusterSpec,
  { timeout, prune, replace, force, prefix }: Pick<UpOptions, 'timeout' | 'prune' | 'replace' | 'force' | 'prefix'>,
): Promise<Observed> {
  const deadline = context.clock.now() + timeout * 1000;
  return await withReachable(context, { cluster: spec.name, deadline }, (reachable) =>
    observeToChange({ ...context, deadline }, spec, { reachable, deadline, prune, replace, force, prefix }),
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

/** What never came up is deleted and recreated, and what waited for it goes on. */
async function onceMore(context: Context, spec: ClusterSpec, first: Applied, options: UpOptions): Promise<Applied> {
  const { names, dead } = recreation(first);
  if (names.length === 0) return first;
  context.out.tell(
    'recreate',
    { nodes: names },
    `${compact(names)} never became reachable; recreating ${names.length === 1 ? 'it' : 'them'}`,
  );
  const failures = await retireEach(context, dead, options.goOn);
  if (failures.length > 0) return { ...first, failures: [...first.failures, ...failures] };
  const stood = first.created.filter(({ id }) => dead.every((droplet) => droplet.id !== id));
  const { timeout, prefix } = options;
  const second = await attempt(context, async () => {
    const agenda = await prepare(context, spec, {
      ...options,
      prune: false,
      replace: [],
      timeout,
      prefix,
    });
    checkSame(agenda.observed, [...names, ...first.failures.map(({ name }) => name)], options);
    return apply(context, spec, agenda, options);
  });
  return { ...second, created: [...stood, ...second.created] };
}

/** What nobody asked to recreate is gone: that is somebody's wish, and not for this run to undo. @throws BeltError */
function checkSame({ plan }: Observed, failed: readonly string[], { goOn = AGAIN, prefix = '' }: UpOptions): void {
  const gone = plan.nodes.filter(({ name, create }) => create && !failed.includes(name)).map(({ name }) => name);
  if (gone.length === 0) return;
  throw new BeltError(
    `${compact(gone)} disappeared in the meantime: somebody else deleted ${gone.length === 1 ? 'it' : 'them'}`,
    {
      hint: `see what exists: ${prefix}belt ls · to create the cluster again: ${goOn}`,
    },
  );
}

/** Says what stands, or takes away what the run made. Always @throws NodesFailed, or what ended the run */
async function failed(
  context: Context,
  { failures, created, error }: Applied,
  { plan, droplets }: Observed,
  { rollback, replace = [], goOn = AGAIN, prefix = '' }: UpOptions,
): Promise<void> {
  const all = [...failures, ...troublesOf(plan, failures)];
  const clean = removalOf(created, { before: droplets, prefix });
  if (rollback) {
    const kept = await rollBack(context, created, (some) => retireEach(context, some, goOn));
    if (kept.length > 0) await tellStanding(context, { finish: goOn, clean, known: [...droplets, ...created] });
    throwFailures([...all, ...kept], plan.nodes.length, 'run the same command again');
  } else {
    // Nobody can be asked what stands: the error says what was ordered.
    throwSilence(all, goOn);
    await tellStanding(context, { finish: goOn, clean, known: [...droplets, ...created] });
  }
  if (failures.length === 0) throw error;
  // What DigitalOcean refuses to all of them is not about single nodes.
  if (failures.length === plan.nodes.length && failures[0]?.error instanceof CloudError) throwRefusal(failures);
  // With --replace once more, what another run recreated meanwhile would go again.
  const again = replace.length > 0 ? `continue without --replace: ${goOn}` : 'run the same command again';
  throwFailures(all, plan.nodes.length, `${again}: completed steps are kept`);
}

/** The command that removes what the run made: the whole cluster only where nothing of it stood before. */
function removalOf(
  created: readonly Droplet[],
  { before, prefix }: { before: readonly Droplet[]; prefix: string },
): string | undefined {
  const made = new Set(created.map(({ id }) => id));
  if (before.every(({ id }) => made.has(id))) return `${prefix}belt down`;
  return created.length === 0 ? undefined : `${prefix}belt rm ${quoteWord(compact(created.map(({ name }) => name)))}`;
}

/** Nodes that did not work before, and about which nothing was tried. */
const troublesOf = ({ nodes }: Observed['plan'], failures: readonly Failure[]): Failure[] =>
  nodes.flatMap(({ name, trouble }) =>
    trouble && failures.every((failure) => failure.name !== name)
      ? [{ name, error: new BeltError(`${name} ${trouble.text}`, { hint: trouble.hint }) }]
      : [],
  );
