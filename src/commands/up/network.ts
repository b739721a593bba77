// The VPC and the cloud firewall of a cluster, before any droplet is in them.
import type { Firewall, Vpc } from '../../cloud/schemas.ts';
import { makeOnce } from '../../cloud/settled.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { type ClusterFirewall, firewallFor, firewallName, sameFirewall } from '../../cluster/firewall.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';

export interface NetworkPlan {
  /** Undefined where the file names no VPC. `found` is the one that there is. */
  vpc: { name: string; region: string; found: Vpc | undefined } | undefined;
  /** Undefined where the file has no firewall. */
  firewall: { wanted: ClusterFirewall; found: Firewall | undefined } | undefined;
}

export const createsVpc = ({ vpc }: NetworkPlan): boolean => vpc !== undefined && vpc.found === undefined;

/** What becomes of the firewall. */
export function firewallChange({ firewall }: NetworkPlan): 'create' | 'update' | undefined {
  if (firewall === undefined) return undefined;
  if (firewall.found === undefined) return 'create';
  return sameFirewall(firewall.wanted, firewall.found) ? undefined : 'update';
}

/** Looks for what the file names; asks for nothing that it does not. */
export async function observeNetwork(context: Context, spec: ClusterSpec): Promise<NetworkPlan> {
  const { sshPort } = await context.settings();
  const wanted = firewallFor(spec, { tag: clusterTag(spec.name), sshPort });
  const region = spec.vpc === undefined ? '' : regionOf(spec);
  const cloud = await context.cloud();
  const [vpcs, firewalls] = await Promise.all([
    spec.vpc === undefined ? [] : cloud.vpcs(),
    wanted === undefined ? [] : cloud.firewalls(),
  ]);
  const found = vpcs.find(({ name }) => name === spec.vpc);
  if (found && found.region !== region) {
    throw new UsageError(`VPC ${found.name} is in region ${found.region}, and the nodes are in ${region}`, {
      hint: 'name another VPC in .belt.yaml',
    });
  }
  return {
    vpc: spec.vpc === undefined ? undefined : { name: spec.vpc, region, found },
    firewall: wanted && { wanted, found: firewalls.find(({ name }) => name === firewallName(spec.name)) },
  };
}

/** A VPC is in one region (https://docs.digitalocean.com/products/networking/vpc/details/limits/). */
function regionOf({ groups }: ClusterSpec): string {
  const regions = [...new Set(groups.map(({ region }) => region))];
  const [region] = regions;
  if (region === undefined) throw new UsageError('no region is named', { hint: 'add region: to .belt.yaml' });
  if (regions.length === 1) return region;
  throw new UsageError(`one VPC cannot hold nodes in ${regions.join(' and ')}`, { hint: 'name one region' });
}

export const vpcDescription = (cluster: string): string => `made by belt for the cluster ${cluster}`;

/** Makes what is missing; gives the VPC that new droplets are to be in. */
export async function makeNetwork(
  context: Context,
  { name }: ClusterSpec,
  plan: NetworkPlan,
): Promise<string | undefined> {
  const cloud = await context.cloud();
  const { clock, signal } = context;
  const change = firewallChange(plan);
  if (plan.firewall && change) {
    const { wanted, found } = plan.firewall;
    if (found) await cloud.updateFirewall(found.id, wanted);
    else {
      // A tag that exists is left as it is: it can be asked for as often as it takes.
      await makeOnce({ make: () => cloud.createTag(clusterTag(name)), find: async () => undefined, clock, signal });
      const find = async () => (await cloud.firewalls()).find((firewall) => firewall.name === wanted.name);
      await makeOnce({ make: () => cloud.createFirewall(wanted), find, clock, signal });
    }
    context.out.note(`firewall ${wanted.name}: ${found ? 'changed' : 'made'}`);
  }
  if (!plan.vpc) return undefined;
  if (plan.vpc.found) return plan.vpc.found.id;
  const vpc = { name: plan.vpc.name, region: plan.vpc.region, description: vpcDescription(name) };
  const find = async () => (await cloud.vpcs()).find((one) => one.name === vpc.name);
  const { id } = await makeOnce({ make: () => cloud.createVpc(vpc), find, clock, signal });
  context.out.note(`VPC ${vpc.name}: made in ${vpc.region}`);
  return id;
}
