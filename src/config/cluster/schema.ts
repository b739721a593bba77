// The schema of the `cluster:` section, with its error messages. Only loaded by commands that read it.
import { z } from 'zod';
import * as kinds from '../kinds.ts';
import { readPool } from './address-pool.ts';
import { PORT_EXAMPLES, RANGE_EXAMPLES, readPort, readRange } from './network.ts';
import { ENGINE_PLUGINS, type Swap, WORLD } from './types.ts';

const NOWHERE = { folder: '/', home: '/' };

/** Values of one of the kinds that the settings have. */
const of = <T>(kind: kinds.Kind<T>) => read(kind.wants, (text) => kind.read(text, NOWHERE));

/** A scalar that `reader` understands; it returns undefined for one that it does not. */
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

const NAMES = 'must be names, such as "node[1:3]"';

/** A number or a truth value is a slip: it would be made a droplet of that name. */
const names = z
  .string({
    error: ({ input }) =>
      Number.isInteger(input) && (input as number) > 0
        ? `${NAMES}, not a number: for ${input} of them write "node[1:${input}]"`
        : NAMES,
  })
  .regex(/^[^\n\0]+$/, { error: NAMES });

const cidr = read(`an IP address or CIDR range, ${RANGE_EXAMPLES}`, readRange);
const pool = read('an IPv4 range of at least a /24, such as 172.20.0.0/14', readPool);

const group = z.strictObject(
  {
    nodes: many(names),
    size: of(kinds.slug).optional(),
    image: of(kinds.slugOrId).optional(),
    region: of(kinds.slug).optional(),
    public: of(kinds.yesOrNo).optional(),
    labels,
    availability,
  },
  { error: 'must be a mapping with the key nodes' },
);

const firewall = z.strictObject(
  {
    ssh_from: many(cidr).default([...WORLD]),
    open: many(read(`a port, ${PORT_EXAMPLES}`, readPort)).default([]),
  },
  { error: 'must be a mapping of keys, or false for none' },
);

/** `false` becomes null. A missing or empty value means the default one. */
const firewallOrNone = z
  .unknown()
  .transform((value) => (value === false ? null : (value ?? {})))
  .pipe(firewall.nullable());

const VERSION_IN_QUOTES = 'must be a version in quotes, such as "28", "28.2" or "28.2.2"';

/** A YAML number loses its trailing zeros: 28.10 becomes 28.1. */
const version = z
  .union([z.string(), z.number().int({ error: VERSION_IN_QUOTES })], { error: VERSION_IN_QUOTES })
  .transform(String)
  .pipe(z.string().regex(/^\d+(\.\d+){0,2}$/, { error: 'must be a version, such as "28", "28.2" or "28.2.2"' }));

/** Printable, without blanks. */
const isAddress = (text: string): boolean => /^[!-~]+$/.test(text) && URL.canParse(text);

/** It is run as root, so nobody on the way may be able to change it. */
const scriptUrl = read('the https:// URL of a script', (text) =>
  isAddress(text) && new URL(text).protocol === 'https:' ? text : undefined,
);

/** What dockerd takes (its `registry.ValidateMirror`): a scheme and a host, and nothing after them. */
const mirror = read('the URL of a registry, such as https://mirror.example.com', (text) => {
  if (!isAddress(text)) return undefined;
  const { protocol, username, password, pathname, search, hash } = new URL(text);
  const bare = pathname === '/' && username + password + search + hash === '';
  return bare && /^https?:$/.test(protocol) ? text : undefined;
});

const logDriver = read('the name of a log driver, such as local', (text) =>
  /^[a-zA-Z0-9][\w./:-]*$/.test(text) ? text : undefined,
);

const engineLabels = labels.refine((given) => Object.keys(given).every((key) => /^[^\s=]+$/.test(key)), {
  error: 'must have keys without spaces or "="',
});

const engine = z.strictObject(
  {
    version: version.optional(),
    install_url: scriptUrl.optional(),
    labels: engineLabels,
    registry_mirrors: many(mirror).default([]),
    log_driver: logDriver.optional(),
    log_opts: labels,
    plugins: many(z.enum(ENGINE_PLUGINS, { error: `must be ${ENGINE_PLUGINS.join(' or ')}` })).optional(),
    automatic_upgrades: of(kinds.yesOrNo).optional(),
  },
  mapping,
);

const MIB: Readonly<Record<string, number>> = { m: 1, g: 1024 };

/** `512m`, `1g`, or none. */
const swap = read('a size from 64m to 64g, such as 1g, or false for none', (text): Swap | undefined => {
  if (/^(false|no|0)$/i.test(text)) return false;
  const [, count, unit = ''] = /^(\d{1,6})([mg])$/i.exec(text) ?? [];
  const size = Number(count) * (MIB[unit.toLowerCase()] ?? 0);
  return size >= 64 && size <= 65_536 ? size : undefined;
});

const swarm = z.strictObject(
  {
    default_addr_pool: many(pool).default([]),
    data_path_port: read('a number from 1024 to 49151', (text) => {
      const port = kinds.port.read(text, NOWHERE);
      return port !== undefined && port >= 1024 && port <= 49_151 ? port : undefined;
    }).optional(),
    autolock: of(kinds.yesOrNo).optional(),
  },
  mapping,
);

export const clusterSchema = z.strictObject(
  {
    name: of(kinds.clusterName).default('default'),
    managers: group.optional(),
    workers: many(group).default([]),
    vpc: of(kinds.slug).optional(),
    firewall: firewallOrNone.prefault({}),
    engine: engine.optional(),
    swap: swap.optional(),
    swarm: swarm.default({ default_addr_pool: [] }),
  },
  mapping,
);

/** Settings that also apply to droplets created without a cluster in the file. */
export const dropletSchema = z.object({ engine: engine.optional(), swap: swap.optional() }, mapping);

/** The keys that the mapping at a path may have; a path is as zod gives it, without `cluster`. */
export function keysAt([part]: readonly PropertyKey[]): string[] {
  if (part === undefined) return Object.keys(clusterSchema.shape);
  const parts: Partial<Record<PropertyKey, { shape: object }>> = {
    managers: group,
    workers: group,
    firewall,
    engine,
    swarm,
  };
  return Object.keys(parts[part]?.shape ?? {});
}

export type RawCluster = z.infer<typeof clusterSchema>;
export type RawEngine = z.infer<typeof engine>;
export type RawGroup = z.infer<typeof group>;
