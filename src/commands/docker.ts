import pLimit from 'p-limit';
import { activeNode } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { dockerCommand } from '../engine/argv.ts';
import { BeltError, UsageError } from '../errors.ts';
import type { Node } from '../fleet.ts';
import { forward } from '../ssh/forward.ts';
import { noActiveNode } from './active.ts';
import { dockerOnMany } from './shared/many.ts';

/** How many nodes run a command at a time. */
const AT_ONCE = 32;

/** `belt docker` — the user's words, byte for byte, to docker on one node or on many. Gives the remote exit code. */
export async function docker(context: Context, words: readonly string[]): Promise<number> {
  const command = dockerCommand(words);
  const nodes = await targets(context);
  if (nodes.length === 0) {
    throw new UsageError(`--host ${context.options.host} names no node`, { hint: 'see: belt ls' });
  }
  const tellShut = await lookAtPorts(context, words);
  const code = await run(context, nodes, command);
  if (code === 0) await tellShut?.();
  return code;
}

async function run(context: Context, nodes: readonly Node[], command: string): Promise<number> {
  const [node, ...others] = nodes;
  if (node && others.length === 0 && !context.out.json) return onOne(context, node, command);
  // What is piped in goes to all at the pace of the slowest: a node that waited for its turn would hold up the others.
  const concurrency = context.stdin.isTTY ? AT_ONCE : Math.max(AT_ONCE, nodes.length);
  const limit = pLimit({ concurrency, rejectOnClear: true });
  return dockerOnMany(context, nodes, command, limit);
}

/** Only where the words may publish a port: all other commands are to wait for nothing. */
async function lookAtPorts(context: Context, words: readonly string[]): Promise<(() => Promise<void>) | undefined> {
  const mayPublish = words.includes('service') && words.some((word) => /^(-\w*p|--publish)/.test(word));
  if (!mayPublish || context.out.quiet) return undefined;
  return (await import('./firewall/published.ts')).lookAtPorts(context, words);
}

/** The nodes to talk to: --host, else what Docker Machine's variables say, else the active node (README, "Which node"). */
async function targets(context: Context): Promise<Node[]> {
  const fleet = await context.fleet();
  const { host } = context.options;
  if (host !== undefined) return fleet.locate([host]);
  const machine = context.env['DOCKER_MACHINE_NAME'];
  if (machine) return fleet.locate([machine]);
  const byAddress = context.env['DOCKER_HOST'] ? await nodeAt(context, context.env['DOCKER_HOST']) : undefined;
  if (byAddress) return [byAddress];
  const { cluster } = await context.settings();
  const active = activeNode(await context.state(), cluster);
  if (active === undefined) throw noActiveNode();
  return fleet.locate([active]);
}

/** The droplet whose address is in `DOCKER_HOST` (`tcp://192.0.2.1:2376`, `ssh://root@192.0.2.1`), if one of ours is. */
async function nodeAt(context: Context, dockerHost: string): Promise<Node | undefined> {
  if (!URL.canParse(dockerHost)) return undefined;
  const { hostname } = new URL(dockerHost);
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return undefined;
  const nodes = await (await context.fleet()).list();
  return nodes.find(({ publicAddress, privateAddress }) => publicAddress === hostname || privateAddress === hostname);
}

async function onOne(context: Context, node: Node, command: string): Promise<number> {
  const { stdin, stdout, stderr, env, clock } = context;
  const fleet = await context.fleet();
  const connection = await fleet.connect(node);
  const bothTerminals = stdin.isTTY === true && stdout.isTTY === true;
  const onRaw = bothTerminals ? (await import('../output/raw.ts')).passOutputThrough : undefined;
  const startMs = clock.now();
  try {
    const code = await forward(connection, command, {
      stdin,
      stdout,
      stderr,
      terminal: bothTerminals ? (env['TERM'] ?? 'xterm') : undefined,
      ...(onRaw && { onRaw }),
      onInterrupt: context.interrupts.on,
    });
    context.trace?.(`${node.name} ${command} exit ${code} ${clock.now() - startMs} ms`);
    return code;
  } catch (error) {
    if (error instanceof BeltError) throw error;
    throw new BeltError(`${node.name}: ${(error as Error).message}`, { cause: error });
  } finally {
    connection.end();
  }
}
