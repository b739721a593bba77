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

/**
 * The rights that one of belt's requests needs; none for other paths. The right to create droplets does not
 * include tagging them, and belt tags all of its own (https://docs.digitalocean.com/reference/api/scopes/droplet/create).
 */
export function rightsFor(method: string, path: string): string[] {
  const [, resource] = RESOURCES.find(([start]) => path === start || path.startsWith(`${start}/`)) ?? [];
  if (resource === undefined) return [];
  const right = `${resource}:${VERBS[method]}`;
  // Credentials count as a change of the registry, too.
  if (path.endsWith('/docker-credentials')) return [right, 'registry:update'];
  if (right === 'droplet:create') return [right, 'tag:create'];
  return right === 'sizes:read' ? [right, 'regions:read'] : [right];
}
