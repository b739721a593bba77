// Swarm entries without a droplet of the cluster, and droplets of the account that may belong to them.
import { clusterNamesOf, isBelts, isSameCluster, runOf } from '../cloud/tags.ts';
import type { KnownMember } from '../cluster/known.ts';
import { nodeNames } from '../cluster/plan.ts';
import { dyingEntries, needsAccount, staleEntries } from '../cluster/stale.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import type { Droplet } from '../model/droplet.ts';
import { isAt } from '../model/swarm-node.ts';

export interface Unclaimed {
  /** Entries whose droplets are gone. */
  stale: KnownMember[];
  /** Entries whose droplets are gone too, and that the swarm may see as down in a moment; they are among the strangers. */
  dying: KnownMember[];
  /** Entries that are left alone. */
  strangers: KnownMember[];
  /** Ids of droplets that lost the cluster's tag, by name. */
  strays: ReadonlyMap<string, number>;
  /** Where the cluster has no droplet yet: belt's droplets of other clusters that have the names of its nodes. */
  namesakes: Droplet[];
}

/** The account's droplets are requested only where it takes them to tell. */
export async function unclaimed(
  context: Context,
  spec: ClusterSpec,
  {
    droplets,
    removals,
    view,
  }: { droplets: readonly Droplet[]; removals: readonly Droplet[]; view: SwarmView<Droplet> },
): Promise<Unclaimed> {
  const claims = new Set([...droplets, ...removals].flatMap((droplet) => view.memberOf(droplet)?.id ?? []));
  const entries = (view.swarm?.members ?? []).filter(({ id }) => !claims.has(id));
  const names = new Set([...nodeNames(spec), ...droplets.map(({ name }) => name)]);
  const known = droplets.map((droplet) => ({ ...droplet, answered: isAnswered(view, droplet) }));
  const have = new Set(droplets.map(({ name }) => name));
  const creates = nodeNames(spec).some((name) => !have.has(name));
  const { account, complete } =
    creates || needsAccount({ entries, droplets: known, names })
      ? await accountWithout(context, removals)
      : { account: undefined, complete: true };
  // What cannot be read may be the droplet of an entry.
  const all = complete ? account?.map((droplet) => ({ ...droplet, isOthers: isOthers(droplet, spec) })) : undefined;
  const seen = { entries, droplets: known, names, account: all };
  const stale = staleEntries(seen);
  const strays = (account ?? []).filter((droplet) => !have.has(droplet.name) && isStray(droplet, entries));
  return {
    stale,
    dying: dyingEntries(seen),
    strangers: entries.filter((entry) => !stale.includes(entry)),
    strays: new Map(strays.map(({ name, id }) => [name, id])),
    namesakes: droplets.length > 0 ? [] : (account ?? []).filter((one) => isNamesake(one, spec)),
  };
}

const isNamesake = (droplet: Droplet, spec: ClusterSpec): boolean =>
  isBelts(droplet.tags) && isOthers(droplet, spec) && nodeNames(spec).includes(droplet.name);

async function accountWithout(
  context: Context,
  removals: readonly Droplet[],
): Promise<{ account: Droplet[]; complete: boolean }> {
  let complete = true;
  const onSkipped = () => {
    complete = false;
  };
  const all = await (await context.cloud()).droplets({ onSkipped });
  return { account: all.filter(({ id }) => removals.every((going) => going.id !== id)), complete };
}

const isOthers = ({ tags }: Droplet, { name }: ClusterSpec): boolean => {
  const names = clusterNamesOf(tags);
  return names.length > 0 && names.every((one) => !isSameCluster(one, name));
};

/** Whether its own engine said which entry of the swarm it is, if any. */
function isAnswered(view: SwarmView<Droplet>, droplet: Droplet): boolean {
  const swarm = view.answerOf(droplet)?.swarm;
  return swarm !== undefined && swarm.state !== 'locked';
}

/** A droplet that belt made and that lost the cluster's tag, or whose entry is in the cluster's swarm. */
const isStray = (droplet: Droplet, entries: readonly KnownMember[]): boolean =>
  (clusterNamesOf(droplet.tags).length === 0 && (isBelts(droplet.tags) || runOf(droplet.tags) !== undefined)) ||
  entries.some((entry) => entry.hostname === droplet.name && isAt(entry, droplet));
