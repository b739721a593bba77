// Words that name nodes, stacks, services, tasks or containers, whichever they are.
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { named } from '../fleet/named.ts';
import type { Node } from '../model/node.ts';
import { isNodePattern, nearest } from '../patterns/index.ts';
import { isNamed, type Named } from './containers.ts';

export interface SortedWords {
  /** Those that words mean; undefined where no word is about nodes. */
  nodes: Node[] | undefined;
  /** Of what runs there. */
  names: string[];
}

/** Which words are nodes, and which name what runs there. `all`: the cluster's. @throws UsageError for a pattern that matches no node */
export async function sortWords(
  context: Context,
  words: readonly string[],
  all: readonly Node[],
): Promise<SortedWords> {
  const known = new Set(all.map(({ name }) => name));
  const isNode = (word: string) => known.has(word) || isNodePattern(word);
  const [nodes, names] = [words.filter(isNode), words.filter((word) => !isNode(word))];
  return { nodes: nodes.length > 0 ? await named(context, nodes, all) : undefined, names };
}

/** Whether one of the names means it; without names everything is meant. */
export const isWanted = (names: readonly string[], one: Named): boolean =>
  names.length === 0 || names.some((name) => isNamed(name, one));

export interface Seen {
  /** All that there is on the nodes that answered, whatever was asked for. */
  things: readonly (Named & { shown?: string; nodeName?: string | undefined })[];
  /** How many nodes answered, and how many did not. */
  answered: number;
  failed: number;
  /** Whether a word may be a node's name as well. */
  orNodes: boolean;
  /** Whether there is one of that name that has nothing now. */
  isKnown?: (name: string) => boolean;
  hint: string;
}

/** Warns of a name that nothing has on the nodes that answer. @throws UsageError where all nodes were heard */
export function checkNames(
  { out }: Pick<Context, 'out'>,
  names: readonly string[],
  { things, answered, failed, orNodes, isKnown = () => false, hint }: Seen,
): void {
  const unknown = names.filter((name) => !things.some((one) => isNamed(name, one)) && !isKnown(name));
  const [first] = unknown;
  if (first === undefined || answered === 0) return;
  const kinds = `${orNodes ? 'node, ' : ''}stack, service, task or container`;
  const what = `no ${kinds} is called ${unknown.map((name) => JSON.stringify(name)).join(', ')}`;
  if (failed > 0) return out.warn(`${what} on the nodes that answer`);
  const near = nearest(
    first,
    things.flatMap(({ stack, service, label, shown = label, node, nodeName = node?.name }) =>
      [stack, service, inFile(stack, service), shown, orNodes ? nodeName : undefined].filter(
        (one) => one !== undefined,
      ),
    ),
  );
  throw new UsageError(what, { hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : hint });
}

/** What the file calls a service of a stack. */
const inFile = (stack: string | undefined, service: string | undefined): string | undefined =>
  stack && service?.startsWith(`${stack}_`) ? service.slice(stack.length + 1) : undefined;
