// The engines of several nodes behind one socket of this machine, for as long as a command lasts.
import type { Context } from '../context.ts';
import { Line } from '../endpoint/line.ts';
import { refusalWords } from '../endpoint/refusal.ts';
import { socketFolder } from '../endpoint/socket-folder.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { FleetOptions, NodeWay } from '../fleet-api/fleet.ts';
import type { Strategy } from '../fleet-api/place/strategy.ts';
import { NoStream } from '../fleet-api/reach.ts';
import { FleetApi } from '../fleet-api/server.ts';
import type { Node } from '../model/node.ts';
import { compact } from '../patterns/index.ts';
import { isChannelRefused } from '../ssh/errors.ts';
import type { KeepAlive } from '../ssh/host.ts';
import { firstAnswers } from './first-answers.ts';
import { followMembers, type Members } from './members.ts';

/** Logins are work for both sides. */
const AT_ONCE = 16;
/** How much longer than the first a node may take to be reached before the others serve without it. */
const PATIENCE_MS = 2_000;

export interface EnginesOptions {
  nodes: readonly Node[];
  /** What the user named them by: nodes join and leave while it lasts. Without it, they are these. */
  words?: readonly string[] | undefined;
  strategy: Strategy;
  isReadOnly?: boolean;
  keepAlive: KeepAlive;
  /** For a node to be reached, ms since the epoch: all have until then. Without one, nodes that are late come in later. */
  deadline?: number | undefined;
  /** Told once of a client that is too new for some. */
  onTooNew?: FleetOptions['onTooNew'];
  /** Told when a node stops answering, with why, and when it answers again. */
  onChange?: (node: { name: string; silence: string | undefined }) => void;
}

export interface ManyEngines extends EnginesOptions {
  /** Where the socket is; in a private folder, by default. */
  socket?: string | undefined;
}

/**
 * Has one Docker API over the nodes' engines at a socket while `use` runs. Nodes that do not answer are told, and the others serve.
 * @throws BeltError when none answers
 */
export async function atManyEngines<T>(
  context: Context,
  { socket, ...options }: ManyEngines,
  use: (socket: string) => Promise<T>,
): Promise<T> {
  const { out } = context;
  const onChange: EnginesOptions['onChange'] = ({ name, silence }) => {
    if (silence === undefined) out.note(`${name} answers again`);
    else out.warn(`${name} does not answer, and is left out until it does: ${silence}`);
  };
  const onTooNew: EnginesOptions['onTooNew'] = ({ nodes, ...refused }) =>
    out.note(refusalWords({ is: 'new', ...refused }, { names: compact(nodes), count: nodes.length }));
  return withManyEngines(context, { onChange, onTooNew, ...options }, (api) =>
    at(context, socket, async (path) => {
      await api.listen(path);
      return use(path);
    }),
  );
}

/** Has one Docker API over the nodes' engines while `use` runs, at no socket yet. @throws BeltError when none answers */
export async function withManyEngines<T>(
  context: Context,
  { nodes, words, strategy, isReadOnly = false, keepAlive, deadline, onChange, onTooNew }: EnginesOptions,
  use: (api: FleetApi) => Promise<T>,
): Promise<T> {
  const { clock, out } = context;
  const fleet = await context.fleet();
  const ended = new AbortController();
  const signal = AbortSignal.any([context.signal, ended.signal]);
  const reachedBy = (node: Node): Reached => {
    const line = new Line({
      connect: () => fleet.connect(node, { keepAlive, signal, deadline }),
      canMove: false,
      onLost: (name) => out.warn(`${name}: the connection was lost`),
      onMove: () => {},
    });
    return { name: node.name, node, line };
  };
  const lines = new Map(nodes.map((node) => [node.id, reachedBy(node)]));
  const api = new FleetApi({
    nodes: [...lines.values()].map(wayTo),
    name: `belt (${(await context.settings()).cluster})`,
    version: BELT_VERSION,
    strategy,
    random: Math.random,
    clock,
    signal: ended.signal,
    isReadOnly,
    onChange,
    ...(onTooNew && { onTooNew }),
  });
  try {
    const leftMs = deadline === undefined ? 0 : Math.max(0, deadline - clock.now());
    await reachAll(context, api, [...lines.values()], leftMs + PATIENCE_MS);
    if (words) followMembers(context, { words, signal, ...membersOf(api, lines, reachedBy) }).catch(() => {});
    return await use(api);
  } finally {
    ended.abort();
    api.close();
    for (const { line } of lines.values()) line.close();
  }
}

/** The nodes of the API, by the ids of their droplets. */
function membersOf(
  { fleet }: FleetApi,
  lines: Map<number, Reached>,
  reachedBy: (node: Node) => Reached,
): Pick<Members, 'members' | 'join' | 'leave'> {
  return {
    members: () =>
      [...lines.values()].map(({ node }) => ({ node, isSilent: fleet.census.node(node.name)?.silence !== undefined })),
    join: async (node) => {
      const reached = reachedBy(node);
      try {
        await reached.line.open();
        await fleet.join(wayTo(reached));
        lines.set(node.id, reached);
      } catch (error) {
        reached.line.close();
        throw error;
      }
    },
    leave: ({ id, name }) => {
      fleet.leave(name);
      lines.get(id)?.line.close();
      lines.delete(id);
    },
  };
}

const wayTo = ({ name, node, line }: Reached): NodeWay => ({
  name,
  address: node.publicAddress ?? node.privateAddress ?? name,
  open: () =>
    line.stream().catch((error: unknown) => {
      throw isChannelRefused(error) ? new NoStream(messageOf(error)) : error;
    }),
  isFull: () => line.isFull,
});

interface Reached {
  name: string;
  node: Node;
  line: Line;
}

/** Logs in to all of them; one that is late may come in later. @throws BeltError when none can be reached */
async function reachAll(context: Context, api: FleetApi, lines: readonly Reached[], patienceMs: number): Promise<void> {
  const ways = lines.map(({ name, line }) => ({ name, open: () => line.open() }));
  const notOpen = await firstAnswers(context, ways, { atOnce: AT_ONCE, patienceMs });
  if (notOpen.length === lines.length) throw notOpen[0]!.error;
  for (const { way, error, isLate } of notOpen) {
    const node = api.fleet.census.node(way.name);
    node?.fallSilent(messageOf(error));
    // The same login, which is under way.
    if (isLate) way.open().catch((why: unknown) => node?.explain(messageOf(why)));
  }
  try {
    await api.fleet.greet();
  } catch (error) {
    throw new BeltError(messageOf(error), { hint: `see why: belt exec ${lines[0]!.name} -- systemctl status docker` });
  }
}

async function at<T>(context: Context, given: string | undefined, use: (path: string) => Promise<T>): Promise<T> {
  if (given !== undefined) return use(given);
  const folder = await socketFolder(context);
  try {
    return await use(folder.socket);
  } finally {
    folder.remove();
  }
}
