// Words that have to mean one node.
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Node } from '../model/node.ts';

/** How many of the nodes that match are named. */
const NAMED = 3;

export interface OneNodeOptions {
  /** `cache`: without a request if it is the plain name of a node that belt has seen. */
  from?: 'cache' | 'DigitalOcean';
  /** Why one: continues the sentence. */
  only?: string;
  /** The command with one of them. */
  hint?: (name: string) => string;
}

/** The node that a pattern means. @throws UsageError when it means several, or none */
export async function oneNode(
  context: Context,
  pattern: string,
  { from = 'cache', only, hint = () => 'choose one' }: OneNodeOptions,
): Promise<Node> {
  const fleet = await context.fleet();
  const nodes = from === 'cache' ? await fleet.locate([pattern]) : await fleet.select([pattern]);
  const node = nodes[0]!;
  if (nodes.length === 1) return node;
  const names = nodes.map(({ name }) => name);
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const matches = `"${pattern}" matches ${names.length} nodes: ${names.slice(0, NAMED).join(', ')}${more}`;
  throw new UsageError(`${matches}${only ? `; ${only}` : ''}`, { hint: hint(node.name) });
}
