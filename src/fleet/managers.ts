// The managers of the cluster's swarm, and a connection to one that answers.
import { activeNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { engine } from '../engine/engine.ts';
import { messageOf, Unreachable } from '../errors.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import type { KeepAlive } from '../ssh/host.ts';
import { poll } from '../wait.ts';
import { askSwarm } from './ask-swarm.ts';
import { diagnose } from './diagnose.ts';
import { noManager } from './roles.ts';

/** For one manager to answer, when there are others. */
const ANSWER_MS = 8_000;
/** A swarm that lost its leader has another within seconds. */
const LEADER_MS = 20_000;
const LOOK_EVERY_MS = 500;

/**
 * The managers that answer, of the swarm that most nodes are in, at least one, the active node before the others; where the
 * swarm has no leader at the moment, those that wait for one. What `@manager` means where it has to be one node.
 * @throws BeltError when none answers
 */
export async function answeringManagers(context: Context): Promise<Node[]> {
  const fleet = await context.fleet();
  const nodes = await fleet.list();
  if (nodes.length === 0) return fleet.select(['@manager']);
  const active = activeNode(await context.state(), (await context.settings()).cluster);
  const view = await askSwarm(context, nodes, active === undefined ? [] : [active]);
  if (!view.swarm && view.leaderless.length === 0) throw noManager(view);
  const id = view.swarm?.id;
  return view.swarm
    ? view.answers.filter(({ swarm, members }) => members && swarm?.clusterId === id).map(({ node }) => node)
    : view.leaderless;
}

/**
 * Connects to the first of them that answers as a manager of a swarm with a leader; waits for an election.
 * @throws Unreachable when none does
 */
export async function connectToManager(
  context: Context,
  managers: readonly Node[],
  { keepAlive }: { keepAlive: KeepAlive },
): Promise<Connection> {
  const { clock, signal } = context;
  const fleet = await context.fleet();
  const deadline = clock.now() + LEADER_MS;
  // Kept while it waits: few hosts take many connections in a short time.
  const open = new Map<Node, Connection>();
  // Not tried again and again: each try also asks DigitalOcean where it is.
  const silent = new Set<Node>();
  let why: string | undefined;
  const ask = async (node: Node): Promise<Connection> => {
    const patience = { clock, signal, deadline: Math.min(deadline, clock.now() + ANSWER_MS) };
    const before = open.get(node);
    const connection = before && !before.lost ? before : await fleet.connect(node, { ...patience, keepAlive });
    open.set(node, connection);
    await engine(connection, patience).nodes();
    open.delete(node);
    return connection;
  };
  const firstThatAnswers = async () => {
    why = undefined;
    for (const node of managers.filter((one) => !silent.has(one))) {
      try {
        return await ask(node);
      } catch (error) {
        signal.throwIfAborted();
        why ??= messageOf(error);
        if (!open.has(node)) silent.add(node);
      }
    }
    return silent.size === managers.length ? null : undefined;
  };
  try {
    const found = await poll(firstThatAnswers, { clock, signal, deadline, intervalMs: LOOK_EVERY_MS });
    if (found) return found;
    throw await noneAnswers(context, why);
  } finally {
    for (const connection of open.values()) connection.end();
  }
}

/** Which managers are missing, and what helps. */
async function noneAnswers(context: Context, why: string | undefined): Promise<Unreachable> {
  const nodes = await (await context.fleet()).list();
  const known = diagnose(await askSwarm(context, nodes, []));
  return new Unreachable(known?.message ?? `no manager of the swarm answers: ${why}`, {
    hint: known?.hint ?? 'it may have been for a moment: run the same command again · see: belt cluster show',
  });
}
