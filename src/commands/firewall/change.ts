// A change of the chosen cluster's firewall: at DigitalOcean, and in the description that belt keeps of it.
import { clusterTag } from '../../cloud/tags.ts';
import { type ClusterFirewall, firewallFor, type Holds } from '../../cluster/firewall.ts';
import { editFirewall, type FirewallEdit } from '../../cluster/firewall-edit.ts';
import { fromOutside, sameFirewall } from '../../cluster/firewall-traffic.ts';
import { type ClusterSpec, PLAIN_FIREWALL } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { hasDroplets } from '../../known-clusters/exists.ts';
import { ownFirewall, putFirewall } from '../../provision/firewall.ts';
import { describedFirewall } from './described.ts';
import { checkReserved } from './reserved.ts';
import { doneLines } from './words.ts';

/**
 * Carries an edit out. What is so already is said, and nothing is sent for it.
 * @param mayChange asked before a change is sent; throws when it may not be
 * @throws UsageError for a port that is not to be opened or shut by hand, and for a cluster that there is not
 */
export async function changeFirewall(
  context: Context,
  edit: FirewallEdit,
  mayChange: () => Promise<void> = async () => {},
): Promise<void> {
  const { cluster, sshPort } = await context.settings();
  const described = await describedFirewall(context, edit);
  const swarm = described?.spec.swarm ?? { defaultAddrPool: [] };
  checkReserved(edit, { sshPort, dataPathPort: swarm.dataPathPort });
  const holds: Holds = { tag: clusterTag(cluster), sshPort };
  const found = ownFirewall(await (await context.cloud()).firewalls(), cluster);
  if (!found && !described && !(await hasDroplets(context, cluster))) throw noCluster(cluster);
  const before = found ?? plainFirewall(cluster, described?.spec, holds);
  const after = editFirewall(before, edit, holds);
  const change = !found ? 'create' : sameFirewall(found, after) ? undefined : 'update';
  if (change) {
    await mayChange();
    await putFirewall(context, cluster, { wanted: after, found });
    if (!found) context.out.note(madeWords(after, holds));
  }
  if (context.out.json) {
    const { name } = after;
    context.out.document({ cluster, firewall: name, change: change ?? null, outside: fromOutside(after, holds.tag) });
  } else context.out.lines(doneLines(edit, found, holds));
  await described?.keep(after);
}

const plainFirewall = (cluster: string, spec: ClusterSpec | undefined, holds: Holds): ClusterFirewall =>
  firewallFor(
    {
      name: cluster,
      groups: spec?.groups ?? [],
      firewall: spec?.firewall ?? PLAIN_FIREWALL,
      swarm: spec?.swarm ?? { defaultAddrPool: [] },
    },
    holds,
  )!;

const madeWords = (made: ClusterFirewall, { tag }: Holds): string =>
  `firewall ${made.name}: created; from outside it allows only ${fromOutside(made, tag).join('; ')}`;

const noCluster = (cluster: string): UsageError =>
  new UsageError(`the cluster ${cluster} has no droplets and is not described here`, {
    hint: 'see: belt cluster ls',
  });
