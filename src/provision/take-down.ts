import type { Cloud } from '../cloud/client.ts';
import type { Firewall, Vpc } from '../cloud/schemas.ts';
import { monthlyCost } from '../cloud/sizes.ts';
import { clusterNamesOf, isBelts, isOnlyOfCluster, isSameCluster } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { BeltError, Interrupted } from '../errors.ts';
import { peersOf } from '../fleet/cluster-droplets.ts';
import { throwFailures } from '../fleet/failures.ts';
import { beltsDroplets } from '../known-clusters/account.ts';
import { tellUndescribed } from '../known-clusters/undescribed.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact, naturalCompare } from '../patterns/index.ts';
import { retry } from '../wait.ts';
import { agreedRemoval } from './agreed-removal.ts';
import { findFirewall, othersBehind } from './firewall.ts';
import { vpcDescription } from './network.ts';
import { planRemoval, type Removal } from './plan.ts';
import { remove } from './remove.ts';
import { countOf, type Line, removalLines, tellDryRun, whereAmI } from './tell.ts';

export interface DownOptions {
  yes?: boolean | undefined;
  /** Also where members of the swarm would be left without a quorum. */
  force?: boolean | undefined;
  dryRun?: boolean | undefined;
  /** The command that the user typed, where it was another than `down`. */
  command?: string;
}

/** What belt made for a cluster. */
export interface Everything {
  droplets: Droplet[];
  /** Droplets with its tag that are not belt's to delete. */
  left: Droplet[];
  firewall: Firewall | undefined;
  /** Its firewall where others are behind it, which it goes on to protect. */
  kept: { firewall: Firewall; behind: Droplet[] } | undefined;
  vpc: Vpc | undefined;
  /** Its VPC where that is the region's default, as the first one of a region is: DigitalOcean deletes no such VPC. */
  defaultVpc: Vpc | undefined;
}

/** `belt down` — removes the whole cluster: droplets, then their firewall, then their VPC. Only what belt made. */
export async function down(context: Context, options: DownOptions): Promise<void> {
  const { cluster } = await context.settings();
  const { out } = context;
  const all = await everything(context, cluster, options.force);
  if (!isNothing(all)) return takeDown(context, options);
  tellLeft(context, all, cluster);
  if (out.json) return out.document([]);
  out.line(all.left.length === 0 ? `${cluster}: nothing to delete` : `${cluster}: nothing of belt's to delete`);
  // Whoever expected droplets here may have changed the cluster's name in the file.
  await tellUndescribed(context, await beltsDroplets(context));
}

/** Tells of what is the cluster's and stays. */
export function tellLeft({ out }: Context, all: Everything, cluster: string): void {
  for (const { text, warn } of leftLines(all, cluster)) {
    if (warn) out.warn(text);
    else out.note(text);
  }
}

/** What is there, and what taking it down means. */
interface Teardown extends Everything {
  removal: Removal;
}

/** Shows what will be deleted, asks for the cluster's name, removes it. @throws NodesFailed when some droplets are left */
export async function takeDown(context: Context, options: DownOptions): Promise<void> {
  const { cluster } = await context.settings();
  const { command = 'down', force } = options;
  if (options.dryRun) {
    const all = await everything(context, cluster, force);
    if (!context.out.json) tellLeft(context, all, cluster);
    return tell(context, all);
  }
  const look = async (): Promise<Teardown> => {
    const all = await everything(context, cluster, force);
    return { ...all, removal: await planRemoval(context, { leaving: all.droplets, staying: all.left, force }) };
  };
  await agreedRemoval(context, {
    what: `belt ${command}`,
    consent: { yes: options.yes, asks: `${command} asks before it deletes`, hint: 'add --yes if you are sure' },
    look,
    lines: (found) => linesOf(context, found, cluster),
    isNothing,
    ask: () => askName(context, cluster),
    work: (found) => carryOut(context, found, { command, force }),
  });
}

async function carryOut(
  context: Context,
  { droplets, firewall, vpc, removal }: Teardown,
  { command, force }: { command: string; force: boolean | undefined },
): Promise<void> {
  const { out, signal } = context;
  const { cluster } = await context.settings();
  const cloud = await context.cloud();
  const again = `belt ${command}${force ? ' --force' : ''}`;
  const failures = droplets.length > 0 ? await remove(context, removal, { again }) : [];
  const failed = new Set(failures.map(({ id }) => id));
  const gone = droplets.filter(({ id }) => !failed.has(id));
  if (out.json) out.document(gone.map(({ id, name }) => ({ id, name, removed: true })));
  else out.lines(gone.map(({ name }) => `${name}: removed`));
  const billed = billedLine(droplets.filter(({ id }) => failed.has(id)));
  throwFailures(failures, droplets.length, `${billed} · run the same command again`);
  await checkNoneCame(context, { cluster, gone, again, force });
  try {
    if (firewall) await removeFirewall(context, cloud, { firewall, droplets });
    if (vpc) await removeVpc(context, cloud, vpc);
    await report(context, { cluster, gone, force });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted('interrupted: the droplets are gone; the firewall or the VPC may remain', {
      hint: `continue: ${again}`,
    });
  }
}

export const isNothing = ({ droplets, firewall, vpc }: Everything): boolean =>
  droplets.length === 0 && !firewall && !vpc;

/** Looks for it. */
export async function everything(context: Context, cluster: string, force = false): Promise<Everything> {
  const cloud = await context.cloud();
  const [tagged, firewalls, vpcs] = await Promise.all([
    peersOf(context, cluster, force),
    cloud.firewalls(),
    cloud.vpcs(),
  ]);
  const sorted = tagged.sort((a, b) => naturalCompare(a.name, b.name));
  const isOwn = ({ tags }: Droplet) => isOnlyOfCluster(tags, cluster);
  const droplets = sorted.filter(isOwn);
  const firewall = findFirewall(firewalls, cluster);
  const behind = firewall ? await othersBehind(context, firewall, droplets) : [];
  // Cluster names compare without case.
  const vpc = vpcs.find(({ description }) => isSameCluster(description ?? '', vpcDescription(cluster)));
  return {
    droplets,
    left: sorted.filter((droplet) => !isOwn(droplet)),
    firewall: behind.length === 0 ? firewall : undefined,
    kept: firewall && behind.length > 0 ? { firewall, behind } : undefined,
    vpc: vpc?.default ? undefined : vpc,
    defaultVpc: vpc?.default ? vpc : undefined,
  };
}

async function linesOf(context: Context, found: Teardown, cluster: string): Promise<Line[]> {
  const { droplets, firewall, vpc, removal } = found;
  return [
    ...(droplets.length > 0 ? await removalLines(context, [removal]) : [{ text: await whereAmI(context) }]),
    ...(firewall ? [{ text: `firewall ${firewall.name} will be deleted` }] : []),
    ...(vpc ? [{ text: `VPC ${vpc.name} will be deleted` }] : []),
    ...leftLines(found, cluster),
  ];
}

/** What is the cluster's and stays. */
function leftLines({ left, kept, defaultVpc }: Everything, cluster: string): Line[] {
  const strange = left.filter(({ tags }) => !isBelts(tags));
  const shared = left.filter(({ tags }) => isBelts(tags));
  const warnings = [
    ...(strange.length > 0
      ? [
          `${namesOf(strange)}: has the tag of ${cluster}, but was not created by belt: left alone (belt rm --any NAME deletes one)`,
        ]
      : []),
    ...shared.map(
      ({ name, tags }) => `${name}: belongs to several clusters (${clusterNamesOf(tags).join(', ')}): left alone`,
    ),
    ...(kept ? [keptLine(kept)] : []),
  ];
  return [
    ...warnings.map((text) => ({ text, warn: true })),
    ...(defaultVpc ? [{ text: defaultLine(defaultVpc) }] : []),
  ];
}

const defaultLine = ({ name, region }: Vpc): string =>
  `VPC ${name} is kept: it is the default VPC of ${region}, which DigitalOcean does not delete; nothing is billed for it`;

const keptLine = ({ firewall, behind }: { firewall: Firewall; behind: readonly Droplet[] }): string =>
  `firewall ${firewall.name} is kept: it also protects ${namesOf(behind)}`;

/** The result of a dry run. */
function tell(context: Context, { droplets, firewall, vpc }: Everything): void {
  const others = { firewall: firewall?.name ?? null, vpc: vpc?.name ?? null };
  if (context.out.json) {
    const names = droplets.map(({ id, name }) => ({ id, name, removed: false }));
    return context.out.document({ droplets: names, ...others });
  }
  tellDryRun(context, droplets);
  if (firewall) context.out.line(`firewall ${firewall.name}: would be deleted`);
  if (vpc) context.out.line(`VPC ${vpc.name}: would be deleted`);
}

/** The name has to be typed: a `y` is too quick for a whole cluster. */
async function askName(context: Context, cluster: string): Promise<boolean> {
  const { askLine } = await import('../output/prompt.ts');
  return (await askLine(context, `Type the cluster's name (${cluster}) to delete it all: `)) === cluster;
}

/** Somebody may have put others behind it meanwhile. */
async function removeFirewall(
  context: Context,
  cloud: Cloud,
  { firewall, droplets }: { firewall: Firewall; droplets: readonly Droplet[] },
): Promise<void> {
  const now = (await cloud.firewalls()).find(({ id }) => id === firewall.id);
  if (!now) return;
  const behind = await othersBehind(context, now, droplets);
  if (behind.length > 0) context.out.warn(keptLine({ firewall, behind }));
  else await cloud.deleteFirewall(firewall.id);
}

const VPC_WITHIN_MS = 30_000;
const VPC_PAUSE_MS = 2_000;

/** Members that were deleted are in their VPC for a moment still. */
async function removeVpc({ clock, signal, out }: Context, cloud: Cloud, vpc: Vpc): Promise<void> {
  const hasMembers = (error: unknown) => /members/i.test((error as Error).message);
  try {
    const deadline = clock.now() + VPC_WITHIN_MS;
    const waiting = { clock, signal, deadline, isPassing: hasMembers, pausesMs: () => VPC_PAUSE_MS };
    await retry(() => cloud.deleteVpc(vpc.id), waiting);
  } catch (error) {
    signal.throwIfAborted();
    if (!hasMembers(error)) throw error;
    out.warn(`VPC ${vpc.name} is kept: it contains something that belt did not create`);
  }
}

/** What was deleted of a cluster. */
interface Gone {
  cluster: string;
  gone: readonly Droplet[];
  force: boolean | undefined;
}

/** A run elsewhere may have made droplets meanwhile: they keep their firewall. @throws BeltError */
async function checkNoneCame(context: Context, { again, ...gone }: Gone & { again: string }): Promise<void> {
  const came = (await notGone(context, gone)).filter(({ tags }) => isOnlyOfCluster(tags, gone.cluster));
  if (came.length === 0) return;
  throw new BeltError(`${namesOf(came)} ${came.length === 1 ? 'was' : 'were'} created in the meantime`, {
    hint: `${billedLine(came)} · run the same command again: ${again}`,
  });
}

/** A list may still show what is gone. */
async function notGone(context: Context, { cluster, gone, force }: Gone): Promise<Droplet[]> {
  const ids = new Set(gone.map(({ id }) => id));
  return (await peersOf(context, cluster, force)).filter(({ id }) => !ids.has(id));
}

/** What carries the cluster's tag and is still there costs money all the same. */
async function report(context: Context, gone: Gone): Promise<void> {
  const left = await notGone(context, gone);
  context.out.note(left.length === 0 ? `${gone.cluster}: nothing is billed any more` : billedLine(left));
}

const billedLine = (droplets: readonly Droplet[]): string =>
  `still billed: ${namesOf(droplets)}, ${countOf(droplets)}, ${monthlyCost(droplets).toFixed(2)} USD a month`;

const namesOf = (droplets: readonly Droplet[]): string => compact(droplets.map(({ name }) => name));
