// A Docker engine of this machine that has a few images, for tests: what belt asks of it, and nothing else.
import { createServer, type Server } from 'node:http';
import { type Files, tar } from './images.ts';

export interface LocalEngine {
  /** Archives by the names of their images. */
  images: Map<string, Files>;
  /** The paths that were asked for. */
  asked: string[];
  close(): void;
}

/** Listens at a unix socket. */
export async function localEngine(socket: string): Promise<LocalEngine> {
  const images = new Map<string, Files>();
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://docker');
    asked.push(`${url.pathname}${url.search}`);
    const name = /^\/images\/(.+)\/json$/.exec(url.pathname)?.[1];
    const names = name === undefined ? url.searchParams.getAll('names') : [name];
    const missing = names.find((one) => !images.has(one));
    if (missing !== undefined || names.length === 0) {
      response.writeHead(404).end(JSON.stringify({ message: `No such image: ${missing}` }));
    } else response.end(name === undefined ? tar(merged(names.map((one) => images.get(one)!))) : '{}');
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  return { images, asked, close: () => void server.close() };
}

/** Several archives in one, as `docker save` has them. */
function merged(all: readonly Files[]): Files {
  const manifest = all.flatMap((files) => JSON.parse(String(files['manifest.json'])) as unknown[]);
  return { ...Object.assign({}, ...all), 'manifest.json': JSON.stringify(manifest) };
}
