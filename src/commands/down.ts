import type { Cloud } from '../cloud/client.ts';
import type { Droplet, Firewall, Vpc } from '../cloud/schemas.ts';
import { monthlyCost } from '../cloud/sizes.ts';
import { clusterTag, isBelts } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { BeltError } from '../errors.ts';
import { naturalCompare } from '../patterns/index.ts';
import { agreed } from './shared/agree.ts';
import { throwFailures } from './shared/failures.ts';
import { findFirewall } from './shared/firewall.ts';
import { countOf, listDoomed, removeDroplets, tellDoomed } from './shared/remove.ts';
import { vpcDescription } from './up/network.ts';

export interface DownOptions {
  yes?: boolean;
  /** The word that the user typed, where it was another than `down`. */
  word?: string;
  dryRun?: boolean;
}

/** What belt made for a cluster. */
interface Everything {
  droplets: Droplet[];
  firewall: Firewall | undefined;
  vpc: Vpc | undefined;
}

/** `belt down` — the whole cluster away: droplets, then their firewall, then their VPC. Only what belt made. */
export async function down(context: Context, options: DownOptions): Promise<void> {
  const { cluster } = await context.settings();
  const all = await everything(await context.cloud(), cluster);
  if (isNothing(all) && context.out.json) return context.out.document([]);
  if (isNothing(all)) return context.out.line(`${cluster}: nothing of it is left`);
  await takeDown(context, all, options);
}

/** Shows what would go, asks for the cluster's name, removes it. @throws NodesFailed when some droplets are left */
export async function takeDown(context: Context, all: Everything, options: DownOptions): Promise<void> {
  const { cluster } = await context.settings();
  const cloud = await context.cloud();
  const { droplets, firewall, vpc } = all;
  if (options.dryRun) return tell(context, all);
  show(context, all);
  const consent = {
    yes: options.yes,
    asks: `${options.word ?? 'down'} asks before it deletes`,
    hint: 'add --yes if you are sure',
  };
  if (!(await agreed(context, consent, () => askName(context, cluster)))) throw new BeltError('nothing was removed');
  const failures = droplets.length > 0 ? await removeDroplets(context, droplets) : [];
  throwFailures(failures, droplets.length, 'these are still billed · run the same command again');
  if (firewall) await cloud.deleteFirewall(firewall.id);
  if (vpc) await removeVpc(context, cloud, vpc);
  await report(context, cloud, cluster);
}

export const isNothing = ({ droplets, firewall, vpc }: Everything): boolean =>
  droplets.length === 0 && !firewall && !vpc;

/** Looks for it. */
export async function everything(cloud: Cloud, cluster: string): Promise<Everything> {
  const [tagged, firewalls, vpcs] = await Promise.all([
    cloud.droplets({ tag: clusterTag(cluster) }),
    cloud.firewalls(),
    cloud.vpcs(),
  ]);
  return {
    droplets: tagged.filter(({ tags }) => isBelts(tags)).sort((a, b) => naturalCompare(a.name, b.name)),
    firewall: findFirewall(firewalls, cluster),
    vpc: vpcs.find(({ description }) => description === vpcDescription(cluster)),
  };
}

function show(context: Context, { droplets, firewall, vpc }: Everything): void {
  if (droplets.length > 0) listDoomed(context, droplets);
  if (firewall) context.out.note(`firewall ${firewall.name} would go`);
  if (vpc) context.out.note(`VPC ${vpc.name} would go`);
}

/** The result of a dry run. */
function tell(context: Context, { droplets, firewall, vpc }: Everything): void {
  const others = { firewall: firewall?.name ?? null, vpc: vpc?.name ?? null };
  if (context.out.json) {
    const names = droplets.map(({ id, name }) => ({ id, name, removed: false }));
    return context.out.document({ droplets: names, ...others });
  }
  tellDoomed(context, droplets);
  if (firewall) context.out.line(`firewall ${firewall.name}: would be removed`);
  if (vpc) context.out.line(`VPC ${vpc.name}: would be removed`);
}

/** The name has to be typed: a `y` is too quick for a whole cluster. */
async function askName(context: Context, cluster: string): Promise<boolean> {
  const { askLine } = await import('../output/prompt.ts');
  return (await askLine(context, `Type the cluster's name (${cluster}) to delete it all: `)) === cluster;
}

const POLL_MS = 2_000;
const TRIES = 15;

/** Members that were deleted are in their VPC for a moment still. */
async function removeVpc({ clock, signal, out }: Context, cloud: Cloud, vpc: Vpc): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await cloud.deleteVpc(vpc.id);
    } catch (error) {
      signal.throwIfAborted();
      if (!/members/i.test((error as Error).message)) throw error;
      if (tries >= TRIES) return out.warn(`VPC ${vpc.name} is left: something that belt did not make is in it`);
    }
    await clock.sleep(POLL_MS, signal);
  }
}

/** What carries the cluster's tag and is still there was not made by belt: it costs money all the same. */
async function report({ out }: Context, cloud: Cloud, cluster: string): Promise<void> {
  const left = await cloud.droplets({ tag: clusterTag(cluster) });
  const monthly = monthlyCost(left);
  const billed = `${countOf(left)} of others with its tag, ${monthly.toFixed(2)} USD a month`;
  out.note(left.length === 0 ? `${cluster}: nothing of it is billed any more` : `still billed: ${billed}`);
}
