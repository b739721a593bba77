// The address pool that the file names for a new swarm, and the VPC that its nodes are in.
import { CloudError } from '../cloud/errors.ts';
import type { Vpc } from '../cloud/schemas.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { overlaps } from '../config/cluster/address-pool.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { fileOf } from '../descriptions/spec.ts';
import { UsageError } from '../errors.ts';

/** @throws UsageError when a swarm is to be started whose networks would take addresses of the nodes */
export async function checkAddressPool(context: Context, spec: ClusterSpec, { nodes }: ClusterPlan): Promise<void> {
  if (spec.swarm.defaultAddrPool.length === 0 || nodes.every(({ swarm }) => swarm !== 'init')) return;
  for (const vpc of await vpcsOf(context, spec)) checkBeside(spec, vpc);
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

/** The VPCs that the cluster's nodes are in, as far as they exist and the token may see them. */
async function vpcsOf(context: Context, spec: ClusterSpec): Promise<Vpc[]> {
  const { vpcUuid } = await context.settings();
  const regions = spec.groups.map(({ region }) => region);
  const vpcs = await (await context.cloud()).vpcs().catch((error: unknown) => {
    // Who may not look has a cluster all the same.
    if (error instanceof CloudError && error.status === 403) return [];
    throw error;
  });
  return vpcs.filter(({ id, name, region, default: isDefault }) => {
    if (spec.vpc !== undefined) return name === spec.vpc;
    return vpcUuid === undefined ? isDefault && regions.includes(region) : id === vpcUuid;
  });
}
