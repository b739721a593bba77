// The Engine API's paths, with and without `/v1.NN`, and what answers each.
import { Router } from '../../router.ts';
import { EngineError } from '../errors.ts';
import { NOT_PLAYED } from '../failure.ts';
import type { Engine } from '../model/engine.ts';
import { leaveSwarm, unlockSwarm } from '../model/membership.ts';
import type { NodeSpec } from '../model/node.ts';
import { digestOf, exists, isThere, mayPull } from '../model/registry.ts';
import type { ServiceSpec } from '../model/service.ts';
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
import { Reply } from './reply.ts';
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
  /** Undefined for an empty answer, a Reply, anything else for JSON. */
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

const ping: Handler = () => new Reply('text/plain; charset=utf-8', ['OK'], { 'Content-Length': '2' });

/** What answers with 200, 201 and 204. */
const ANSWERED: Record<string, Handler> = {
  'GET /_ping': ping,
  'HEAD /_ping': ping,
  'GET /version': () => version(),
  'GET /info': (engine) => info(engine),
  'POST /swarm/init': (engine, request) => swarmInit(engine, bodyOf<InitBody>(request)),
  'POST /swarm/join': (engine, request) => swarmJoin(engine, bodyOf<JoinBody>(request)),
  'POST /swarm/leave': (engine, { query }) => leaveSwarm(engine, { force: isTrue(query, 'force') }),
  'GET /swarm': (engine) => swarmInspect(engine),
  'POST /swarm/update': (engine, request) => swarmUpdate(engine, swarmUpdateOf(request)),
  'GET /swarm/unlockkey': (engine) => swarmUnlockKey(engine),
  'POST /swarm/unlock': (engine, request) =>
    unlockSwarm(engine, bodyOf<{ UnlockKey?: string }>(request).UnlockKey ?? ''),
  'GET /nodes': (engine, request) => nodeList(engine, filtersOf(request)),
  'GET /nodes/{name}': (engine, _, name) => nodeInspect(engine, name),
  'DELETE /nodes/{name}': (engine, { query }, name) => nodeRemove(engine, name, { force: isTrue(query, 'force') }),
  'POST /nodes/{name}/update': (engine, request, name) =>
    nodeUpdate(engine, name, versionOf(request), bodyOf<NodeSpec>(request)),
  'GET /services': (engine, request) =>
    serviceList(engine, filtersOf(request), { status: isTrue(request.query, 'status') }),
  'GET /services/{name}': (engine, _, name) => serviceInspect(engine, name),
  'DELETE /services/{name}': (engine, _, name) => serviceRemove(engine, name),
  'POST /services/{name}/update': (engine, request, name) =>
    request.query.get('rollback') === 'previous'
      ? serviceRollback(engine, name, versionOf(request))
      : serviceUpdate(engine, name, versionOf(request), bodyOf<ServiceSpec>(request), request.registryAuth),
  'GET /networks': (engine) => networkList(engine),
  'GET /configs': (engine) => dataList(engine, 'config'),
  'GET /secrets': (engine) => dataList(engine, 'secret'),
  'GET /distribution/{image+}/json': (_engine, { registryAuth }, image) => distribution(image, registryAuth),
  'GET /tasks': (engine, request) => taskList(engine, filtersOf(request)),
  'GET /containers/json': (engine, request) =>
    containerList(engine, filtersOf(request), { all: isTrue(request.query, 'all') }),
  'POST /containers/{id}/wait': (engine, { query }, id) => containerWait(engine, id, query),
  'GET /containers/{id}/json': (engine, _, id) => plainInspect(engine, id) ?? containerInspect(engine, id),
  'GET /containers/{id}/stats': (engine, { query }, id) => containerStats(engine, id, query),
  'GET /containers/{id}/logs': (engine, { query }, id) => containerLogs(engine, id, query),
  'HEAD /containers/{id}/archive': (engine, { query }, id) => archiveRead(engine, id, query),
  'GET /containers/{id}/archive': (engine, { query }, id) => archiveRead(engine, id, query),
  'PUT /containers/{id}/archive': (engine, { query, body }, id) => archiveWrite(engine, id, query, body),
  'GET /images/json': (engine) => imageList(engine),
  'POST /images/create': (engine, { query }) => imagePull(engine, query),
  'POST /images/load': (engine, { body }) => imageLoad(engine, body as Buffer),
  'GET /images/{name+}/json': (engine, _, name) => imageInspect(engine, name),
  'DELETE /images/{name+}': (engine, _, name) => imageRemove(engine, name),
};
const CREATED: Record<string, Handler> = {
  'POST /services/create': (engine, request) =>
    serviceCreate(engine, bodyOf<ServiceSpec>(request), request.registryAuth),
  'POST /networks/create': (engine, request) => networkCreate(engine, bodyOf(request)),
  'POST /configs/create': (engine, request) => dataCreate(engine, 'config', bodyOf(request)),
  'POST /secrets/create': (engine, request) => dataCreate(engine, 'secret', bodyOf(request)),
  'POST /containers/create': (engine, request) => containerCreate(engine, bodyOf(request), request.query.get('name')),
  'POST /images/{name+}/tag': (engine, { query }, name) => imageTag(engine, name, query),
};
const DONE: Record<string, Handler> = {
  'DELETE /networks/{id}': (engine, _, id) => networkRemove(engine, id),
  'DELETE /configs/{id}': (engine, _, id) => dataRemove(engine, 'config', id),
  'DELETE /secrets/{id}': (engine, _, id) => dataRemove(engine, 'secret', id),
  'POST /containers/{id}/start': (engine, _, id) => containerStart(engine, id),
  'POST /containers/{id}/stop': (engine, _, id) => containerStop(engine, id),
  'DELETE /containers/{id}': (engine, { query }, id) => containerRemove(engine, id, { force: isTrue(query, 'force') }),
};

const router = new Router<Handler>({ ...ANSWERED, ...CREATED, ...DONE });

function statusOf(endpoint: string): number {
  if (Object.hasOwn(CREATED, endpoint)) return 201;
  return Object.hasOwn(DONE, endpoint) ? 204 : 200;
}

const swarmUpdateOf = ({ query, body }: ApiRequest): SwarmUpdate => ({
  version: Number(query.get('version')),
  rotateWorkerToken: isTrue(query, 'rotateWorkerToken'),
  rotateManagerToken: isTrue(query, 'rotateManagerToken'),
  rotateManagerUnlockKey: isTrue(query, 'rotateManagerUnlockKey'),
  spec: (body ?? {}) as SwarmUpdate['spec'],
});

export async function answer(engine: Engine, request: ApiRequest): Promise<ApiAnswer> {
  try {
    const path = withoutVersion(request.path);
    const match = router.find(request.method, path);
    if (match) {
      const [name = ''] = Object.values(match.params);
      const status = statusOf(`${request.method} ${match.template}`);
      return { status, body: await match.handle(engine, request, name) };
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
