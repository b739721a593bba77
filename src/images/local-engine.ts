// The Docker engine of this machine, as its client finds it, and the images that it gives out.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { EngineError, messageIn } from '../engine/error.ts';
import { registryAuth } from '../engine/registry-auth.ts';
import { BeltError, messageOf, UsageError } from '../errors.ts';
import { readUserFile } from '../user-file.ts';
import { parseName } from './reference.ts';

type Here = Pick<Context, 'env' | 'home' | 'signal'>;

const SOCKET = '/var/run/docker.sock';
const MOST_WORDS = 64 * 1024;
const MOST_LISTED = 16 * 1024 * 1024;
const listed = z.array(z.object({ Created: z.number(), RepoTags: z.array(z.string()).nullish() }));
const HERE = 'the Docker engine on this machine';
const INSTEAD = 'or give an archive: docker save IMAGE | belt push -f -';

/** Where it listens: DOCKER_HOST, else the client's context, else its usual socket. */
export function localEngine({ env, home }: Omit<Here, 'signal'>): string {
  const host = env['DOCKER_HOST'];
  if (host) return host;
  const folder = env['DOCKER_CONFIG'] || join(home, '.docker');
  const context = env['DOCKER_CONTEXT'] || textIn(json(join(folder, 'config.json')), 'currentContext');
  if (context && context !== 'default') {
    const id = createHash('sha256').update(context).digest('hex');
    const meta = json(join(folder, 'contexts/meta', id, 'meta.json')) as
      | { Endpoints?: { docker?: { Host?: unknown } } }
      | undefined;
    const named = meta?.Endpoints?.docker?.Host;
    if (typeof named !== 'string') throw new UsageError(`docker's context "${context}" has no address`);
    return named;
  }
  const desktop = join(home, '.docker/run/docker.sock');
  return `unix://${existsSync(SOCKET) || !existsSync(desktop) ? SOCKET : desktop}`;
}

/**
 * Images as one archive, layers that they share once.
 * @throws BeltError saying which it does not have, or why it does not answer
 */
export async function savedBy(here: Here, names: readonly string[]): Promise<IncomingMessage> {
  const address = localEngine(here);
  const query = names.map((name) => `names=${encodeURIComponent(name)}`).join('&');
  let response: IncomingMessage;
  try {
    response = await get({ ...connection(address, here), path: `/images/get?${query}`, signal: here.signal });
  } catch (error) {
    here.signal.throwIfAborted();
    if (error instanceof BeltError) throw error;
    throw new BeltError(`no Docker engine answers on this machine (${address}): ${messageOf(error)}`, {
      hint: `start it, set DOCKER_HOST, ${INSTEAD}`,
    });
  }
  if (response.statusCode === 200) return response;
  const { message } = await words(response);
  throw new BeltError(`${HERE}: ${message}`, {
    hint: response.statusCode === 404 ? 'see what it has: docker images' : undefined,
  });
}

/** Whether it has an image of the name. Without an engine nothing is here. */
export async function isHere(here: Here, { shown }: { shown: string }): Promise<boolean> {
  try {
    const response = await ask(here, `/images/${shown}/json`);
    response.resume();
    return response.statusCode === 200;
  } catch {
    here.signal.throwIfAborted();
    return false;
  }
}

/** The names of its images that have this path, such as `app` in `app:1.2` and `ghcr.io/app:3`; the newest first. Without an engine there are none. */
export async function namesHere(here: Here, path: string): Promise<string[]> {
  try {
    const response = await ask(here, '/images/json');
    let text = '';
    for await (const piece of response.setEncoding('utf8')) if (text.length < MOST_LISTED) text += piece;
    const images = listed.parse(JSON.parse(text)).toSorted((a, b) => b.Created - a.Created);
    return images.flatMap(({ RepoTags: names }) => (names ?? []).filter((name) => parseName(name)?.path === path));
  } catch {
    here.signal.throwIfAborted();
    return [];
  }
}

/** Has it ask the registry for an image. @throws EngineError where that says anything but that it is there */
export async function askRegistry(here: Here, { shown }: { shown: string }, auth?: object): Promise<void> {
  const response = await ask(here, `/distribution/${shown}/json`, auth);
  if (response.statusCode === 200) response.resume();
  else throw new EngineError(HERE, response.statusCode ?? 0, (await words(response)).message);
}

async function ask(here: Here, path: string, auth?: object): Promise<IncomingMessage> {
  const headers = auth && { 'X-Registry-Auth': registryAuth(auth) };
  return await get({ ...connection(localEngine(here), here), path, signal: here.signal, ...(headers && { headers }) });
}

function connection(address: string, { env }: Pick<Here, 'env'>): RequestOptions {
  const [, scheme, rest = ''] = /^(\w+):\/\/(.*)$/.exec(address) ?? [];
  if (scheme === 'unix' && rest !== '') return { socketPath: rest };
  const isPlain = !env['DOCKER_TLS_VERIFY'] && !env['DOCKER_TLS'];
  if ((scheme === 'tcp' || scheme === 'http') && isPlain && URL.canParse(`http://${rest}`)) {
    const { hostname, port } = new URL(`http://${rest}`);
    return { host: hostname, port: port || 2375 };
  }
  throw new UsageError(`belt push cannot read from the engine at ${address}`, {
    hint: 'unix:// and tcp:// without TLS are possible; else: docker save IMAGE | belt push -f -',
  });
}

const get = (options: RequestOptions): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const request = http.get({ ...options, headers: { ...options.headers, Host: 'docker' } }, resolve);
    request.on('error', reject);
  });

async function words(response: IncomingMessage): Promise<{ message: string }> {
  let text = '';
  for await (const piece of response.setEncoding('utf8')) if (text.length < MOST_WORDS) text += piece;
  return { message: messageIn(text) ?? `it answered ${response.statusCode}` };
}

function json(path: string): unknown {
  try {
    return JSON.parse(readUserFile(path).text);
  } catch {
    return undefined;
  }
}

function textIn(value: unknown, key: string): string | undefined {
  const found = (value as Record<string, unknown> | null | undefined)?.[key];
  return typeof found === 'string' ? found : undefined;
}
