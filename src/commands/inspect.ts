import { command, off, text, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { inspectNodes, NODE_FIELDS } from '../known-clusters/inspect.ts';
import { fillTemplate, mentions, readTemplate } from '../output/template.ts';

const options = {
  format: text('<template>', 'a line a node instead, with fields such as {{.name}} in it'),
  swarm: off('do not ask the nodes for their place in the swarm'),
};

export default command({
  arguments: '<pattern...>',
  summary: 'print all that is known about nodes, as JSON',
  description:
    'print all that is known about nodes, as JSON: droplet, addresses, role, place in the swarm, price, tags, and ' +
    'the fingerprints of the pinned host keys',
  options,
  examples: [
    ['belt inspect node1', ''],
    ["belt inspect @all --format '{{.name}} {{.publicAddress}}'", 'any of the JSON’s fields, dotted'],
    ["belt inspect node1 --format '{{.swarm.state}}'", ''],
  ],
  run: (context, { pattern }, options) => inspect(context, pattern, options),
});

/** `belt inspect` — everything about nodes, for programs and for a curious person. */
async function inspect(
  context: Context,
  patterns: readonly string[],
  { format, swarm }: Values<typeof options>,
): Promise<void> {
  const { out } = context;
  if (format !== undefined && out.json) throw new UsageError('--format and --json exclude each other');
  const template = format === undefined ? undefined : readTemplate(format, NODE_FIELDS);
  const needsSwarm = template === undefined || mentions(template, 'swarm') || mentions(template, 'role');
  const nodes = await inspectNodes(context, patterns, { asksSwarm: swarm && needsSwarm });
  if (!template) return out.document(nodes);
  out.lines(nodes.flatMap((node) => fillTemplate(template, node)));
}
