// The shape of the `cluster:` part, with the words for what does not fit. Loaded by the commands that read it alone.
import { isIP } from 'node:net';
import { z } from 'zod';
import * as kinds from '../kinds.ts';
import type { OpenPort } from './types.ts';

const NOWHERE = { folder: '/', home: '/' };

/** Values of one of the kinds that the settings have. */
const of = <T>(kind: kinds.Kind<T>) => read(kind.wants, (text) => kind.read(text, NOWHERE));

/** A scalar that `reader` understands; undefined stands for one that it does not. */
function read<T>(wants: string, reader: (text: string) => T | undefined) {
  return z
    .union([z.string(), z.number(), z.boolean()], { error: `must be ${wants}` })
    .transform((value, context): T => {
      const found = reader(String(value));
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: `must be ${wants}` });
      return z.NEVER;
    });
}

/** One of them, or a list. */
const many = <T>(each: z.ZodType<T>) =>
  z
    .unknown()
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .pipe(z.array(each));

const mapping = { error: 'must be a mapping of keys' };
const line = read('a line of text', (text) => (/^[^\n\0]+$/.test(text) ? text : undefined));

const labels = z
  .record(
    z.string(),
    read('text', (text) => text),
    mapping,
  )
  .default({});

const availability = z
  .enum(['active', 'pause', 'drain'], { error: 'must be active, pause or drain' })
  .default('active');

const cidr = read('an address or a range of them, such as 203.0.113.0/24', (text) => {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0) return undefined;
  if (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most)) return undefined;
  return bits === undefined ? `${address}/${most}` : text;
});

/** `80`, `53/udp`, `8000-8010/tcp`. */
function openPort(text: string): OpenPort | undefined {
  const [, low = '', high = low, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  if (low === '' || first < 1 || last > 65_535 || first > last) return undefined;
  return { first, last, protocol: protocol as OpenPort['protocol'] };
}

const group = z.strictObject(
  {
    nodes: many(line),
    size: of(kinds.slug).optional(),
    image: of(kinds.slugOrId).optional(),
    region: of(kinds.slug).optional(),
    labels,
    availability,
  },
  { error: 'must be a mapping with the key nodes' },
);

const firewall = z.strictObject(
  {
    ssh_from: many(cidr).default(['0.0.0.0/0', '::/0']),
    open: many(read('a port, such as 80, 8000-8010 or 53/udp', openPort)).default([]),
  },
  mapping,
);

const swarm = z.strictObject(
  {
    default_addr_pool: many(cidr).default([]),
    data_path_port: read('a number from 1024 to 49151', (text) => {
      const port = kinds.port.read(text, NOWHERE);
      return port !== undefined && port >= 1024 && port <= 49_151 ? port : undefined;
    }).optional(),
  },
  mapping,
);

export const clusterSchema = z.strictObject(
  {
    name: of(kinds.clusterName).default('default'),
    managers: group.optional(),
    workers: many(group).default([]),
    vpc: of(kinds.slug).optional(),
    firewall: firewall.optional(),
    swarm: swarm.default({ default_addr_pool: [] }),
  },
  mapping,
);

/** The keys that the mapping at a path may have; a path is as zod gives it, without `cluster`. */
export function keysAt([part]: readonly PropertyKey[]): string[] {
  if (part === undefined) return Object.keys(clusterSchema.shape);
  const parts: Partial<Record<PropertyKey, { shape: object }>> = { managers: group, workers: group, firewall, swarm };
  return Object.keys(parts[part]?.shape ?? {});
}

export type RawCluster = z.infer<typeof clusterSchema>;
export type RawGroup = z.infer<typeof group>;
