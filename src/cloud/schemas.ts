// DigitalOcean's answers, checked where they enter and typed from there on. Only what belt uses is kept.
// Source of the shapes: DigitalOcean's OpenAPI description.
import { z } from 'zod';

const address = z.object({ ip_address: z.string(), type: z.enum(['public', 'private']) });

const dropletAnswer = z
  .object({
    id: z.number(),
    name: z.string(),
    status: z.enum(['new', 'active', 'off', 'archive']),
    memory: z.number(),
    vcpus: z.number(),
    disk: z.number(),
    size_slug: z.string(),
    size: z.object({ price_monthly: z.number(), price_hourly: z.number() }).optional(),
    region: z.object({ slug: z.string() }),
    image: z.object({ id: z.number().optional(), slug: z.string().nullish(), name: z.string().optional() }),
    networks: z.object({ v4: z.array(address).default([]) }),
    tags: z.array(z.string()),
    vpc_uuid: z.string().nullish(),
    created_at: z.string(),
  })
  .transform((d) => ({
    id: d.id,
    name: d.name,
    status: d.status,
    memoryMiB: d.memory,
    vcpus: d.vcpus,
    diskGiB: d.disk,
    size: d.size_slug,
    priceMonthly: d.size?.price_monthly,
    region: d.region.slug,
    image: d.image.slug ?? String(d.image.id ?? d.image.name ?? ''),
    publicAddress: d.networks.v4.find((a) => a.type === 'public')?.ip_address,
    privateAddress: d.networks.v4.find((a) => a.type === 'private')?.ip_address,
    tags: d.tags,
    vpcUuid: d.vpc_uuid ?? undefined,
    createdAt: d.created_at,
  }));

/** A virtual machine at DigitalOcean. Prices in USD. */
export type Droplet = z.infer<typeof dropletAnswer>;

const keyAnswer = z.object({
  id: z.number(),
  fingerprint: z.string(),
  name: z.string(),
  public_key: z.string(),
});

/** A public SSH key of the account. */
export type AccountKey = z.infer<typeof keyAnswer>;

const sizeAnswer = z.object({
  slug: z.string(),
  memory: z.number(),
  vcpus: z.number(),
  disk: z.number(),
  price_monthly: z.number(),
  regions: z.array(z.string()),
  available: z.boolean(),
});
export type Size = z.infer<typeof sizeAnswer>;

const regionAnswer = z.object({ slug: z.string(), name: z.string(), available: z.boolean() });
export type Region = z.infer<typeof regionAnswer>;

const imageAnswer = z.object({
  id: z.number(),
  slug: z.string().nullish(),
  name: z.string(),
  distribution: z.string().nullish(),
  regions: z.array(z.string()),
  min_disk_size: z.number().nullish(),
});
export type Image = z.infer<typeof imageAnswer>;

const vpcAnswer = z.object({
  id: z.string(),
  name: z.string(),
  region: z.string(),
  description: z.string().nullish(),
  default: z.boolean().optional(),
});
export type Vpc = z.infer<typeof vpcAnswer>;

const ids = z.array(z.union([z.string(), z.number()])).nullish();
/** Kinds of sources and destinations that belt writes no rule for, and must not lose where somebody else did. */
const OTHER_TARGETS = ['droplet_ids', 'load_balancer_uids', 'kubernetes_ids'] as const;
const targets = z
  .object({
    addresses: z.array(z.string()).nullish(),
    tags: z.array(z.string()).nullish(),
    droplet_ids: ids,
    load_balancer_uids: ids,
    kubernetes_ids: ids,
  })
  .transform(({ addresses, tags, ...given }) => ({
    addresses: addresses ?? [],
    tags: tags ?? [],
    others: Object.fromEntries(OTHER_TARGETS.flatMap((kind) => (given[kind]?.length ? [[kind, given[kind]]] : []))),
  }));
const protocol = z.enum(['tcp', 'udp', 'icmp']);
const ports = z.string().nullish();
const inbound = z
  .object({ protocol, ports, sources: targets })
  .transform(({ sources, ...rule }) => ({ ...rule, ports: rule.ports ?? '0', peers: sources }));
const outbound = z
  .object({ protocol, ports, destinations: targets })
  .transform(({ destinations, ...rule }) => ({ ...rule, ports: rule.ports ?? '0', peers: destinations }));

const firewallAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    tags: z.array(z.string()).nullish(),
    droplet_ids: z.array(z.number()).nullish(),
    inbound_rules: z.array(inbound).nullish(),
    outbound_rules: z.array(outbound).nullish(),
  })
  .transform((f) => ({
    id: f.id,
    name: f.name,
    tags: f.tags ?? [],
    dropletIds: f.droplet_ids ?? [],
    inbound: f.inbound_rules ?? [],
    outbound: f.outbound_rules ?? [],
  }));

/** A cloud firewall. Droplets named one by one are not belt's way. */
export type Firewall = z.infer<typeof firewallAnswer>;
/** What a firewall lets through: `ports` as `80`, `8000-8010` or `0` for all. */
export type FirewallRule = Firewall['inbound'][number];

const accountAnswer = z
  .object({
    droplet_limit: z.number(),
    uuid: z.string().nullish(),
    email: z.string().nullish(),
    team: z.object({ uuid: z.string().nullish(), name: z.string().nullish() }).nullish(),
  })
  .transform((a) => ({
    dropletLimit: a.droplet_limit,
    /** Of the team where there is one: what its members share. */
    uuid: a.team?.uuid ?? a.uuid ?? undefined,
    name: a.team?.name ?? undefined,
    email: a.email ?? undefined,
  }));

/** The account that the token is of. */
export type Account = z.infer<typeof accountAnswer>;

const total = z.object({ total: z.number() });

export const answers = {
  account: z.object({ account: accountAnswer }),
  created: z.object({ droplets: z.array(dropletAnswer) }),
  droplet: z.object({ droplet: dropletAnswer }),
  droplets: z.object({ droplets: z.array(dropletAnswer), meta: total }),
  firewall: z.object({ firewall: firewallAnswer }),
  firewalls: z.object({ firewalls: z.array(firewallAnswer), meta: total }),
  image: z.object({ image: imageAnswer }),
  images: z.object({ images: z.array(imageAnswer), meta: total }),
  key: z.object({ ssh_key: keyAnswer }),
  keys: z.object({ ssh_keys: z.array(keyAnswer), meta: total }),
  regions: z.object({ regions: z.array(regionAnswer), meta: total }),
  sizes: z.object({ sizes: z.array(sizeAnswer), meta: total }),
  vpc: z.object({ vpc: vpcAnswer }),
  vpcs: z.object({ vpcs: z.array(vpcAnswer), meta: total }),
} as const;
