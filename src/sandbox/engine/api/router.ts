// The Engine API's paths, with and without `/v1.NN`, and what answers each.
import { EngineError } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import type { NodeSpec } from '../model/node.ts';
import { digestOf, exists, isThere, mayPull } from '../model/registry.ts';
import type { ServiceSpec } from '../model/service.ts';
import { NOT_PLAYED } from '../not-played.ts';
import { ENGINE } from '../version.ts';
import { archiveRead, archiveWrite } from './archive.ts';
import {
  containerCreate,
  containerRemove,
  containerStart,
  containerStats,
  containerStop,
  containerWait,
  plainInspect,
} from './containers.ts';
import { parseFilters } from './filters.ts';
import { imageInspect, imageLoad, imagePull, imageRemove, imageTag } from './images.ts';
import { containerList, imageList } from './local.ts';
import { containerInspect, containerLogs } from './logs.ts';
import { nodeInspect, nodeList, nodeRemove, nodeUpdate } from './nodes.ts';
import {
  serviceCreate,
  serviceInspect,
  serviceList,
  serviceRemove,
  serviceRollback,
  serviceUpdate,
} from './services.ts';
import { dataCreate, dataList, dataRemove, networkCreate, networkList, networkRemove } from './stores.ts';
import {
  type InitBody,
  type JoinBody,
  type SwarmUpdate,
  swarmInit,
  swarmInspect,
  swarmJoin,
  swarmLeave,
  swarmUnlock,
  swarmUnlockKey,
  swarmUpdate,
} from './swarm.ts';
import { info, version } from './system.ts';
import { taskList } from './tasks.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
  /** X-Registry-Auth, as it was sent; a reader of it finds out what is in it. */
  registryAuth?: string | undefined;
}

export interface ApiAnswer {
  status: number;
  /** Undefined for an empty answer, a string for plain text, a LogBody for a log, a LateBody for what comes later, an ArchiveBody for a tar, anything else for JSON. */
  body?: unknown;
}

type Handler = (engine: Engine, request: ApiRequest, name: string) => unknown;

const isTrue = (query: URLSearchParams, key: string) =>
  ['1', 'true', 'True', 'TRUE', 't'].includes(query.get(key) ?? '');
const filtersOf = ({ query }: ApiRequest) => parseFilters(query.get('filters'));
const bodyOf = <T>({ body }: ApiRequest): T => {
  if (typeof body === 'object' && body !== null) return body as T;
  throw new EngineError(400, 'invalid JSON: got EOF while reading request body');
};
const versionOf = ({ query }: ApiRequest): number => {
  const text = query.get('version') ?? '';
  if (!/^\d+$/.test(text)) {
    throw new EngineError(400, `invalid version '${text}': strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return Number(text);
};

/** What the registry says of an image. */
function distribution(image: string, registryAuth: string | undefined): object {
  const [host] = image.split('/');
  if (!exists(image)) throw new EngineError(500, `Get "https://${host}/v2/": dial tcp: lookup ${host}: no such host`);
  if (!mayPull(image, registryAuth)) throw new EngineError(401, 'unauthorized: authentication required');
  if (!isThere(image)) throw new EngineError(404, 'manifest unknown: manifest unknown');
  return { Descriptor: { digest: digestOf(image) } };
}

const routes: [method: string, path: RegExp, status: number, handler: Handler][] = [
  ['GET', /^\/version$/, 200, () => version()],
  ['GET', /^\/info$/, 200, (engine) => info(engine)],
  ['POST', /^\/swarm\/init$/, 200, (engine, request) => swarmInit(engine, bodyOf<InitBody>(request))],
  ['POST', /^\/swarm\/join$/, 200, (engine, request) => swarmJoin(engine, bodyOf<JoinBody>(request))],
  ['POST', /^\/swarm\/leave$/, 200, (engine, { query }) => swarmLeave(engine, { force: isTrue(query, 'force') })],
  ['GET', /^\/swarm$/, 200, (engine) => swarmInspect(engine)],
  ['POST', /^\/swarm\/update$/, 200, (engine, request) => swarmUpdate(engine, swarmUpdateOf(request))],
  ['GET', /^\/swarm\/unlockkey$/, 200, (engine) => swarmUnlockKey(engine)],
  ['POST', /^\/swarm\/unlock$/, 200, (engine, request) => swarmUnlock(engine, bodyOf(request))],
  ['GET', /^\/nodes$/, 200, (engine, request) => nodeList(engine, filtersOf(request))],
  ['GET', /^\/nodes\/([^/]+)$/, 200, (engine, _, name) => nodeInspect(engine, name)],
  [
    'DELETE',
    /^\/nodes\/([^/]+)$/,
    200,
    (engine, { query }, name) => nodeRemove(engine, name, { force: isTrue(query, 'force') }),
  ],
  [
    'POST',
    /^\/nodes\/([^/]+)\/update$/,
    200,
    (engine, request, name) => nodeUpdate(engine, name, versionOf(request), bodyOf<NodeSpec>(request)),
  ],
  [
    'GET',
    /^\/services$/,
    200,
    (engine, request) => serviceList(engine, filtersOf(request), { status: isTrue(request.query, 'status') }),
  ],
  [
    'POST',
    /^\/services\/create$/,
    201,
    (engine, request) => serviceCreate(engine, bodyOf<ServiceSpec>(request), request.registryAuth),
  ],
  ['GET', /^\/services\/([^/]+)$/, 200, (engine, _, name) => serviceInspect(engine, name)],
  ['DELETE', /^\/services\/([^/]+)$/, 200, (engine, _, name) => serviceRemove(engine, name)],
  [
    'POST',
    /^\/services\/([^/]+)\/update$/,
    200,
    (engine, request, name) =>
      request.query.get('rollback') === 'previous'
        ? serviceRollback(engine, name, versionOf(request))
        : serviceUpdate(engine, name, versionOf(request), bodyOf<ServiceSpec>(request), request.registryAuth),
  ],
  ['GET', /^\/networks$/, 200, (engine) => networkList(engine)],
  ['POST', /^\/networks\/create$/, 201, (engine, request) => networkCreate(engine, bodyOf(request))],
  ['DELETE', /^\/networks\/([^/]+)$/, 204, (engine, _, id) => networkRemove(engine, id)],
  ...(['config', 'secret'] as const).flatMap((kind): typeof routes => [
    ['GET', new RegExp(`^/${kind}s$`), 200, (engine) => dataList(engine, kind)],
    ['POST', new RegExp(`^/${kind}s/create$`), 201, (engine, request) => dataCreate(engine, kind, bodyOf(request))],
    ['DELETE', new RegExp(`^/${kind}s/([^/]+)$`), 204, (engine, _, id) => dataRemove(engine, kind, id)],
  ]),
  ['GET', /^\/distribution\/(.+)\/json$/, 200, (_engine, { registryAuth }, image) => distribution(image, registryAuth)],
  ['GET', /^\/tasks$/, 200, (engine, request) => taskList(engine, filtersOf(request))],
  [
    'GET',
    /^\/containers\/json$/,
    200,
    (engine, request) => containerList(engine, filtersOf(request), { all: isTrue(request.query, 'all') }),
  ],
  [
    'POST',
    /^\/containers\/create$/,
    201,
    (engine, request) => containerCreate(engine, bodyOf(request), request.query.get('name')),
  ],
  ['POST', /^\/containers\/([^/]+)\/start$/, 204, (engine, _, id) => containerStart(engine, id)],
  ['POST', /^\/containers\/([^/]+)\/wait$/, 200, (engine, { query }, id) => containerWait(engine, id, query)],
  ['POST', /^\/containers\/([^/]+)\/stop$/, 204, (engine, _, id) => containerStop(engine, id)],
  [
    'DELETE',
    /^\/containers\/([^/]+)$/,
    204,
    (engine, { query }, id) => containerRemove(engine, id, { force: isTrue(query, 'force') }),
  ],
  [
    'GET',
    /^\/containers\/([^/]+)\/json$/,
    200,
    (engine, _, id) => plainInspect(engine, id) ?? containerInspect(engine, id),
  ],
  ['GET', /^\/containers\/([^/]+)\/stats$/, 200, (engine, { query }, id) => containerStats(engine, id, query)],
  ['GET', /^\/containers\/([^/]+)\/logs$/, 200, (engine, { query }, id) => containerLogs(engine, id, query)],
  ...['HEAD', 'GET'].map((method): (typeof routes)[number] => [
    method,
    /^\/containers\/([^/]+)\/archive$/,
    200,
    (engine, { query }, id) => archiveRead(engine, id, query),
  ]),
  [
    'PUT',
    /^\/containers\/([^/]+)\/archive$/,
    200,
    (engine, { query, body }, id) => archiveWrite(engine, id, query, body),
  ],
  ['GET', /^\/images\/json$/, 200, (engine) => imageList(engine)],
  ['POST', /^\/images\/create$/, 200, (engine, { query }) => imagePull(engine, query)],
  ['POST', /^\/images\/load$/, 200, (engine, { body }) => imageLoad(engine, body as Buffer)],
  ['GET', /^\/images\/(.+)\/json$/, 200, (engine, _, name) => imageInspect(engine, name)],
  ['POST', /^\/images\/(.+)\/tag$/, 201, (engine, { query }, name) => imageTag(engine, name, query)],
  ['DELETE', /^\/images\/(.+)$/, 200, (engine, _, name) => imageRemove(engine, name)],
];

function swarmUpdateOf({ query, body }: ApiRequest): SwarmUpdate {
  return {
    version: Number(query.get('version')),
    rotateWorkerToken: isTrue(query, 'rotateWorkerToken'),
    rotateManagerToken: isTrue(query, 'rotateManagerToken'),
    rotateManagerUnlockKey: isTrue(query, 'rotateManagerUnlockKey'),
    spec: (body ?? {}) as SwarmUpdate['spec'],
  };
}

/** Answers one request. */
export async function answer(engine: Engine, request: ApiRequest): Promise<ApiAnswer> {
  try {
    const path = withoutVersion(request.path);
    if (path === '/_ping' && (request.method === 'GET' || request.method === 'HEAD'))
      return { status: 200, body: 'OK' };
    for (const [method, pattern, status, handler] of routes) {
      const match = method === request.method ? pattern.exec(path) : null;
      if (match !== null) return { status, body: await handler(engine, request, decodeURIComponent(match[1] ?? '')) };
    }
    return { status: 501, body: { message: `${request.method} ${path}: ${NOT_PLAYED}` } };
  } catch (error) {
    if (error instanceof EngineError) return { status: error.status, body: { message: error.message } };
    // A body that no client of Docker's sends must not end the sandbox.
    return { status: 500, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

function withoutVersion(path: string): string {
  const match = /^\/v(\d+)\.(\d+)(\/.*)$/.exec(path);
  if (match === null) return path;
  const minor = Number(match[2]);
  const asked = `${match[1]}.${match[2]}`;
  if (minor < 24) {
    const hint = `Minimum supported API version is ${ENGINE.minApiVersion}, please upgrade your client to a newer version`;
    throw new EngineError(400, `client version ${asked} is too old. ${hint}`);
  }
  if (minor > Number(ENGINE.apiVersion.split('.')[1])) {
    throw new EngineError(
      400,
      `client version ${asked} is too new. Maximum supported API version is ${ENGINE.apiVersion}`,
    );
  }
  return match[3]!;
}
