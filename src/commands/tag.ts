import { command, flag, type Values } from '../cli/command.ts';
import { createIdempotent } from '../cloud/create-once.ts';
import { CloudError } from '../cloud/errors.ts';
import { hasTag, isBelts } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import { throwFailures, throwRefusal } from '../fleet/failures.ts';
import type { Node } from '../model/node.ts';
import { BELTS_TAGS, isBeltsTag, isSameTag, isTagName } from '../model/tag.ts';

const options = {
  remove: flag('take the tag off'),
};

type TagOptions = Values<typeof options>;

export default command({
  arguments: '<pattern> <tag>',
  summary: 'add a tag to nodes, or take it off',
  options,
  examples: [
    ["belt tag 'node[1:3]' web", 'then: belt ls @tag:web'],
    ['belt tag @tag:web web --remove', 'from all that have it'],
  ],
  run: (context, { pattern, tag }, options) => tagNodes(context, pattern, tag, options),
});

type Change = 'added' | 'removed' | 'unchanged';

/** Requests at a time. */
const AT_ONCE = 8;

/** `belt tag` — changes the nodes that need it, each by a request of its own, and says of every node what became of it. */
async function tagNodes(context: Context, pattern: string, tag: string, { remove }: TagOptions): Promise<void> {
  checkTag(tag);
  const { out } = context;
  const nodes = await (await context.fleet()).select([pattern]);
  const isRight = ({ tags }: Node) => hasTag(tags, tag) !== (remove ?? false);
  const spelled = !remove && !nodes.every(isRight) ? await createTag(context, tag) : tag;
  const change = async (node: Node): Promise<Change> => {
    if (isRight(node)) return 'unchanged';
    await (remove ? untag(context, node, tag) : tagOne(context, node, spelled));
    return remove ? 'removed' : 'added';
  };
  const { done, failures } = await eachNode(context, nodes, change, { atOnce: AT_ONCE });
  if (out.json) out.document(done.map(({ node: { id, name }, result }) => ({ id, name, tag, change: result })));
  else out.lines(done.map(({ node: { name }, result }) => `${name}: ${said(result, tag, remove)}`));
  if (failures.length === nodes.length) throwRefusal(failures);
  throwFailures(failures, nodes.length);
}

/** @throws UsageError for one that cannot be a tag, and for one that is not the user's to change */
function checkTag(tag: string): void {
  if (!isTagName(tag)) {
    throw new UsageError(`invalid tag "${tag}"`, {
      hint: 'a tag is made of at most 255 letters, digits, ":", "-" and "_"',
    });
  }
  if (!isBeltsTag(tag)) return;
  throw new UsageError(`the tag "${tag}" is belt's own: belt finds its droplets by it`, {
    hint: `choose a tag other than ${BELTS_TAGS}`,
  });
}

/** Gives the spelling of its first use, which all requests must have. */
async function createTag(context: Context, tag: string): Promise<string> {
  const cloud = await context.cloud();
  return await createIdempotent(() => cloud.createTag(tag), context);
}

/** @throws BeltError where there is no such droplet any more */
async function tagOne(context: Context, node: Node, tag: string): Promise<void> {
  checkMade(node);
  const cloud = await context.cloud();
  try {
    await createIdempotent(() => cloud.tagDroplet(node.id, tag), context);
  } catch (error) {
    if (!(error instanceof CloudError) || error.status !== 404) throw error;
    throw new BeltError(`${node.name} no longer exists`, { hint: 'see: belt ls', cause: error });
  }
}

async function untag(context: Context, node: Node, tag: string): Promise<void> {
  checkMade(node);
  const spelled = node.tags.find((one) => isSameTag(one, tag)) ?? tag;
  await (await context.cloud()).untagDroplet(node.id, spelled);
}

/** @throws BeltError for one that only carries the cluster's tag */
function checkMade({ name, tags }: Node): void {
  if (isBelts(tags)) return;
  throw new BeltError(`${name} was not created by belt`, { hint: 'change its tags in the control panel' });
}

function said(change: Change, tag: string, remove: boolean | undefined): string {
  if (change === 'added') return `tagged ${tag}`;
  if (change === 'removed') return `no longer tagged ${tag}`;
  return remove ? `unchanged, it is not tagged ${tag}` : `unchanged, it is tagged ${tag} already`;
}
