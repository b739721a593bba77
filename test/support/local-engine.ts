// A Docker engine of this machine that has a few images, for tests: what belt asks of it, and nothing else.
import { createServer, type Server } from 'node:http';
import { type Files, tar } from './images.ts';

export interface RegistrySays {
  status: number;
  message?: string;
  /** Whose credentials count: whoever else asks is told the status and the words. */
  user?: string;
}

export interface LocalEngine {
  /** Archives by the names of their images. */
  images: Map<string, Files>;
  /** What registries say, by image: a status and words; 200 with `user` for that one alone. What is not here no registry has. */
  registries: Map<string, RegistrySays>;
  /** The paths that were asked for. */
  asked: string[];
  close(): void;
}

/** Listens at a unix socket. */
export async function localEngine(socket: string): Promise<LocalEngine> {
  const images = new Map<string, Files>();
  const registries = new Map<string, RegistrySays>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://docker');
    asked.push(`${url.pathname}${url.search}`);
    const asks = /^\/distribution\/(.+)\/json$/.exec(url.pathname)?.[1];
    if (asks !== undefined) {
      const says = registries.get(asks) ?? { status: 404, message: 'manifest unknown: manifest unknown' };
      const { status, message = '' } = isFor(says, request.headers['x-registry-auth']) ? { status: 200 } : says;
      response.writeHead(status).end(JSON.stringify(status === 200 ? { Descriptor: {} } : { message }));
      return;
    }
    if (url.pathname === '/images/json') {
      const all = [...images.keys()].map((name, n) => ({ Created: n, RepoTags: name.includes(':') ? [name] : null }));
      response.end(JSON.stringify(all));
      return;
    }
    const name = /^\/images\/(.+)\/json$/.exec(url.pathname)?.[1];
    const names = name === undefined ? url.searchParams.getAll('names') : [name];
    const missing = names.find((one) => !images.has(one));
    if (missing !== undefined || names.length === 0) {
      response.writeHead(404).end(JSON.stringify({ message: `No such image: ${missing}` }));
    } else response.end(name === undefined ? tar(merged(names.map((one) => images.get(one)!))) : '{}');
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  return { images, registries, asked, close: () => void server.close() };
}

/** As Docker reads X-Registry-Auth: with its padding. */
function isFor({ user }: RegistrySays, header: string | string[] | undefined): boolean {
  if (user === undefined || typeof header !== 'string' || header.length % 4 !== 0) return false;
  return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { username?: string }).username === user;
}

/** Several archives in one, as `docker save` has them. */
function merged(all: readonly Files[]): Files {
  const manifest = all.flatMap((files) => JSON.parse(String(files['manifest.json'])) as unknown[]);
  return { ...Object.assign({}, ...all), 'manifest.json': JSON.stringify(manifest) };
}
