// A removal that is worked out and may be done: what a person is asked about and what is then carried out.
import type { Droplet } from '../cloud/schemas.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { diagnose } from '../fleet/diagnose.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import { isVoter } from '../swarm/quorum.ts';
import { lookAtLeaving } from './look.ts';
import { beganToRemove } from './record.ts';
import { lostQuorum, partsOf, type RemovalOrder, type SwarmPart } from './removal.ts';

export interface Removal {
  leaving: readonly Droplet[];
  /** What of each swarm leaves it; none where no node is in one. */
  parts: SwarmPart[];
  view: SwarmView<Droplet>;
  /** Guards that `--force` skipped, each in a sentence. */
  skipped: string[];
}

export interface PlanRemovalOptions extends RemovalOrder {
  /** What the nodes said, where they were asked already: those that leave and those that stay. */
  view?: SwarmView<Droplet>;
  /** Goes on where the swarm would lose its quorum, or cannot be asked. */
  force?: boolean | undefined;
}

/**
 * Asks the swarm what the removal of these droplets means for it; changes nothing.
 * @throws BeltError when the swarm would lose its quorum, or when that cannot be told, unless forced
 */
export async function planRemoval(context: Context, options: PlanRemovalOptions): Promise<Removal> {
  const { leaving, staying, force = false } = options;
  const view = options.view ?? (await lookAtLeaving(context, leaving, staying));
  const parts = partsOf(view, { ...options, began: await beganToRemove(context) });
  const refusals = [
    ...parts.flatMap((part) => (part.refusal === undefined ? [] : [lossOf(part.refusal, part)])),
    ...((await unknown(context, view, parts, options)) ?? []),
  ];
  const [first] = refusals;
  if (first && !force) throw first;
  return { leaving, parts, view, skipped: refusals.map(({ message }) => message) };
}

/** The ways that keep the swarm first. */
function lossOf(refusal: string, { leaving, swarm }: SwarmPart): BeltError {
  const managers = leaving.filter(({ entry }) => entry !== undefined && isVoter(entry));
  const alone = managers.find(({ entry }) => lostQuorum(swarm.members, [entry!]) === undefined);
  const ways = [
    ...(alone && managers.length > 1 ? [`one at a time: belt rm ${alone.droplet.name}`] : []),
    'bring back managers that are down, or add others first',
    'to remove the whole cluster: belt down',
    'to do it anyway: --force',
  ];
  return new BeltError(refusal, { hint: ways.join(' · ') });
}

/** Why it cannot be told what the removal does; undefined when it can. */
async function unknown(
  context: Context,
  view: SwarmView<Droplet>,
  parts: readonly SwarmPart[],
  { leaving, staying }: RemovalOrder,
): Promise<BeltError[] | undefined> {
  // With every droplet of the cluster its swarm ends, in whatever state it is.
  if (parts.length > 0 || staying.length === 0) return undefined;
  const isOpen = await openOf(context, view);
  const [going, kept] = [leaving.filter(isOpen), staying.filter(isOpen)];
  if (going.length === 0 || kept.length === 0) return undefined;
  const error = diagnose(view);
  return error && [error];
}

/** Tells of a node whether it may be in a swarm, for all that is known. */
async function openOf(context: Context, view: SwarmView<Droplet>): Promise<(droplet: Droplet) => boolean> {
  const fleet = await context.fleet();
  return (droplet) => {
    const swarm = view.answerOf(droplet)?.swarm;
    if (swarm) return swarm.state !== 'inactive';
    // One that never was up, or that nobody logged in to since this belt made it, has joined nothing.
    return droplet.status !== 'new' && !fleet.isUntouched(droplet);
  };
}

/** What is said of the whole of it in the question. */
export const dissolvedBy = ({ parts }: Removal): boolean => parts.some(({ dissolves }) => dissolves);
