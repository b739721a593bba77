// The nodes that words name: the one way to choose, for every command; and what to say of a word that names none.
import { isBelts } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Node } from '../fleet.ts';
import { literals, nearest, needsRoles, select } from '../patterns/index.ts';

export interface ChooseOptions {
  /** What becomes of nodes of which a role word decides, and whose role cannot be told: an error without it. */
  unknownRoles?: 'refuse' | 'warn';
}

/** Nodes that words name. */
export interface Chosen<N> {
  chosen: N[];
  /** Words that name none, names of a range one by one. */
  missing: string[];
}

/**
 * Chooses among these nodes; the swarm is asked where a word needs it.
 * @throws UsageError for a bad word
 * @throws BeltError when a role decides that cannot be told
 */
export async function choose<N extends Node>(
  context: Context,
  words: readonly string[],
  nodes: readonly N[],
  { unknownRoles = 'refuse' }: ChooseOptions = {},
): Promise<Chosen<N>> {
  if (!needsRoles(words)) return select(words, nodes);
  const { roleUnknown, withRoles } = await import('./roles.ts');
  const { chosen, missing, unsure } = select(words, await withRoles(context, nodes));
  if (unsure.length > 0) {
    const error = roleUnknown(unsure);
    if (unknownRoles === 'refuse') throw error;
    context.out.warn(error.message);
  }
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return { chosen: chosen.map(({ id }) => byId.get(id)!), missing };
}

/** The nodes of the cluster that the words name. @throws UsageError naming the first word that names none */
export async function named<N extends Node>(
  context: Context,
  words: readonly string[],
  nodes: readonly N[],
  options: ChooseOptions = {},
): Promise<N[]> {
  const { chosen, missing } = await choose(context, words, nodes, options);
  const [first] = missing;
  if (first === undefined) return chosen;
  throw await noSuchNode(context, first, { words, nodes });
}

/** The error for a word that names no node of the cluster. */
export async function noSuchNode(
  context: Context,
  word: string,
  { words, nodes, hint }: { words: readonly string[]; nodes: readonly Node[]; hint?: string },
): Promise<UsageError> {
  const { cluster } = await context.settings();
  const near = nearest(
    word,
    nodes.map(({ name }) => name),
  );
  // Only what was written out can mean a droplet elsewhere: patterns stay in the cluster.
  const foreign = literals(words).includes(word) ? await elsewhere(context, word) : undefined;
  if (foreign) {
    const made = isBelts(foreign.tags) ? 'belongs to another cluster' : 'was not made by belt';
    return new UsageError(`the droplet "${word}" ${made}`, { hint: hint ?? 'see: belt ls --all' });
  }
  if (near.length > 0) {
    const likely = near.join(', ');
    return new UsageError(`there is no node "${word}"`, { hint: `did you mean ${likely}?` });
  }
  const where = cluster === 'default' ? '' : ` in cluster ${cluster}`;
  const next = nodes.length > 0 ? 'see: belt ls' : 'make one: belt create 1gb node1';
  return new UsageError(`there is no node "${word}"${where}`, { hint: next });
}

/** A droplet of the account that has this name or id. */
async function elsewhere(context: Context, word: string): Promise<Node | undefined> {
  const cloud = await context.cloud();
  const [named] = /^[\w.-]+$/.test(word) ? await cloud.droplets({ name: word }) : [];
  return named ?? (/^\d{1,15}$/.test(word) ? await cloud.droplet(Number(word)) : undefined);
}
