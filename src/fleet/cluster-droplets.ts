// The actual droplets of a cluster, for every command: DigitalOcean's lists lag behind creations and deletions, and can be wrong.
import pLimit from 'p-limit';
import { lowestOfEach } from '../cloud/rivals.ts';
import { clusterTag, isOfCluster } from '../cloud/tags.ts';
import { knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';

const ASKED_AT_ONCE = 8;
/** If more of a list's droplets share their names, it is believed: checking each one costs a request. */
const SUSPECT_AT_MOST = 20;

export interface Doubts {
  /** Further droplets that may be the cluster's, by id. */
  further?: readonly number[];
  /** Listed droplets that may be out of date; each is checked. */
  doubted?: (list: readonly Droplet[]) => readonly Droplet[];
  /** Warns of what of the list cannot be read, and goes on without it: for what only shows or reaches droplets. */
  partial?: boolean | undefined;
}

/**
 * The droplets with the cluster's tag. Known ones that the list lacks are requested one by one, and count only if they carry both
 * tags of belt's.
 * @throws BeltError where some of the list cannot be read: it may be a node that a removal would leave without its swarm or its
 * firewall, or that would be made a second time
 */
export async function clusterDroplets(
  context: Context,
  cluster: string,
  { further = [], doubted = () => [], partial = false }: Doubts = {},
): Promise<Droplet[]> {
  const cloud = await context.cloud();
  const onSkipped = partial ? warnOnce(context) : refuse(cluster);
  const list = await cloud.droplets({ tag: clusterTag(cluster), onSkipped });
  const listed = new Set(list.map(({ id }) => id));
  const known = knownNodes(await context.state(), cluster).map(({ id }) => id);
  const lacking = [...known, ...further].filter((id) => !listed.has(id));
  const inDoubt = new Set(doubted(list).map(({ id }) => id));
  const limit = pLimit(ASKED_AT_ONCE);
  const ask = async (ids: Iterable<number>): Promise<Droplet[]> => {
    const found = await Promise.all([...ids].map((id) => limit(() => cloud.droplet(id))));
    return found.flatMap((one) => (one && isOfCluster(one.tags, cluster) ? [one] : []));
  };
  const asked = await ask(new Set([...lacking, ...inDoubt]));
  const believed = list.filter(({ id }) => !inDoubt.has(id));
  // A list that is behind shows a droplet that is gone beside the one that has its name by now.
  const twice = new Set(lowestOfEach([...believed, ...asked]).others.map(({ name }) => name));
  const suspect = believed.filter(({ name }) => twice.has(name));
  if (suspect.length === 0 || suspect.length > SUSPECT_AT_MOST) return [...believed, ...asked];
  return [...believed.filter(({ name }) => !twice.has(name)), ...asked, ...(await ask(suspect.map(({ id }) => id)))];
}

/** A list may be read twice. */
export function warnOnce({ out }: Context): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    if (!told.has(line)) out.warn(line);
    told.add(line);
  };
}

/** The droplets among which some are to be removed. What cannot be read may be one that stays: `force` goes on without it. */
export async function peersOf(context: Context, cluster: string, force = false): Promise<Droplet[]> {
  try {
    return await clusterDroplets(context, cluster, { partial: force });
  } catch (error) {
    if (!(error instanceof UnreadableList)) throw error;
    throw new UnreadableList(error.message, { hint: `${error.hint}; to go on without that droplet: --force` });
  }
}

const refuse = (cluster: string) => (line: string) => {
  throw new UnreadableList(`cannot tell which droplets ${cluster} has: ${line}`, {
    hint: 'run the same command again',
  });
};

/** Some of a list cannot be read. */
class UnreadableList extends BeltError {}
