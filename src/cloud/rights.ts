// Which rights (scopes) a token needs for a request: DigitalOcean's API description lists them for each endpoint (`security`), and a
// test compares them. No request tells what a token may do: that only shows when it is refused.

/** The paths that belt requests, longer ones before their prefixes. */
const RESOURCES = [
  ['/v2/account/keys', 'ssh_key'],
  ['/v2/account', 'account'],
  ['/v2/droplets', 'droplet'],
  ['/v2/firewalls', 'firewall'],
  ['/v2/images', 'image'],
  ['/v2/regions', 'regions'],
  ['/v2/registries', 'registry'],
  ['/v2/sizes', 'sizes'],
  ['/v2/tags', 'tag'],
  ['/v2/vpc_nat_gateways', 'nat_gateway'],
  ['/v2/vpcs', 'vpc'],
] as const;

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

/** What is requested. */
export interface Requested {
  method: string;
  path: string;
  query?: Readonly<Record<string, unknown>> | undefined;
  body?: unknown;
}

/** What a query or a body names needs rights of its own: where each is named, and the right. */
const NAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'droplet:read': { tag_name: 'tag:read' },
  // The right to create droplets does not include tagging them (https://docs.digitalocean.com/reference/api/scopes/droplet/create).
  'droplet:create': { image: 'image:read', ssh_keys: 'ssh_key:read', tags: 'tag:create', vpc_uuid: 'vpc:read' },
  'firewall:create': { tags: 'tag:read', droplet_ids: 'droplet:read' },
  'firewall:update': { tags: 'tag:read', droplet_ids: 'droplet:read' },
};

/** The rights that one of belt's requests needs; none for other paths. A refusal does not say which of them is missing. */
export function rightsFor({ method, path, query = {}, body }: Requested): string[] {
  const [, resource] = RESOURCES.find(([start]) => path === start || path.startsWith(`${start}/`)) ?? [];
  if (resource === undefined) return [];
  const right = `${resource}:${VERBS[method]}`;
  // Credentials count as a change of the registry, too.
  if (path.endsWith('/docker-credentials')) return [right, 'registry:update'];
  // What is tagged changes; belt tags droplets only.
  if (/^\/v2\/tags\/.+\/resources$/.test(path)) return [right, 'droplet:update'];
  if (right === 'sizes:read') return [right, 'regions:read'];
  const given: Readonly<Record<string, unknown>> = { ...query, ...(body as object | undefined) };
  const others = Object.entries(NAMED[right] ?? {}).filter(([key]) => isGiven(given[key]));
  return [right, ...others.map(([, needed]) => needed)];
}

const isGiven = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== '';

/** `droplet:create`, `droplet:create, image:read or tag:create`. */
export function rightWords(rights: readonly string[]): string {
  const last = rights.at(-1) ?? '';
  return rights.length < 2 ? last : `${rights.slice(0, -1).join(', ')} or ${last}`;
}
