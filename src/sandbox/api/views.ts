// The JSON of the account's resources in answers.
import type { Account } from '../account/account.ts';
import type { Action } from '../account/actions.ts';
import { addressIn, netmask } from '../account/addresses.ts';
import type { Droplet } from '../account/droplet.ts';
import type { AccessRule, Firewall } from '../account/firewalls/firewall.ts';
import type { AccountKey } from '../account/keys.ts';
import type { NatGateway } from '../account/nat-gateways.ts';
import type { Vpc } from '../account/vpcs.ts';
import { REGIONS, type Region } from '../catalogue/regions.ts';
import { SIZES, type Size } from '../catalogue/sizes.ts';
import { imageView } from './image-views.ts';

const REGION_VIEWS = new Map(
  REGIONS.map(({ slug, name, features, available }) => [
    slug,
    {
      name,
      slug,
      features,
      available,
      sizes: SIZES.filter(({ regions }) => regions.includes(slug)).map((size) => size.slug),
    },
  ]),
);

const SIZE_VIEWS = new Map(
  SIZES.map((size) => [
    size.slug,
    {
      slug: size.slug,
      memory: size.memory,
      vcpus: size.vcpus,
      disk: size.disk,
      transfer: size.transfer,
      price_monthly: size.priceMonthly,
      price_hourly: size.priceHourly,
      regions: size.regions,
      available: true,
      description: size.description,
      disk_info: diskInfo(size.disk),
    },
  ]),
);

export const regionView = (region: Region): object => REGION_VIEWS.get(region.slug)!;

export const sizeView = (size: Size): object => SIZE_VIEWS.get(size.slug)!;

export const keyView = (key: AccountKey): object => ({
  id: key.id,
  fingerprint: key.fingerprint,
  public_key: key.publicKey,
  name: key.name,
});

export function dropletView(droplet: Droplet): object {
  return {
    id: droplet.id,
    name: droplet.name,
    memory: droplet.size.memory,
    vcpus: droplet.size.vcpus,
    disk: droplet.disk,
    disk_info: diskInfo(droplet.disk),
    locked: droplet.locked,
    status: droplet.status,
    kernel: null,
    created_at: isoTime(droplet.createdAt),
    features: [...droplet.features],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [...droplet.snapshotIds],
    image: imageView(droplet.image),
    volume_ids: [],
    size: sizeView(droplet.size),
    size_slug: droplet.size.slug,
    networks: networksView(droplet),
    region: regionView(droplet.region),
    tags: [...droplet.tags],
    vpc_uuid: droplet.vpc.id,
  };
}

export function actionView(action: Action): object {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: isoTime(action.startedAt),
    completed_at: action.completedAt === undefined ? null : isoTime(action.completedAt),
    resource_id: action.droplet.id,
    resource_type: 'droplet',
    region: regionView(action.droplet.region),
    region_slug: action.droplet.region.slug,
  };
}

export function vpcView(vpc: Vpc): object {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region.slug,
    ip_range: vpc.ipRange,
    created_at: isoTime(vpc.createdAt),
    default: vpc.default,
  };
}

export function natGatewayView({ id, name, region, size, vpcs, createdAt }: NatGateway): object {
  return {
    id,
    name,
    type: 'PUBLIC',
    state: 'ACTIVE',
    region: region.slug,
    size,
    vpcs: vpcs.map((vpc) => ({ vpc_uuid: vpc.id, gateway_ip: addressIn(vpc.cidr, 1) })),
    created_at: isoTime(createdAt),
    updated_at: isoTime(createdAt),
  };
}

export function tagView(account: Account, baseUrl: string, name: string): object {
  const droplets = account.droplets.withTag(name);
  const last = droplets.at(-1);
  const tagged = {
    count: droplets.length,
    ...(last ? { last_tagged_uri: `${baseUrl}/v2/droplets/${last.id}` } : {}),
  };
  const none = { count: 0 };
  return {
    name,
    resources: { ...tagged, droplets: tagged, images: none, volumes: none, volume_snapshots: none, databases: none },
  };
}

/** `waiting` while some change is in progress, whether or not it affects a droplet. */
export function firewallView({ id, createdAt, plan, changes }: Firewall): object {
  const pending = [...changes].flat();
  return {
    id,
    name: plan.name,
    status: changes.size > 0 ? 'waiting' : 'succeeded',
    inbound_rules: plan.inbound.map((rule) => ({ ...ruleView(rule), sources: othersView(rule) })),
    outbound_rules: plan.outbound.map((rule) => ({ ...ruleView(rule), destinations: othersView(rule) })),
    created_at: isoTime(createdAt),
    droplet_ids: plan.dropletIds,
    tags: plan.tags,
    pending_changes: pending.map(({ dropletId, removing }) => ({ droplet_id: dropletId, removing, status: 'waiting' })),
  };
}

/** As DigitalOcean writes a time: to the second. */
export const isoTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const ruleView = ({ protocol, ports }: AccessRule): object => ({ protocol, ports });

/** Kinds of which there are none are left out. */
function othersView({ addresses, dropletIds, tags }: AccessRule): object {
  const all = { addresses, droplet_ids: dropletIds, tags };
  return Object.fromEntries(Object.entries(all).filter(([, some]) => some.length > 0));
}

function networksView(droplet: Droplet): object {
  if (droplet.addressAt === undefined) return { v4: [], v6: [] };
  const { cidr } = droplet.vpc;
  const inVpc = {
    ip_address: droplet.privateAddress,
    netmask: netmask(cidr),
    gateway: addressIn(cidr, 1),
    type: 'private',
  };
  const isPublic = droplet.publicAddress !== '';
  const gateway = droplet.publicAddress.replace(/\d+$/, '254');
  const outside = { ip_address: droplet.publicAddress, netmask: '255.255.240.0', gateway, type: 'public' };
  return {
    v4: isPublic ? [outside, inVpc] : [inVpc],
    v6: isPublic && droplet.features.has('ipv6') ? [ipv6View(droplet)] : [],
  };
}

function ipv6View(droplet: Droplet): object {
  const prefix = '2400:6180:0:d0::';
  return {
    ip_address: `${prefix}${(droplet.ordinal + 0x1001).toString(16)}`,
    netmask: 64,
    gateway: `${prefix}1`,
    type: 'public',
  };
}

function diskInfo(amount: number): object[] {
  return [{ type: 'local', size: { amount, unit: 'gib' } }];
}
