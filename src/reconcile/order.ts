// The create requests for the nodes that a cluster lacks, checked in full before the first is sent.
import { checkNamed, checkNewDroplets, readOffer } from '../cloud/preflight.ts';
import { type Batch, batches } from '../cloud/provision.ts';
import type { AccountKey, Image, Size } from '../cloud/schemas.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { type ClusterSpec, type NodeGroup, PLAIN_ENGINE } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { fileOf } from '../descriptions/spec.ts';
import { UsageError } from '../errors.ts';
import { isPrivate } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { Problems } from '../problems.ts';
import { checkAddressPool } from '../provision/address-pool.ts';
import { chooseKeys } from '../provision/create/keys.ts';
import { common } from '../provision/create/plan.ts';
import { checkJump, checkPrivate, type JumpCandidate, refuse } from '../provision/create/private.ts';
import { checkUserData } from '../provision/create/run.ts';
import type { RunSetup } from '../provision/create/setup.ts';

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
export async function checkOrder(
  context: Context,
  spec: ClusterSpec,
  { plan, removals }: { plan: ClusterPlan; removals: readonly unknown[] },
): Promise<Order | undefined> {
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
  const problems = new Problems();
  for (const { group } of lots) await problems.check(() => checkGroup(spec, group));
  const inside = lots.filter(({ group }) => group.public === false);
  await problems.check(() => checkRegions(spec, plan, lots));
  await problems.check(() => checkUserData(userDataOf(spec)));
  problems.throwAny();
  if (inside.length > 0) {
    const names = inside.flatMap(({ names }) => names);
    await problems.check(() => checkJump(context, names, jumpCandidates(plan)));
  }
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
    const wanted = { size, image, regions: [region], vpcUuid, count: missing.length, freed: removals.length };
    const found = await problems.check(() => checkNewDroplets(cloud, own, wanted));
    if (found) checked.push({ ...lot, ...found });
  }
  if (inside.length > 0) await problems.check(() => checkWayOut(context, spec, { lots: inside, vpcUuid }));
  problems.throwAny();
  await chooseKeys(context, accountKeys, { wait: true, dryRun: true });
  return { lots: checked, accountKeys, vpcUuid, sizes: offer.sizes };
}

/** The nodes as they will be. */
const jumpCandidates = ({ nodes, extra }: ClusterPlan): JumpCandidate[] => [
  ...nodes.map(({ name, group, droplet }) => ({
    name,
    isOpen: droplet ? !isPrivate(droplet) : group.public !== false,
    isManager: group.role === 'manager',
  })),
  ...extra.map((droplet) => ({ name: droplet.name, isOpen: !isPrivate(droplet), isManager: false })),
];

/** The requests of an order that was checked. Adds the user's key to the account where it is missing. */
export async function placeOrder(context: Context, order: Order | undefined): Promise<Batch[]> {
  if (order === undefined) return [];
  const keys = await chooseKeys(context, order.accountKeys, { wait: true });
  const settings = await context.settings();
  return order.lots.flatMap(({ group, names, size, image }) => {
    const shared = common(settings, keys, order.vpcUuid, { private: group.public === false });
    return batches(names, { ...shared, region: group.region!, size: size.slug, image: image.slug ?? image.id });
  });
}

/** Nodes without a public address need a gateway in their VPC, which one that is yet to be made cannot have. @throws BeltError */
async function checkWayOut(
  context: Context,
  spec: ClusterSpec,
  { lots, vpcUuid }: { lots: readonly { group: NodeGroup; names: string[] }[]; vpcUuid: string | undefined },
): Promise<void> {
  const nodes = {
    names: lots.flatMap(({ names }) => names),
    regions: lots.flatMap(({ group }) => group.region ?? []),
    install: true,
  };
  if (spec.vpc === undefined) return await checkPrivate(context, { ...nodes, vpcUuid });
  const found = (await (await context.cloud()).vpcs()).find(({ name }) => name === spec.vpc);
  if (found) return await checkPrivate(context, { ...nodes, vpcUuid: found.id });
  refuse(context, nodes, `VPC ${spec.vpc}, which is to be made,`);
}

/** What the user data of a cluster's droplets is made of. */
export const userDataOf = ({ engine = PLAIN_ENGINE, swap, swarm }: ClusterSpec): RunSetup['userData'] => ({
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

/**
 * Nodes reach each other over their VPC, and a VPC is in one region
 * (https://docs.digitalocean.com/products/networking/vpc/details/limits/). @throws UsageError
 */
function checkRegions(spec: ClusterSpec, { nodes }: ClusterPlan, lots: readonly Pick<Lot, 'group' | 'names'>[]): void {
  const others = nodes.flatMap(({ create, droplet }) => (!create && droplet ? [droplet.region] : []));
  const regions = [...new Set(others.length > 0 ? others : lots.flatMap(({ group }) => group.region ?? []))];
  const apart = lots.find(({ group }) => group.region !== undefined && !regions.includes(group.region));
  const why = 'nodes of a cluster reach each other over their VPC, which is in one region';
  if (apart)
    throw new UsageError(
      `${compact(apart.names)} would be in ${apart.group.region}, and the other nodes are in ${regions.join(' and ')}: ${why}`,
      { hint: `set region: ${regions[0]} in ${fileOf(spec)}, or describe a second cluster` },
    );
  if (others.length === 0 && regions.length > 1)
    throw new UsageError(`the nodes would be in ${regions.join(' and ')}: ${why}`, {
      hint: `set one region in ${fileOf(spec)}, or describe a second cluster`,
    });
}

function checkGroup(spec: ClusterSpec, { names, size, image, region }: NodeGroup): void {
  const lacking = Object.entries({ size, image, region }).flatMap(([key, value]) => (value === undefined ? [key] : []));
  if (lacking.length === 0) return;
  const more = names.length > 1 ? ' and others' : '';
  throw new UsageError(`no ${lacking.join(' and no ')} is set for ${names[0]}${more}`, {
    hint: `add ${lacking.map((key) => `${key}:`).join(', ')} to its group in ${fileOf(spec)}, or under digitalocean: in .belt.yaml`,
  });
}
