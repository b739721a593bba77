// The metadata service, as a droplet finds it at 169.254.169.254 (docs.digitalocean.com/reference/api/metadata).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Machine } from '../types.ts';

/** What the droplet may know of itself. */
export function metadataOf(machine: Machine): Record<string, unknown> {
  const { id, name, region, authorizedKeys, userData, publicAddress, privateAddress, tags } = machine;
  const card = (type: string, ip_address: string) => ({ ipv4: { ip_address }, type });
  return {
    droplet_id: id,
    hostname: name,
    ...(userData !== undefined && { user_data: userData }),
    public_keys: authorizedKeys,
    region,
    interfaces: {
      ...(publicAddress !== '' && { public: [card('public', publicAddress)] }),
      private: [card('private', privateAddress)],
    },
    tags: tags(),
  };
}

/** The same by paths: `/metadata/v1/id`. */
function treeOf(machine: Machine): object {
  const address = (ip: string) => ({ 0: { ipv4: { address: ip } } });
  return {
    id: machine.id,
    hostname: machine.name,
    'user-data': machine.userData,
    'public-keys': machine.authorizedKeys,
    region: machine.region,
    interfaces: {
      ...(machine.publicAddress !== '' && { public: address(machine.publicAddress) }),
      private: address(machine.privateAddress),
    },
    tags: machine.tags(),
  };
}

/** Answers a droplet, which is known by its address. */
export function answerMetadata(machine: Machine | undefined, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').replace(/\?.*/, '');
  if (machine !== undefined && path === '/metadata/v1.json') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(metadataOf(machine)));
    return;
  }
  const text = machine === undefined ? undefined : textAt(treeOf(machine), path);
  response.writeHead(text === undefined ? 404 : 200, { 'content-type': 'text/plain' }).end(text ?? 'not found');
}

/** A leaf as text, a list one a line, a folder as the names in it. */
function textAt(tree: object, path: string): string | undefined {
  const names = /^\/metadata\/v1((?:\/[^/]*)*)$/.exec(path)?.[1]?.split('/').filter(Boolean);
  let at: unknown = names === undefined ? undefined : tree;
  for (const name of names ?? []) at = isFolder(at) && Object.hasOwn(at, name) ? at[name] : undefined;
  if (at === undefined) return undefined;
  if (Array.isArray(at)) return at.join('\n');
  if (!isFolder(at)) return String(at);
  const entries = Object.entries(at).filter(([, value]) => value !== undefined);
  return entries.map(([name, value]) => (isFolder(value) ? `${name}/` : name)).join('\n');
}

const isFolder = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
