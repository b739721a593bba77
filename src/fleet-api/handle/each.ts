// The same request to several engines.
import { messageOf } from '../../errors.ts';
import type { Answer, ApiNode, Ask } from '../node.ts';
import { messageIn, Refusal } from '../refusal.ts';

interface Done {
  node: ApiNode;
  answer: Answer;
}

/**
 * Asks all of them at once, and gives their answers in the same order.
 * @throws Refusal that names each node that refused, and those that did it
 */
export async function onEach(nodes: readonly ApiNode[], asked: Ask): Promise<Done[]> {
  const ends = await Promise.all(nodes.map(async (node) => ({ node, ...(await outcome(node, asked)) })));
  const failed = ends.filter(({ error }) => error !== undefined);
  const [first] = failed;
  if (first === undefined) return ends;
  const done = ends.filter(({ error }) => error === undefined).map(({ node }) => node.name);
  const words = [...failed.map(({ error }) => error), ...(done.length > 0 ? [`done on ${done.join(', ')}`] : [])];
  throw new Refusal(first.answer.status, words.join('; '));
}

async function outcome(node: ApiNode, asked: Ask): Promise<{ answer: Answer; error?: string }> {
  try {
    const answer = await node.ask(asked);
    return answer.status < 300 ? { answer } : { answer, error: `${node.name}: ${messageIn(answer)}` };
  } catch (error) {
    // It names its node itself.
    return { answer: { status: 500, headers: {}, body: undefined }, error: messageOf(error) };
  }
}
