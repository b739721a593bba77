// The VPC and the cloud firewall of a cluster, before any droplet is in them.

import { createOnce } from '../cloud/create-once.ts';
import type { Firewall, Vpc } from '../cloud/schemas.ts';
import { clusterTag, hasTag } from '../cloud/tags.ts';
import { type ClusterFirewall, firewallFor } from '../cluster/firewall.ts';
import { fromOutside, sameFirewall, type TrafficChange, trafficChange } from '../cluster/firewall-traffic.ts';
import { rangeBeside } from '../config/cluster/address-pool.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { fileOf } from '../descriptions/spec.ts';
import { UsageError } from '../errors.ts';
import { checkBeside } from './address-pool.ts';
import { ownFirewall, putFirewall } from './firewall.ts';

export interface NetworkPlan {
  /** Undefined where the file names no VPC. `found` is the one that there is, `range` what a new one gets where that is not left to DigitalOcean. */
  vpc: { name: string; region: string; found: Vpc | undefined; range: string | undefined } | undefined;
  /** Undefined where the file wants no firewall. */
  firewall: { wanted: ClusterFirewall; found: Firewall | undefined; tag: string } | undefined;
}

export const createsVpc = ({ vpc }: NetworkPlan): boolean => vpc !== undefined && vpc.found === undefined;

/** What becomes of the firewall. */
export function firewallChange({ firewall }: NetworkPlan): 'create' | 'update' | undefined {
  if (firewall === undefined) return undefined;
  if (firewall.found === undefined) return 'create';
  return sameFirewall(firewall.wanted, firewall.found) ? undefined : 'update';
}

/** Whether somebody took the cluster's tag out of the firewall that there is. */
export const reattaches = ({ firewall }: NetworkPlan): boolean =>
  firewall?.found !== undefined && !hasTag(firewall.found.tags, firewall.tag);

/** What that opens and shuts; of one that is made, what it lets in from outside. */
export function firewallTraffic({ firewall }: NetworkPlan): TrafficChange {
  if (firewall === undefined) return { opens: [], shuts: [] };
  const { wanted, found, tag } = firewall;
  return found ? trafficChange(found, wanted, tag) : { opens: fromOutside(wanted, tag), shuts: [] };
}

/** Looks for what the file names; asks for nothing that it does not. */
export async function observeNetwork(context: Context, spec: ClusterSpec): Promise<NetworkPlan> {
  const { sshPort } = await context.settings();
  const tag = clusterTag(spec.name);
  const wanted = firewallFor(spec, { tag, sshPort });
  const region = spec.vpc === undefined ? '' : regionOf(spec);
  const cloud = await context.cloud();
  const [vpcs, firewalls] = await Promise.all([
    spec.vpc === undefined ? [] : cloud.vpcs(),
    wanted === undefined ? [] : cloud.firewalls(),
  ]);
  const found = vpcs.find(({ name }) => name === spec.vpc);
  if (found && found.region !== region) {
    throw new UsageError(`VPC ${found.name} is in region ${found.region}, but the nodes are in ${region}`, {
      hint: `set another VPC in ${fileOf(spec)}`,
    });
  }
  const range = spec.vpc !== undefined && !found ? rangeFor(spec, vpcs) : undefined;
  return {
    vpc: spec.vpc === undefined ? undefined : { name: spec.vpc, region, found, range },
    firewall: wanted && { wanted, found: ownFirewall(firewalls, spec.name), tag },
  };
}

/** The file's address pool comes first: a VPC that is made gets a range beside it. @throws UsageError where there is none */
function rangeFor(spec: ClusterSpec, vpcs: readonly Vpc[]): string | undefined {
  const pools = spec.swarm.defaultAddrPool;
  if (pools.length === 0) return undefined;
  const range = rangeBeside([...pools, ...vpcs.flatMap(({ ip_range }) => ip_range ?? [])]);
  if (range !== undefined) return range;
  throw new UsageError(
    `${fileOf(spec)}: cluster.swarm.default_addr_pool: ${pools.join(', ')} leaves no range for the VPC ${spec.vpc}, which is to be made`,
    { hint: 'name smaller ranges, or none: belt takes one beside the VPC' },
  );
}

/** A VPC is in one region (https://docs.digitalocean.com/products/networking/vpc/details/limits/). */
function regionOf(spec: ClusterSpec): string {
  const regions = [...new Set(spec.groups.map(({ region }) => region))];
  const [region] = regions;
  if (region === undefined) throw new UsageError('no region is set', { hint: `add region: to ${fileOf(spec)}` });
  if (regions.length === 1) return region;
  throw new UsageError(`one VPC cannot hold nodes in ${regions.join(' and ')}`, { hint: 'choose one region' });
}

export const vpcDescription = (cluster: string): string => `made by belt for the cluster ${cluster}`;

/** Makes what is missing; gives the VPC that new droplets are to be in. */
export async function makeNetwork(context: Context, spec: ClusterSpec, plan: NetworkPlan): Promise<string | undefined> {
  const cloud = await context.cloud();
  const { name } = spec;
  const change = firewallChange(plan);
  if (plan.firewall && change) {
    const { wanted, found } = plan.firewall;
    await putFirewall(context, name, { wanted, found });
    const done = found ? 'changed' : 'made';
    context.out.tell(
      'firewall',
      { firewall: wanted.name, done },
      `firewall ${wanted.name}: ${found ? 'changed' : 'created'}`,
    );
  }
  if (!plan.vpc) return undefined;
  if (plan.vpc.found) return plan.vpc.found.id;
  const { region, range } = plan.vpc;
  const vpc = {
    name: plan.vpc.name,
    region,
    description: vpcDescription(name),
    ...(range !== undefined && { ip_range: range }),
  };
  const find = async () => (await cloud.vpcs()).find((one) => one.name === vpc.name);
  const made = await createOnce({ create: () => cloud.createVpc(vpc), find }, context);
  context.out.tell(
    'vpc',
    { vpc: vpc.name, region: vpc.region, done: 'made' },
    `VPC ${vpc.name}: created in ${vpc.region}`,
  );
  // DigitalOcean chose its range, or another run made it.
  checkBeside(spec, made);
  return made.id;
}
