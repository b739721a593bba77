// An API that answers as a test says, where the sandbox would never.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnyWorld } from './world.ts';

/** Has the world's belt ask `listener`. Gives what ends it. */
export async function madeUpApi(
  w: AnyWorld<never>,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<() => void> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  w.env['DIGITALOCEAN_API_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  w.env['DIGITALOCEAN_ACCESS_TOKEN'] = 'made-up-token';
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

/** Answers with one droplet of the cluster, and an account, in which every free text is `text`. */
export function listing(text: string, { url = '' }: IncomingMessage): object {
  if (url.startsWith('/v2/account')) {
    const team = { uuid: 't', name: text };
    return { account: { droplet_limit: 10, uuid: 'u', email: text, status: 'active', team } };
  }
  const droplet = {
    id: 7,
    name: text,
    memory: 512,
    vcpus: 1,
    disk: 10,
    locked: false,
    status: 'active',
    created_at: '2026-01-01T00:00:00Z',
    features: [],
    backup_ids: [],
    snapshot_ids: [],
    image: { id: 1, slug: text, name: text, distribution: text },
    region: { slug: text, name: text },
    size: { slug: text, price_monthly: 4, price_hourly: 0.006 },
    size_slug: text,
    networks: { v4: [], v6: [] },
    tags: ['belt', 'belt-cluster-default', text],
  };
  return { droplets: [droplet], links: {}, meta: { total: 1 } };
}

export const reply = (response: ServerResponse, status: number, body: unknown): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
