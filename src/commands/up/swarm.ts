// The swarm that a cluster's droplets form now.
import type { Context } from '../../context.ts';
import type { SwarmInfo, SwarmNode } from '../../engine/engine.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Node } from '../../fleet.ts';
import { seen } from '../../swarm/seen.ts';
import { withMember } from '../shared/member.ts';
import { lockedNodes, nobodyHasTheKey } from './lock.ts';

export interface FoundSwarm {
  /** The manager that answered. */
  manager: Node;
  members: SwarmNode[];
  /** Whether its managers lock themselves when they restart. */
  autolock: boolean | undefined;
  /** Those that are locked now. */
  locked: Node[];
}

/** The first manager's word. */
type Word = Omit<FoundSwarm, 'locked'>;

/** Waits until a node that does not answer can be asked, and gives it as it is then. */
export type Before<N extends Node> = (node: N) => Promise<N>;

interface Answer {
  node: Node;
  state?: SwarmInfo['state'];
  found?: Word;
  error?: unknown;
}

/**
 * Asks the nodes, all at once, and takes the first manager's word; undefined when none of them is in a swarm. Those that
 * are to be managers are asked first.
 * @throws BeltError when that cannot be told: to start a second swarm beside one that is only out of reach would be worse
 */
export async function findSwarm<N extends Node>(
  context: Context,
  nodes: readonly N[],
  isManager: (node: N) => boolean,
  before?: Before<N>,
): Promise<FoundSwarm | undefined> {
  const managers = nodes.filter(isManager);
  const first = await ask(context, managers, before);
  if ('manager' in first) return withLocked(context, nodes, first);
  const others = await ask(
    context,
    nodes.filter((node) => !managers.includes(node)),
    before,
  );
  if ('manager' in others) return withLocked(context, nodes, others);
  return none([...first, ...others]);
}

async function withLocked(context: Context, nodes: readonly Node[], word: Word): Promise<FoundSwarm> {
  return { ...word, locked: word.autolock ? await lockedNodes(context, nodes, word.members) : [] };
}

async function ask<N extends Node>(
  context: Context,
  nodes: readonly N[],
  before: Before<N> | undefined,
): Promise<Word | Answer[]> {
  const asked = nodes.map((node) => answerOf(context, node, before));
  return new Promise((resolve, reject) => {
    for (const one of asked) void one.then(({ found }) => found && resolve(found));
    Promise.all(asked).then(resolve, reject);
  });
}

async function answerOf<N extends Node>(context: Context, node: N, before: Before<N> | undefined): Promise<Answer> {
  try {
    return await answer(context, node).catch(async (error) => {
      // Perhaps it is still booting.
      if (!before) throw error;
      return answer(context, await before(node));
    });
  } catch (error) {
    context.signal.throwIfAborted();
    return { node, error };
  }
}

const answer = (context: Context, node: Node): Promise<Answer> =>
  withMember(context, node, async ({ engine }) => {
    const { swarm, members } = await seen(engine);
    const { state, autolock } = swarm;
    return { node, state, ...(members && { found: { manager: node, members, autolock } }) };
  });

function none(answers: readonly Answer[]): undefined {
  const locked = answers.filter(({ state }) => state === 'locked').map(({ node }) => node);
  if (locked.length > 0) throw nobodyHasTheKey(locked);
  const member = answers.find(({ state }) => state !== undefined && state !== 'inactive');
  if (member) {
    throw new BeltError(`${member.node.name} is in a swarm (${member.state}), and none of its managers answers`, {
      hint: `see: belt --host ${member.node.name} docker info`,
    });
  }
  const silent = answers.find(({ error }) => error !== undefined);
  if (silent) {
    throw new BeltError(`cannot tell whether ${silent.node.name} is in a swarm: ${messageOf(silent.error)}`, {
      hint: 'run the same command again, or remove the node: belt rm',
    });
  }
  return undefined;
}
