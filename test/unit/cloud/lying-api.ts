// An API that has droplets, and says of them what a test wants.
import type { ServerResponse } from 'node:http';
import { type Handler, type Served, serve } from './with-server.ts';

/** A droplet as DigitalOcean answers it, as far as belt reads it. */
export interface RawDroplet extends Record<string, unknown> {
  id: number;
  name: string;
}

export const rawDroplet = (id: number, name: string, tags: readonly string[] = []): RawDroplet => ({
  id,
  name,
  status: 'new',
  memory: 1024,
  vcpus: 1,
  disk: 25,
  size_slug: 's-1vcpu-1gb',
  size: { slug: 's-1vcpu-1gb', price_monthly: 6 },
  region: { slug: 'sgp1' },
  image: { id: 18153887, slug: 'docker-20-04' },
  networks: { v4: [{ ip_address: '192.0.2.1', type: 'public' }] },
  tags,
  vpc_uuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
  created_at: '2026-01-01T00:00:00Z',
});

/** Says something in answer to a create request that made these droplets. */
export type Lie = (response: ServerResponse, made: RawDroplet[]) => void;

export const says =
  (status: number, text: string, headers: Record<string, string> = {}): Lie =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  };

/** The true answer, but for what `change` makes of each droplet. */
export const saysOf =
  (change: (droplet: RawDroplet, index: number) => unknown): Lie =>
  (response, made) =>
    says(202, JSON.stringify({ droplets: made.map(change) }))(response, made);

export interface LyingApi extends Served {
  droplets: RawDroplet[];
  /** The names of each create request. */
  posts: string[][];
}

/** Create requests make what they name (`makes`, else all), and the n-th is answered by the n-th lie; then the truth is told. */
export async function lyingApi(
  lies: readonly Lie[],
  {
    makes = () => true,
    timeoutMs = 2_000,
  }: { makes?: (name: string, post: number) => boolean; timeoutMs?: number } = {},
): Promise<LyingApi> {
  const droplets: RawDroplet[] = [];
  const posts: string[][] = [];
  const answer: Handler = (request, response, body) => {
    const url = new URL(request.url!, 'http://api');
    const id = /^\/v2\/droplets\/(\d+)$/.exec(url.pathname)?.[1];
    if (id !== undefined) {
      const found = droplets.find((droplet) => droplet.id === Number(id));
      const body = found
        ? { droplet: found }
        : { id: 'not_found', message: 'The resource you requested could not be found.' };
      return says(found ? 200 : 404, JSON.stringify(body))(response, []);
    }
    if (request.method !== 'POST') {
      const tag = url.searchParams.get('tag_name');
      const found = droplets.filter(({ tags }) => (tags as string[]).includes(tag!));
      return says(200, JSON.stringify({ droplets: found, meta: { total: found.length } }))(response, []);
    }
    const asked = JSON.parse(body) as { names: string[]; tags: string[] };
    posts.push(asked.names);
    const made = asked.names
      .filter((name) => makes(name, posts.length - 1))
      .map((name, index) => rawDroplet(droplets.length + index + 1, name, asked.tags));
    droplets.push(...made);
    const lie = lies[posts.length - 1] ?? saysOf((droplet) => droplet);
    lie(response, made);
  };
  return { ...(await serve([answer], { timeoutMs })), droplets, posts };
}
