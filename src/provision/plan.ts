// Plans a removal: what the user is asked about and what is then carried out.

import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { diagnose, membershipUnknown } from '../fleet/diagnose.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { isVoter } from '../swarm/quorum.ts';
import { lookAtLeaving } from './look.ts';
import { beganToRemove } from './record.ts';
import { lostQuorum, partsOf, type RemovalOrder, type SwarmPart } from './removal.ts';

export interface Removal {
  leaving: readonly Droplet[];
  /** The other droplets of the cluster. */
  staying: readonly Droplet[];
  /** The part of the removal in each swarm; empty where no node is in one. */
  parts: SwarmPart[];
  view: SwarmView<Droplet>;
  /** Guards that `--force` skipped, each in a sentence. */
  skipped: string[];
}

export interface PlanRemovalOptions extends RemovalOrder {
  /** The answers of the nodes, both leaving and staying, if they were queried already. */
  view?: SwarmView<Droplet>;
  /** Continues even if the swarm would lose its quorum or cannot be queried. */
  force?: boolean | undefined;
  /** `up` removes them: it is the file that says what stays, and its `--force` is about something else. */
  byUp?: boolean;
}

/**
 * Determines what the removal of these droplets means for the swarm; changes nothing.
 * @throws BeltError when the swarm would lose its quorum, or when that is unknown, unless forced
 */
export async function planRemoval(context: Context, options: PlanRemovalOptions): Promise<Removal> {
  const { leaving, staying, force = false } = options;
  const view = options.view ?? (await lookAtLeaving(context, leaving, staying));
  const parts = await partsIn(context, view, options);
  const refusals = [
    ...parts.flatMap((part) => (part.refusal === undefined ? [] : [lossOf(part.refusal, part, options)])),
    ...((await unknown(context, view, parts, options)) ?? []),
  ];
  const [first] = refusals;
  if (first && !force) throw first;
  return { leaving, staying, parts, view, skipped: refusals.map(({ message }) => message) };
}

const partsIn = async (
  context: Context,
  view: SwarmView<Droplet>,
  order: RemovalOrder & { view?: SwarmView<Droplet> },
): Promise<SwarmPart[]> =>
  partsOf(view, { ...order, began: await beganToRemove(context), isOpen: await openOf(context, view) });

/**
 * The same guards for what `up` is about to remove, early: before anything else is looked at. A swarm that nobody can query is another
 * matter.
 * @throws BeltError when the swarm could decide nothing any more without these droplets, or when nobody can tell
 */
export async function checkQuorum(context: Context, order: RemovalOrder & { view: SwarmView<Droplet> }): Promise<void> {
  const { leaving, view } = order;
  if (leaving.length === 0 || view.swarm === undefined) return;
  const options = { ...order, byUp: true };
  const parts = await partsIn(context, view, options);
  for (const part of parts) {
    // `up` ends no swarm: it would begin another, without what the first one ran.
    const refusal = part.view === view ? part.loss : part.refusal;
    if (refusal !== undefined) throw lossOf(refusal, part, options);
  }
  const [doubt] = doubtOf(view, parts, options);
  if (doubt) throw doubt;
}

/** What leaves would cost the swarm its quorum. */
export class QuorumLost extends BeltError {
  /** The managers that leave. */
  readonly managers: readonly Droplet[];

  constructor(message: string, { hint, managers }: { hint: string; managers: readonly Droplet[] }) {
    super(message, { hint });
    this.managers = managers;
  }
}

/** The alternatives, with those that keep the swarm first. */
function lossOf(
  refusal: string,
  { leaving, swarm }: SwarmPart,
  { byUp = false }: Pick<PlanRemovalOptions, 'byUp'>,
): QuorumLost {
  const managers = leaving.filter(({ entry }) => entry !== undefined && isVoter(entry));
  const alone = managers.find(({ entry }) => lostQuorum(swarm.members, [entry!]) === undefined);
  const lost = (hint: string) => new QuorumLost(refusal, { hint, managers: managers.map(({ droplet }) => droplet) });
  if (byUp) {
    const ways = 'bring back the managers that are down, or add managers to the file';
    return lost(alone && managers.length > 1 ? `one after another: ${alone.droplet.name} alone can go; ${ways}` : ways);
  }
  const ways = [
    ...(alone && managers.length > 1 ? [`one at a time: belt rm ${alone.droplet.name}`] : []),
    'bring back managers that are down, or add others first',
    'to remove the whole cluster: belt down',
    'to do it anyway: --force',
  ];
  return lost(ways.join(' · '));
}

/** Droplets of which nobody can tell whether they are managers that a swarm cannot do without. */
function doubtOf(
  view: SwarmView<Droplet>,
  parts: readonly SwarmPart[],
  { staying }: Pick<RemovalOrder, 'staying'>,
): BeltError[] {
  // If every droplet of the cluster goes, so does its swarm, whatever its state.
  if (staying.length === 0) return [];
  const inDoubt = new Set(parts.flatMap((part) => part.inDoubt));
  const silent = [...inDoubt].map((node) => view.answerOf(node) ?? { node });
  return silent.length > 0 ? [membershipUnknown(silent)] : [];
}

/** Why the effect of the removal is unknown; undefined when it is known. */
async function unknown(
  context: Context,
  view: SwarmView<Droplet>,
  parts: readonly SwarmPart[],
  { leaving, staying }: RemovalOrder,
): Promise<BeltError[] | undefined> {
  if (parts.length > 0) return doubtOf(view, parts, { staying });
  if (staying.length === 0) return undefined;
  const isOpen = await openOf(context, view);
  const [going, kept] = [leaving.filter(isOpen), staying.filter(isOpen)];
  if (going.length === 0 || kept.length === 0) return undefined;
  const error = diagnose(view);
  return error && [error];
}

/** Returns a predicate: whether a node may be in a swarm, as far as is known. */
async function openOf(context: Context, view: SwarmView<Droplet>): Promise<(droplet: Droplet) => boolean> {
  const fleet = await context.fleet();
  return (droplet) => {
    const swarm = view.answerOf(droplet)?.swarm;
    if (swarm) return swarm.state !== 'inactive';
    // A node that never came up, or that nobody has logged in to since this belt created it, has not joined anything.
    return droplet.status !== 'new' && !fleet.isUntouched(droplet);
  };
}

/** Whether the removal dissolves the whole swarm, which the question mentions. */
export const dissolvedBy = ({ parts }: Removal): boolean => parts.some(({ dissolves }) => dissolves);
