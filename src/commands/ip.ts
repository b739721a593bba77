import { command, flag, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Node } from '../model/node.ts';

const options = {
  private: flag('the address inside the VPC'),
};

export type IpOptions = Values<typeof options>;

export default command({
  arguments: '[pattern...]',
  summary: 'print the addresses of nodes, one per line',
  options,
  examples: [
    ['belt ip node2', ''],
    ["belt ip 'node[1:4]' --private", 'in the order asked for'],
  ],
  run: (context, { pattern }, options) => ip(context, pattern, options),
});

/** `belt ip` — the address of each node, one a line, in the order asked for. */
async function ip(context: Context, patterns: readonly string[], options: IpOptions): Promise<void> {
  const fleet = await context.fleet();
  const nodes = patterns.length > 0 ? await fleet.select(patterns) : await fleet.list();
  const rows = nodes.map((node) => ({ name: node.name, address: address(node, options) }));
  if (context.out.json) context.out.document(rows);
  else context.out.lines(rows.map((row) => row.address));
}

function address(node: Node, options: IpOptions): string {
  const found = options.private ? node.privateAddress : node.publicAddress;
  if (found !== undefined) return found;
  if (node.privateAddress !== undefined) {
    throw new UsageError(`${node.name} has no public address`, {
      hint: `its private one: belt ip ${node.name} --private`,
    });
  }
  const kind = options.private ? 'private' : 'public';
  throw new UsageError(`${node.name} has no ${kind} address yet`, { hint: 'wait a little, then see: belt ls' });
}
