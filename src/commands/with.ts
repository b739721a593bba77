import { command, oneOfOr } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { Line } from '../endpoint/line.ts';
import { LocalSocket } from '../endpoint/local-socket.ts';
import { ping } from '../endpoint/ping.ts';
import { refusalWords, versionRefusal } from '../endpoint/refusal.ts';
import { socketFolder } from '../endpoint/socket-folder.ts';
import { Unreachable } from '../errors.ts';
import { STRATEGIES, type Strategy } from '../fleet-api/place/strategy.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import type { KeepAlive } from '../ssh/host.ts';
import { environment, run } from './with/program.ts';

export default command({
  arguments: '<pattern> -- [command...]',
  summary: 'run a local command against the Docker engine of a node, or of several as one',
  description:
    'Runs a command on this machine, or your shell, with DOCKER_HOST set to a private socket that leads to the engine of a node: ' +
    'the docker here, docker compose, and whatever else talks to Docker work on that node, with the files that are here. ' +
    '@manager is a manager that answers; when it goes away, the next call goes to another. A pattern of several nodes is one ' +
    'Docker over all of them: containers are node1/web, docker run chooses a node that has room for it ' +
    '(-e constraint:node==node1, -e affinity:container!=web and the like narrow the choice).',
  options: {
    strategy: oneOfOr(
      '<name>',
      STRATEGIES,
      'spread',
      'of several nodes, which gets a new container: spread, binpack or random',
    ),
  },
  examples: [
    ['belt with node1 -- docker compose up -d', 'the compose.yaml of this folder, on node1'],
    ['belt with @manager -- docker stack ps app', ''],
    ['belt with @all -- docker ps', 'the containers of all nodes'],
    ['belt with node1', 'a shell in which docker is node1’s'],
  ],
  async run(context, { pattern, command: argv }, { strategy }) {
    if (pattern === '@manager') return withEngine(context, argv, await toManager(context));
    const nodes = await (await context.fleet()).locate([pattern]);
    if (nodes.length > 1) return withEngines(context, argv, { nodes, pattern, strategy });
    return withEngine(context, argv, await toNode(context, nodes[0]!));
  },
});

/** A frozen node is noticed after 15 to 20 s: until then whatever waits for it hangs. */
const KEEP_ALIVE: KeepAlive = { everyMs: 5_000, misses: 3 };

interface Several {
  nodes: readonly Node[];
  /** What they were called. */
  pattern: string;
  strategy: Strategy;
}

/** Runs it with one Docker over all of the nodes. */
async function withEngines(
  context: Context,
  argv: readonly string[],
  { nodes, pattern, strategy }: Several,
): Promise<number> {
  const { atManyEngines } = await import('../fleet/many-engines.ts');
  return atManyEngines(context, { nodes, words: [pattern], strategy, keepAlive: KEEP_ALIVE }, (socket) => {
    if (argv.length === 0) context.out.note(`docker is that of ${pattern} in this shell; leave it with: exit`);
    return run(context, argv.length > 0 ? argv : [userShell(context)], environment(context.env, { socket }));
  });
}

const userShell = ({ env }: Context): string => env['SHELL'] || '/bin/sh';

async function withEngine(context: Context, argv: readonly string[], route: Route): Promise<number> {
  const { clock, signal, out } = context;
  const line = new Line({
    ...route,
    onLost: (name) => out.warn(`${name}: the connection was lost`),
    onMove: (name) => out.note(`docker is ${name}'s from here on`),
  });
  const startMs = clock.now();
  let isRefused = false;
  try {
    const door = await line.open();
    const { name } = door.connection.host;
    await ping(door, { clock, signal });
    const onAnswer = (bytes: Buffer) => {
      const refused = isRefused ? undefined : versionRefusal(bytes);
      if (refused === undefined) return;
      // While a shell goes on, which may be for hours; once, since it is the same for every request.
      isRefused = true;
      out.note(refusalWords(refused, { names: line.node ?? name, count: 1 }));
    };
    const code = await atSocket(context, line, onAnswer, (socket) => {
      if (argv.length === 0) out.note(`docker is ${name}'s in this shell; leave it with: exit`);
      return run(
        context,
        argv.length > 0 ? argv : [userShell(context)],
        environment(context.env, { socket, node: name }),
      );
    });
    context.trace?.(`${name} with exit ${code} ${clock.now() - startMs} ms by ${door.way}`);
    return code;
  } finally {
    line.close();
  }
}

/** Has the socket there while `use` runs. */
async function atSocket(
  context: Context,
  line: Line,
  onAnswer: (bytes: Buffer) => void,
  use: (socket: string) => Promise<number>,
): Promise<number> {
  const folder = await socketFolder(context);
  const local = new LocalSocket({ path: folder.socket, open: () => line.stream(), onAnswer });
  try {
    await local.listen();
    return await use(folder.socket);
  } finally {
    local.close();
    folder.remove();
  }
}

/** What a line needs to know about where it leads. */
interface Route {
  connect: (avoid: string | undefined) => Promise<Connection>;
  canMove: boolean;
}

async function toNode(context: Context, node: Node): Promise<Route> {
  const fleet = await context.fleet();
  return { connect: () => fleet.connect(node, { keepAlive: KEEP_ALIVE }), canMove: false };
}

/** @throws BeltError when no manager answers */
async function toManager(context: Context): Promise<Route> {
  const { answeringManagers, connectToManager } = await import('../fleet/managers.ts');
  let known = await answeringManagers(context);
  const connect = async (avoid: string | undefined) => {
    try {
      return await connectToManager(context, lastOf(known, avoid), { keepAlive: KEEP_ALIVE });
    } catch (error) {
      if (avoid === undefined || !(error instanceof Unreachable)) throw error;
      // In the hours that a shell may last, others were promoted.
      known = await answeringManagers(context);
      return await connectToManager(context, lastOf(known, avoid), { keepAlive: KEEP_ALIVE });
    }
  };
  return { connect, canMove: true };
}

/** The one that went away is asked last. */
const lastOf = (nodes: readonly Node[], name: string | undefined): Node[] => [
  ...nodes.filter((node) => node.name !== name),
  ...nodes.filter((node) => node.name === name),
];
