// The nodes that words name, and what to say of a word that names none.
import { isBelts } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Node } from '../fleet.ts';
import { nearest, needsRoles, select } from '../patterns/index.ts';

/** The nodes of the cluster that the words name. @throws UsageError naming the first word that names none */
export async function named(context: Context, words: readonly string[], nodes: Node[]): Promise<Node[]> {
  return chosen(context, words, await withRoles(context, words, nodes));
}

async function withRoles(context: Context, words: readonly string[], nodes: Node[]): Promise<Node[]> {
  if (!needsRoles(words)) return nodes;
  return (await import('./roles.ts')).withRoles(context, nodes);
}

async function chosen(context: Context, words: readonly string[], nodes: readonly Node[]): Promise<Node[]> {
  const { chosen: found, missing } = select(words, nodes);
  const [first] = missing;
  if (first === undefined) return found;
  throw await noSuchNode(context, first, nodes);
}

/** The error for a word that names no node of the cluster. */
async function noSuchNode(context: Context, word: string, nodes: readonly Node[]): Promise<UsageError> {
  const { cluster } = await context.settings();
  const near = nearest(
    word,
    nodes.map(({ name }) => name),
  );
  if (near.length > 0)
    return new UsageError(`there is no node "${word}"`, { hint: `did you mean ${near.join(', ')}?` });
  const foreign = /^[\w.-]+$/.test(word) ? await (await context.cloud()).droplets({ name: word }) : [];
  if (foreign.length > 0) {
    const made = isBelts(foreign[0]!.tags) ? 'belongs to another cluster' : 'was not made by belt';
    return new UsageError(`the droplet "${word}" ${made}`, { hint: 'see: belt ls --all' });
  }
  const where = cluster === 'default' ? '' : ` in cluster ${cluster}`;
  const hint = nodes.length > 0 ? 'see: belt ls' : 'make one: belt create 1gb node1';
  return new UsageError(`there is no node "${word}"${where}`, { hint });
}
