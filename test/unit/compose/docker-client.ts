// The docker client of this machine as an oracle: what `docker stack deploy` sends to an engine that only writes it down.
import { spawn, spawnSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whether there is a docker client that knows `stack config`. */
export const hasClient = spawnSync('docker', ['stack', 'config', '--help']).status === 0;

interface Body {
  Name?: string;
  Data?: string;
  [key: string]: unknown;
}

export interface Sent {
  services: Body[];
  networks: Body[];
  configs: Body[];
  secrets: Body[];
  /** What the client said, where it failed. */
  failed: string | undefined;
}

/** Deploys `file`, in the folder `cwd`, as stack `name`. */
export async function sentByDocker(cwd: string, file: string, name: string): Promise<Sent> {
  const sent: Sent = { services: [], networks: [], configs: [], secrets: [], failed: undefined };
  const server = createServer((request, response) => void answer(sent, request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  try {
    const words = ['stack', 'deploy', '-c', file, '--resolve-image', 'never', '--detach', name];
    const env = { PATH: process.env['PATH'], HOME: cwd, DOCKER_HOST: `tcp://127.0.0.1:${port}` };
    const child = spawn('docker', words, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const code = await new Promise((done) => child.on('close', done));
    if (code !== 0)
      sent.failed = said
        .split('\n')
        .filter((line) => !line.includes('level=warning'))
        .join('\n');
    return sent;
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const COLLECTIONS = ['services', 'networks', 'configs', 'secrets'] as const;

async function answer(sent: Sent, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const path = new URL(request.url!, 'http://engine').pathname.replace(/^\/v[\d.]+/, '');
  const say = (code: number, value: unknown) => {
    response.writeHead(code, { 'Content-Type': 'application/json', 'Api-Version': '1.50', Ostype: 'linux' });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(value));
  };
  if (path === '/_ping') return say(200, 'OK');
  if (path === '/info') return say(200, { Swarm: { ControlAvailable: true, LocalNodeState: 'active' } });
  const [, collection, one] = path.split('/') as [string, (typeof COLLECTIONS)[number], string | undefined];
  if (!COLLECTIONS.includes(collection)) return say(404, { message: `not played: ${path}` });
  if (request.method === 'POST') {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    sent[collection].push(body);
    return say(201, { ID: body.Name, Id: body.Name });
  }
  if (collection === 'networks' && one) return say(200, { Id: one, Name: one, Scope: 'swarm' });
  if (one) return say(404, { message: `${collection} ${one} not found` });
  return say(200, collection === 'configs' || collection === 'secrets' ? listed(request, sent[collection]) : []);
}

/** Those that were made, and those of other stacks that are asked for by name. */
function listed(request: IncomingMessage, made: readonly Body[]): object[] {
  const filters = JSON.parse(new URL(request.url!, 'http://engine').searchParams.get('filters') ?? '{}');
  const names = Object.keys(filters['name'] ?? {});
  return (names.length > 0 ? names : made.map(({ Name }) => Name)).map((Name) => ({ ID: Name, Spec: { Name } }));
}

/** Without what is empty, and without what only an engine knows. */
export function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence).filter((item) => item !== undefined);
  if (typeof value !== 'object' || value === null) return isEmpty(value) ? undefined : value;
  const kept = Object.entries(value)
    .filter(([key]) => !['ConfigID', 'SecretID', 'CheckDuplicate', 'Scope'].includes(key))
    .map(([key, one]) => [key, essence(one)] as const)
    .filter(([, one]) => !isEmpty(one))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);
