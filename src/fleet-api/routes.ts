// Every request of the Engine API, and how it is handled where there are several engines. First match wins.

export type Handling =
  | 'ping'
  | 'version'
  | 'info'
  | 'events'
  | 'usage'
  | 'containers'
  | 'create'
  | 'prune'
  | 'inspect'
  | 'rename'
  | 'container'
  | 'exec'
  | 'commit'
  | 'images'
  | 'pull'
  | 'load'
  | 'every image'
  | 'image'
  | 'build'
  | 'networks'
  | 'create network'
  | 'network'
  | 'connect'
  | 'volumes'
  | 'create volume'
  | 'volume'
  | 'plugins'
  | 'swarm'
  | 'unlock key'
  | 'manager'
  | 'first'
  | 'refuse';

export interface Route {
  handling: Handling;
  /** What the path names: a container, an image, a network, with its slashes. */
  name: string;
  /** The path after the name, with its slash. */
  rest: string;
}

type Row = readonly [methods: string, path: RegExp, handling: Handling];

const CONTAINER_VERBS = [
  ...['top', 'logs', 'changes', 'export', 'stats', 'resize', 'start', 'stop', 'restart', 'kill', 'update', 'pause'],
  ...['unpause', 'attach/ws', 'attach', 'wait', 'archive', 'exec', 'copy', 'checkpoints(?:/[^/]+)?'],
].join('|');

const TABLE: readonly Row[] = [
  ['GET HEAD', /^\/_ping$/, 'ping'],
  ['GET', /^\/version$/, 'version'],
  ['GET', /^\/info$/, 'info'],
  ['GET', /^\/events$/, 'events'],
  ['GET', /^\/system\/df$/, 'usage'],
  ['POST', /^\/auth$/, 'first'],

  ['GET', /^\/containers\/json$/, 'containers'],
  ['POST', /^\/containers\/create$/, 'create'],
  ['POST', /^\/(containers|images|volumes|networks|build)\/prune$/, 'prune'],
  ['GET', /^\/containers\/(?<name>.+)(?<rest>\/json)$/, 'inspect'],
  ['POST', /^\/containers\/(?<name>.+)(?<rest>\/rename)$/, 'rename'],
  ['GET HEAD POST PUT DELETE', new RegExp(`^/containers/(?<name>.+?)(?<rest>/(?:${CONTAINER_VERBS}))$`), 'container'],
  ['DELETE', /^\/containers\/(?<name>.+)(?<rest>)$/, 'container'],
  ['GET POST', /^\/exec\/(?<name>[^/]+)(?<rest>\/(?:start|resize|json))$/, 'exec'],
  ['POST', /^\/commit$/, 'commit'],

  ['GET', /^\/images\/json$/, 'images'],
  ['GET', /^\/images\/search$/, 'first'],
  ['POST', /^\/images\/create$/, 'pull'],
  ['POST', /^\/images\/load$/, 'load'],
  ['GET', /^\/images\/get$/, 'image'],
  ['POST', /^\/images\/(?<name>.+)(?<rest>\/tag)$/, 'every image'],
  ['DELETE', /^\/images\/(?<name>.+)(?<rest>)$/, 'every image'],
  ['GET', /^\/images\/(?<name>.+)(?<rest>\/(?:json|history|get|attestations))$/, 'image'],
  ['POST', /^\/images\/(?<name>.+)(?<rest>\/push)$/, 'image'],
  ['GET', /^\/distribution\/.+\/json$/, 'first'],
  ['POST', /^\/(build|build\/cancel|session|grpc)$/, 'build'],

  ['GET', /^\/networks\/?$/, 'networks'],
  ['POST', /^\/networks\/create$/, 'create network'],
  ['POST', /^\/networks\/(?<name>.+)(?<rest>\/(?:connect|disconnect))$/, 'connect'],
  ['GET DELETE', /^\/networks\/(?<name>.+)(?<rest>)$/, 'network'],
  ['GET', /^\/volumes\/?$/, 'volumes'],
  ['POST', /^\/volumes\/create$/, 'create volume'],
  ['GET DELETE', /^\/volumes\/(?<name>.+)(?<rest>)$/, 'volume'],
  ['PUT', /^\/volumes\/.+$/, 'manager'],

  ['GET', /^\/plugins$/, 'plugins'],

  // Each of these is about one engine, and says not which.
  ['POST', /^\/swarm\/(init|join|leave|unlock)$/, 'refuse'],
  ['GET', /^\/swarm$/, 'swarm'],
  ['GET', /^\/swarm\/unlockkey$/, 'unlock key'],
  ['GET POST', /^\/swarm(\/.*)?$/, 'manager'],
  ['GET POST DELETE', /^\/(nodes|services|tasks|secrets|configs)(\/.*)?$/, 'manager'],
];

/** How a request is handled; what is not in the table is refused. The path has no version and no query. */
export function route(method: string, path: string): Route {
  for (const [methods, pattern, handling] of TABLE) {
    const match = methods.split(' ').includes(method) ? pattern.exec(path) : null;
    if (match) return { handling, name: decoded(match.groups?.['name'] ?? ''), rest: match.groups?.['rest'] ?? '' };
  }
  return { handling: 'refuse', name: '', rest: '' };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Whether a request leaves everything as it is. What it does not know, changes something. */
export function isRead(method: string, { rest, handling }: Pick<Route, 'rest' | 'handling'>): boolean {
  if (rest === '/wait') return true;
  // It is a key to all secrets.
  if (handling === 'unlock key') return false;
  // Its input is a container's.
  if (rest === '/attach/ws') return false;
  return (method === 'GET' || method === 'HEAD') && handling !== 'refuse';
}

/** What engines turn into another protocol. */
const UPGRADES: readonly (readonly [protocol: string, method: string, path: RegExp])[] = [
  ['tcp', 'POST', /^\/containers\/.+\/attach$/],
  ['tcp', 'POST', /^\/exec\/[^/]+\/start$/],
  ['h2c', 'POST', /^\/(session|grpc)$/],
  ['websocket', 'GET', /^\/containers\/.+\/attach\/ws$/],
];

/** Whether an engine takes the `Upgrade` that is offered; a request with any other is a plain one. The path has no version. */
export function isUpgrade(method: string, path: string, offered: string): boolean {
  const protocols = offered.toLowerCase().split(/\s*,\s*/);
  return UPGRADES.some(([protocol, its, where]) => its === method && protocols.includes(protocol) && where.test(path));
}
