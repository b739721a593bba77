// The address pool that the file names for a new swarm, and the VPC that its nodes are in.
import { CloudError } from '../cloud/errors.ts';
import type { Vpc } from '../cloud/schemas.ts';
import { withoutDefault } from '../cloud/vpcs.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { overlaps } from '../config/cluster/address-pool.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { fileOf } from '../descriptions/spec.ts';
import { UsageError } from '../errors.ts';

/** @throws UsageError when a swarm is to be started whose networks would take addresses of the nodes */
export async function checkAddressPool(context: Context, spec: ClusterSpec, { nodes }: ClusterPlan): Promise<void> {
  if (spec.swarm.defaultAddrPool.length === 0 || nodes.every(({ swarm }) => swarm !== 'init')) return;
  const found = await visibleVpcs(context);
  if (found === undefined) return;
  const { vpcUuid } = await context.settings();
  for (const vpc of vpcsOf(found, spec, vpcUuid)) checkBeside(spec, vpc);
  if (spec.vpc !== undefined || vpcUuid !== undefined) return;
  const regions = new Set(spec.groups.flatMap(({ region }) => region ?? []));
  for (const region of withoutDefault(found, [...regions])) {
    context.out.warn(
      `${fileOf(spec)}: cluster.swarm.default_addr_pool: ${region} has no VPC yet, and DigitalOcean chooses its range, which may overlap; name one that belt makes beside the pool: vpc: ${spec.name}`,
    );
  }
}

/** The same for a VPC that was made a moment ago. */
export function checkBeside(spec: ClusterSpec, { name, ip_range: range }: Vpc): void {
  const pool = range && spec.swarm.defaultAddrPool.find((one) => overlaps(one, range));
  if (!pool) return;
  throw new UsageError(
    `${fileOf(spec)}: cluster.swarm.default_addr_pool: ${pool} overlaps the VPC ${name}, which is ${range}`,
    { hint: 'choose another range, or leave it out: belt picks one outside the VPC' },
  );
}

/** The account's VPCs; undefined where the token may not see them. */
async function visibleVpcs(context: Context): Promise<Vpc[] | undefined> {
  try {
    return await (await context.cloud()).vpcs();
  } catch (error) {
    // Who may not look has a cluster all the same.
    if (error instanceof CloudError && error.status === 403) return undefined;
    throw error;
  }
}

/** Those that the cluster's nodes are in, as far as they exist. */
function vpcsOf(vpcs: readonly Vpc[], spec: ClusterSpec, vpcUuid: string | undefined): Vpc[] {
  const regions = spec.groups.map(({ region }) => region);
  return vpcs.filter(({ id, name, region, default: isDefault }) => {
    if (spec.vpc !== undefined) return name === spec.vpc;
    return vpcUuid === undefined ? isDefault && regions.includes(region) : id === vpcUuid;
  });
}
