// DigitalOcean's answers, validated on entry and typed from there on. Only what belt uses is kept, and only an item's id is
// required (lenient.ts). Source of the shapes: DigitalOcean's OpenAPI description.
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import type { Droplet } from '../model/droplet.ts';
import { firewallAnswer } from './firewall-schema.ts';
import { maybeFlag, maybeNumber, maybeSome, maybeText, numericId, some, text, UNKNOWN } from './lenient.ts';
import { withBackups } from './sizes.ts';

export type { Firewall, FirewallRule } from './firewall-schema.ts';

/** Where belt connects to: anything but an address counts as none. Unknown types are ignored. */
const address = z.object({ ip_address: z.string().refine(isIPv4), type: z.string() });
const networks = z.object({ v4: some(address) }).catch({ v4: [] });
const named = z.object({ slug: maybeText }).catch({ slug: undefined });

const dropletAnswer = z
  .object({
    id: numericId,
    name: text(''),
    status: text(UNKNOWN),
    memory: maybeNumber,
    vcpus: maybeNumber,
    disk: maybeNumber,
    size_slug: maybeText,
    size: z
      .object({ slug: maybeText, price_monthly: maybeNumber })
      .catch({ slug: undefined, price_monthly: undefined }),
    region: named,
    image: z
      .object({ id: maybeNumber, slug: maybeText, name: maybeText })
      .catch({ id: undefined, slug: undefined, name: undefined }),
    networks,
    tags: maybeSome(z.string()),
    vpc_uuid: maybeText,
    created_at: text(''),
    features: maybeSome(z.string()),
  })
  .transform(
    (d): Droplet => ({
      id: d.id,
      name: d.name,
      status: d.status,
      memoryMiB: d.memory,
      vcpus: d.vcpus,
      diskGiB: d.disk,
      size: d.size_slug ?? d.size.slug ?? UNKNOWN,
      priceMonthly: priceOf(d),
      region: d.region.slug ?? UNKNOWN,
      image: d.image.slug || String(d.image.id ?? (d.image.name || UNKNOWN)),
      publicAddress: d.networks.v4.find((a) => a.type === 'public')?.ip_address,
      privateAddress: d.networks.v4.find((a) => a.type === 'private')?.ip_address,
      tags: d.tags ?? [],
      vpcUuid: d.vpc_uuid,
      createdAt: d.created_at,
    }),
  );

/** The size's price does not include backups. */
function priceOf({
  size,
  features,
}: {
  size: { price_monthly?: number | undefined };
  features?: readonly string[] | undefined;
}) {
  const { price_monthly: plain } = size;
  return plain !== undefined && features?.includes('backups') ? withBackups(plain) : plain;
}

const keyAnswer = z.object({ id: numericId, fingerprint: text(''), name: text(''), public_key: text('') });

/** A public SSH key of the account. */
export type AccountKey = z.infer<typeof keyAnswer>;

/** A missing number or list counts as unknown: nothing is rejected because of it. */
const sizeAnswer = z.object({
  slug: z.string().min(1),
  memory: maybeNumber,
  vcpus: maybeNumber,
  disk: maybeNumber,
  price_monthly: maybeNumber,
  regions: maybeSome(z.string()),
  available: z.boolean().catch(true),
});
export type Size = z.infer<typeof sizeAnswer>;

const regionAnswer = z.object({ slug: z.string().min(1), name: text(''), available: z.boolean().catch(true) });
export type Region = z.infer<typeof regionAnswer>;

const imageAnswer = z.object({
  id: numericId,
  slug: maybeText,
  name: text(''),
  distribution: maybeText,
  regions: maybeSome(z.string()),
  min_disk_size: maybeNumber,
  public: maybeFlag,
  type: maybeText,
  /** `available`, `NEW`, `pending`, `deleted`, `retired`. */
  status: maybeText,
});
export type Image = z.infer<typeof imageAnswer>;

const vpcAnswer = z.object({
  id: z.string().min(1),
  name: text(''),
  region: text(UNKNOWN),
  description: maybeText,
  ip_range: maybeText,
  default: maybeFlag,
});
export type Vpc = z.infer<typeof vpcAnswer>;

const natGatewayAnswer = z.object({
  id: z.string().min(1),
  name: text(''),
  state: text(UNKNOWN),
  vpcs: some(z.object({ vpc_uuid: z.string() })),
});
export type NatGateway = z.infer<typeof natGatewayAnswer>;

const tagAnswer = z.object({ name: z.string().min(1) });

const accountAnswer = z
  .object({
    droplet_limit: maybeNumber,
    uuid: maybeText,
    email: maybeText,
    team: z.object({ uuid: maybeText, name: maybeText }).optional().catch(undefined),
  })
  .transform((a) => ({
    dropletLimit: a.droplet_limit,
    /** That of the team if there is one, since its members share the resources. */
    uuid: a.team?.uuid ?? a.uuid,
    name: a.team?.name,
    email: a.email,
  }));

/** The account that the token is of. */
export type Account = z.infer<typeof accountAnswer>;

/** The contents of an answer by key: one item, or a list of them. */
export const items = {
  account: accountAnswer,
  droplet: dropletAnswer,
  firewall: firewallAnswer,
  image: imageAnswer,
  key: keyAnswer,
  natGateway: natGatewayAnswer,
  region: regionAnswer,
  size: sizeAnswer,
  tag: tagAnswer,
  vpc: vpcAnswer,
} as const;
