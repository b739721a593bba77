// The create requests for the nodes that a cluster lacks, checked in full before the first is sent.
import { checkNamed, checkPlan, readOffer } from '../cloud/preflight.ts';
import { type Batch, batches } from '../cloud/provision.ts';
import type { AccountKey, Image, Size } from '../cloud/schemas.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { type ClusterSpec, type NodeGroup, PLAIN_ENGINE } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { fileOf } from '../known-clusters/spec.ts';
import { checkAddressPool } from '../provision/address-pool.ts';
import { chooseKeys } from '../provision/create/keys.ts';
import { common } from '../provision/create/plan.ts';
import type { Planned } from '../provision/create/planned.ts';
import { checkUserData } from '../provision/create/run.ts';

/** Droplets that are alike, with what was found for them. */
interface Lot {
  group: NodeGroup;
  names: string[];
  size: Size;
  image: Image;
}

/** Create requests that were checked; undefined keys are chosen when they are placed. */
export interface Order {
  lots: Lot[];
  accountKeys: AccountKey[];
  vpcUuid: string | undefined;
  /** What the account offers. */
  sizes: Size[];
}

/**
 * Checks all that `create` checks, and changes nothing. Undefined where nothing is to be created.
 * @throws UsageError or BeltError naming what will not do
 */
export async function checkOrder(context: Context, spec: ClusterSpec, plan: ClusterPlan): Promise<Order | undefined> {
  const { nodes } = plan;
  await checkDrift(context, plan);
  await checkAddressPool(context, spec, plan);
  const missing = nodes.filter(({ create }) => create);
  const lots = [...new Set(missing.map(({ group }) => group))].map((group) => ({
    group,
    names: missing.filter((node) => node.group === group).map(({ name }) => name),
  }));
  const [first] = lots;
  if (first === undefined) return undefined;
  for (const { group } of lots) checkGroup(spec, group);
  checkUserData(userDataOf(spec));
  const settings = await context.settings();
  const cloud = await context.cloud();
  // The VPC that the file names is made later, once all is checked.
  const vpcUuid = spec.vpc === undefined ? settings.vpcUuid : undefined;
  const [offer, accountKeys] = await Promise.all([
    readOffer(cloud, { image: first.group.image!, vpcUuid }),
    cloud.keys(),
  ]);
  const checked: Lot[] = [];
  for (const lot of lots) {
    const { image, size, region } = lot.group as Required<NodeGroup>;
    const own = image === first.group.image ? offer : { ...offer, image: await cloud.image(image) };
    const wanted = { size, image, regions: [region], vpcUuid, count: missing.length };
    checked.push({ ...lot, ...(await checkPlan(cloud, own, wanted)) });
  }
  await chooseKeys(context, accountKeys, { wait: true, dryRun: true });
  return { lots: checked, accountKeys, vpcUuid, sizes: offer.sizes };
}

/** The requests of an order that was checked. Adds the user's key to the account where it is missing. */
export async function placeOrder(context: Context, order: Order | undefined): Promise<Batch[]> {
  if (order === undefined) return [];
  const keys = await chooseKeys(context, order.accountKeys, { wait: true });
  const shared = common(await context.settings(), keys, order.vpcUuid);
  return order.lots.flatMap(({ group, names, size, image }) =>
    batches(names, { ...shared, region: group.region!, size: size.slug, image: image.slug ?? image.id }),
  );
}

/** What the user data of a cluster's droplets is made of. */
export const userDataOf = ({ engine = PLAIN_ENGINE, swap, swarm }: ClusterSpec): Planned['userData'] => ({
  engine,
  ...(swap !== undefined && { swap }),
  dataPathPort: swarm.dataPathPort,
  install: true,
});

/** What differs is told with the advice to recreate the node: not for what no new droplet could have. @throws UsageError */
async function checkDrift(context: Context, { nodes }: ClusterPlan): Promise<void> {
  const differing = nodes.filter(({ droplet, drift }) => droplet !== undefined && drift.length > 0);
  const wanted = (key: 'size' | 'region' | 'image') =>
    new Set(differing.flatMap(({ group, droplet }) => (group[key] === droplet![key] ? [] : (group[key] ?? []))));
  const named = { sizes: wanted('size'), regions: wanted('region'), images: wanted('image') };
  if (named.sizes.size + named.regions.size + named.images.size === 0) return;
  await checkNamed(await context.cloud(), named);
}

function checkGroup(spec: ClusterSpec, { names, size, image, region }: NodeGroup): void {
  const lacking = Object.entries({ size, image, region }).find(([, value]) => value === undefined)?.[0];
  if (lacking === undefined) return;
  const more = names.length > 1 ? ' and others' : '';
  throw new UsageError(`no ${lacking} is set for ${names[0]}${more}`, {
    hint: `add ${lacking}: to its group in ${fileOf(spec)}, or under digitalocean: in .belt.yaml`,
  });
}
