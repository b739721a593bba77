// A change of the chosen cluster's firewall: at DigitalOcean, and in the description that belt keeps of it.
import type { Firewall } from '../../cloud/schemas.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { type ClusterFirewall, firewallFor, type Holds } from '../../cluster/firewall.ts';
import { editFirewall, type FirewallEdit } from '../../cluster/firewall-edit.ts';
import { fromOutside, sameFirewall } from '../../cluster/firewall-traffic.ts';
import { type ClusterSpec, PLAIN_FIREWALL } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { exclusively } from '../../fleet/exclusive.ts';
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
  const look = () => lookAt(context, { cluster, edit, holds, spec: described?.spec });
  let seen = await look();
  if (!seen.found && !described && !(await hasDroplets(context, cluster))) throw noCluster(cluster);
  if (seen.change) {
    await mayChange();
    seen = await exclusively(context, 'belt firewall', () => carryOut(context, cluster, look));
  }
  const { found, after, change } = seen;
  if (change === 'create') context.out.note(madeWords(after, holds));
  if (context.out.json) {
    const { name } = after;
    context.out.document({ cluster, firewall: name, change: change ?? null, outside: fromOutside(after, holds.tag) });
  } else context.out.lines(doneLines(edit, found, holds));
  await described?.keep(after);
}

/** The firewall as it stands, and what an edit makes of it. */
interface Look {
  found: Firewall | undefined;
  after: ClusterFirewall;
  change: 'create' | 'update' | undefined;
}

async function lookAt(
  context: Context,
  { cluster, edit, holds, spec }: { cluster: string; edit: FirewallEdit; holds: Holds; spec: ClusterSpec | undefined },
): Promise<Look> {
  const found = ownFirewall(await (await context.cloud()).firewalls(), cluster);
  const after = editFirewall(found ?? plainFirewall(cluster, spec, holds), edit, holds);
  return { found, after, change: !found ? 'create' : sameFirewall(found, after) ? undefined : 'update' };
}

/** Another run that had read the rules before has written its own over these by then. */
const OVERWRITTEN_WITHIN_MS = 1_000;
const TRIES = 5;

/**
 * Makes the change to what stands now, until a look shows that it held: a firewall is written as a whole, and a run elsewhere may have
 * read it before. Gives what the first look found, and what stands. @throws BeltError when others keep undoing it
 */
async function carryOut(context: Context, cluster: string, look: () => Promise<Look>): Promise<Look> {
  const first = await look();
  let seen = first;
  for (let tries = 1; seen.change !== undefined; tries++) {
    if (tries > TRIES)
      throw new BeltError(`other runs keep changing the firewall ${seen.after.name}`, {
        hint: 'run the same command again, and see: belt firewall show',
      });
    await putFirewall(context, cluster, { wanted: seen.after, found: seen.found });
    // One that was created now is known to have these rules.
    if (seen.change === 'create') break;
    await context.clock.sleep(OVERWRITTEN_WITHIN_MS, context.signal);
    seen = await look();
  }
  return { ...first, after: seen.after };
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
