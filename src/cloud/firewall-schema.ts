// Cloud firewalls as DigitalOcean returns them. A rule that belt cannot express is kept verbatim: belt replaces whole firewalls,
// so anything it left out would be lost.
import { z } from 'zod';
import { maybeText, numericId, some, text } from './lenient.ts';

/** Kinds of sources and destinations that belt never writes, but must preserve where somebody else did. */
const OTHER_TARGETS = ['droplet_ids', 'load_balancer_uids', 'kubernetes_ids'] as const;
const KNOWN_TARGETS: readonly string[] = ['addresses', 'tags', ...OTHER_TARGETS];
const texts = z.array(z.string()).nullish();
const ids = z.array(z.union([z.string(), z.number()])).nullish();

const targets = z
  .looseObject({ addresses: texts, tags: texts, droplet_ids: ids, load_balancer_uids: ids, kubernetes_ids: ids })
  .refine((given) => hasNoMore(given, KNOWN_TARGETS))
  .transform(({ addresses, tags, ...given }) => ({
    addresses: addresses ?? [],
    tags: tags ?? [],
    others: Object.fromEntries(OTHER_TARGETS.flatMap((kind) => (given[kind]?.length ? [[kind, given[kind]]] : []))),
  }));

/** Whether there are only known fields: a rule with others may mean something else. */
const hasNoMore = (given: Record<string, unknown>, known: readonly string[]): boolean =>
  Object.entries(given).every(([key, value]) => known.includes(key) || isNothing(value));

const isNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** `sources` for what comes in, `destinations` for what goes out. */
const rule = (side: 'sources' | 'destinations') =>
  z
    .looseObject({
      protocol: z.enum(['tcp', 'udp', 'icmp']),
      ports: z
        .string()
        .regex(/^(all|\d+(-\d+)?|)$/)
        .nullish(),
      [side]: targets,
    })
    .refine((given) => hasNoMore(given, ['protocol', 'ports', side]))
    .transform((given) => ({
      protocol: given['protocol'] as 'tcp' | 'udp' | 'icmp',
      ports: (given['ports'] as string | null | undefined) || '0',
      peers: given[side] as z.infer<typeof targets>,
    }));
const inbound = rule('sources');
const outbound = rule('destinations');

type ReadRule = z.infer<typeof inbound>;

export const firewallAnswer = z
  .object({
    id: z.string().min(1),
    name: text(''),
    tags: some(z.string()),
    droplet_ids: some(numericId),
    inbound_rules: z.array(z.unknown()).catch([]),
    outbound_rules: z.array(z.unknown()).catch([]),
    status: maybeText,
  })
  .transform((f) => {
    const [incoming, outgoing] = [sorted(f.inbound_rules, inbound), sorted(f.outbound_rules, outbound)];
    return {
      id: f.id,
      name: f.name,
      tags: f.tags,
      dropletIds: f.droplet_ids,
      inbound: incoming.read,
      outbound: outgoing.read,
      /** Rules that belt cannot express, as DigitalOcean has them. */
      foreign: { inbound: incoming.foreign, outbound: outgoing.foreign },
    };
  });

function sorted(rules: readonly unknown[], schema: typeof inbound): { read: ReadRule[]; foreign: unknown[] } {
  const all = rules.map((raw) => ({ raw, result: schema.safeParse(raw) }));
  return {
    read: all.flatMap(({ result }) => (result.success ? [result.data] : [])),
    foreign: all.flatMap(({ raw, result }) => (result.success || raw === null ? [] : [raw])),
  };
}

/** A cloud firewall. belt never assigns individual droplets. */
export type Firewall = z.infer<typeof firewallAnswer>;
/** What a firewall allows: `ports` as `80`, `8000-8010` or `0` for all. */
export type FirewallRule = ReadRule;
