// Resolves words to nodes, for every command, and explains words that match none.
import { isBelts, isOfCluster } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { firstDroplets } from '../descriptions/first-droplets.ts';
import { noDropletYet } from '../descriptions/without-droplet.ts';
import { UsageError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { compact, literals, nearest, needsRoles, portsIn, select } from '../patterns/index.ts';

export interface ChooseOptions {
  /** What to do with nodes whose role is unknown when a role word decides; by default an error. */
  unknownRoles?: 'refuse' | 'warn';
}

/** The nodes that words match. */
export interface Chosen<N> {
  chosen: N[];
  /** Words that match none, names of a range one by one. */
  missing: string[];
}

/**
 * Chooses among these nodes; queries the swarm where a word needs it.
 * @throws UsageError for a bad word
 * @throws BeltError when an unknown role decides
 */
export async function choose<N extends Node>(
  context: Context,
  words: readonly string[],
  nodes: readonly N[],
  { unknownRoles = 'refuse' }: ChooseOptions = {},
): Promise<Chosen<N>> {
  tellPorts(context, words);
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

const told = new WeakSet<object>();

/** Swarm v1 had its engines listen on TCP ports. Told once a command: some choose again after they asked. */
function tellPorts({ out }: Context, words: readonly string[]): void {
  const ports = told.has(out) ? [] : portsIn(words);
  if (ports.length === 0) return;
  told.add(out);
  out.note(`ignored: port ${ports.join(', ')}; belt reaches engines through SSH`);
}

export interface NamedOptions extends ChooseOptions {
  /** What to do when the words exclude all that they name; by default an error. */
  none?: 'refuse' | 'allow';
}

/** The nodes of the cluster that the words match. @throws UsageError naming those that do not exist, or when none is left */
export async function named<N extends Node>(
  context: Context,
  words: readonly string[],
  nodes: readonly N[],
  { none = 'refuse', ...options }: NamedOptions = {},
): Promise<N[]> {
  const { chosen, missing } = await choose(context, words, nodes, options);
  const [first] = missing;
  if (first === undefined && chosen.length === 0 && none === 'refuse') throw noMatch(words);
  if (first === undefined) return chosen;
  const names = nodes.map(({ name }) => name);
  // The end of a range is not a typo, and neither are several names.
  const near = missing.length === 1 && literals(words).includes(first) ? nearest(first, names) : [];
  const guess = near.length > 0 ? `did you mean ${near.join(', ')}?` : undefined;
  throw await noneThere(context, missing, { words, nodes, guess });
}

/** The error for words that exclude all that they name. */
export const noMatch = (words: readonly string[]): UsageError =>
  new UsageError(`no node matches ${words.join(' ')}`, { hint: 'see: belt ls' });

/** The error for a word that names a node to delete but matches none. It suggests no other: the guess would be deleted. */
export async function noSuchNode(
  context: Context,
  word: string,
  { words, nodes, hint }: { words: readonly string[]; nodes: readonly Node[]; hint?: string },
): Promise<UsageError> {
  const written = literals(words);
  // A name that is written out may be a droplet elsewhere; those of a range are reported together.
  const isAlone = written.includes(word) || isPattern(word) || needsRoles(words);
  const missing = isAlone ? [word] : select(words, nodes).missing.filter((name) => !written.includes(name));
  return noneThere(context, missing, { words, nodes, elsewhereHint: hint });
}

interface Asked {
  words: readonly string[];
  nodes: readonly Node[];
  /** What the user may have meant. */
  guess?: string | undefined;
  /** What to do about a droplet outside the cluster. */
  elsewhereHint?: string | undefined;
}

/** The error for words, at least one, that match no node of the cluster. */
async function noneThere(
  context: Context,
  missing: readonly string[],
  { words, nodes, guess, elsewhereHint = 'see: belt ls --all' }: Asked,
): Promise<UsageError> {
  const { cluster } = await context.settings();
  const [first = ''] = missing;
  // Only a name that is written out can be a droplet elsewhere: patterns only match in the cluster.
  const foreign = literals(words).includes(first) ? await elsewhere(context, first) : undefined;
  if (foreign && isOfCluster(foreign.tags, cluster)) {
    return new UsageError(`the droplet "${first}" is so new that DigitalOcean does not list it yet`, {
      hint: 'run the same command again in a few seconds',
    });
  }
  if (foreign) {
    const made = isBelts(foreign.tags) ? 'belongs to another cluster' : 'was not created by belt';
    return new UsageError(`the droplet "${first}" ${made}`, { hint: elsewhereHint });
  }
  const there = nodes.map(({ name }) => name);
  const described = there.length > 0 ? await noDropletYet(context, missing, there) : undefined;
  if (described) return described;
  const hint = guess ?? (await whatThereIs(context, nodes));
  if (isPattern(first)) return new UsageError(`no node matches ${first}`, { hint });
  const names = missing.filter((word) => !isPattern(word));
  const where = guess !== undefined || cluster === 'default' ? '' : ` in cluster ${cluster}`;
  const none = names.length === 1 ? `there is no node "${first}"` : `there are no nodes ${compact(names)}`;
  return new UsageError(`${none}${where}`, { hint });
}

/** A glob or a selector, which may match nothing. */
const isPattern = (word: string): boolean => /^@|[*?]/.test(word);

/** Lists of names longer than this do not help. */
const LONGEST_HINT = 120;

async function whatThereIs(context: Context, nodes: readonly Node[]): Promise<string> {
  if (nodes.length === 0) return firstDroplets(context, 'create one: belt create 1gb node1');
  const names = compact(nodes.map(({ name }) => name));
  if (names.length > LONGEST_HINT) return 'see: belt ls';
  return nodes.length === 1 ? `there is ${names}` : `there are ${names}`;
}

/** A droplet of the account that has this name or id. */
async function elsewhere(context: Context, word: string): Promise<Node | undefined> {
  const cloud = await context.cloud();
  const [named] = /^[\w.-]+$/.test(word) ? await cloud.droplets({ name: word }) : [];
  return named ?? (/^\d{1,15}$/.test(word) ? await cloud.droplet(Number(word)) : undefined);
}
