import { command, flag, type Values } from '../../cli/command.ts';
import { guarded, timeout } from '../../cli/options.ts';
import { swarmPorts } from '../../cluster/firewall.ts';
import { entered, rememberSightings, type Sighting } from '../../config/swarm-seen.ts';
import type { Context } from '../../context.ts';
import { BeltError, Interrupted, NodesFailed } from '../../errors.ts';
import { chooseManager } from '../../fleet/choose-active.ts';
import { exclusively } from '../../fleet/exclusive.ts';
import { type Failure, throwFailures } from '../../fleet/failures.ts';
import { withEngine } from '../../fleet/node-engine.ts';
import { oneNode } from '../../fleet/one-node.ts';
import { OwnFirewalls } from '../../fleet/own-firewall.ts';
import type { Node } from '../../model/node.ts';
import type { Role } from '../../model/swarm-node.ts';
import { compact } from '../../patterns/index.ts';
import { bringPushed } from '../../stack/bring-pushed.ts';
import { init } from '../../swarm/init.ts';
import { type Joined, joinAll, managerAdvice, target } from '../../swarm/join.ts';
import type { NodeEngine } from '../../swarm/node-engine.ts';
import { guardSwarm } from './guard.ts';

const options = {
  ...guarded,
  manager: flag('join as managers, one after another'),
  force: flag('remove nodes from another swarm first'),
  timeout: timeout(120, 'give up on a node that has not joined by then'),
};

export type SwarmJoinOptions = Values<typeof options>;

export default command({
  arguments: '<manager> <pattern...>',
  summary: 'join nodes to a manager’s swarm',
  description: 'join nodes to the manager’s swarm, created first if there is none',
  options,
  examples: [
    ["belt swarm join node1 'node[2:4]'", 'three workers'],
    ["belt swarm join node1 'node[2:3]' --manager", 'two more managers'],
  ],
  run: (context, { manager, pattern }, options) => swarmJoin(context, manager, pattern, options),
});

/** `belt swarm join` — nodes into the manager's swarm, which is made first if there is none; a line a node as it joins. */
async function swarmJoin(
  context: Context,
  managerWord: string,
  patterns: readonly string[],
  options: SwarmJoinOptions,
): Promise<void> {
  const { manager, nodes } = await named(context, managerWord, patterns);
  const role: Role = options.manager ? 'manager' : 'worker';
  const timeoutMs = options.timeout * 1000;
  const join = async (member: NodeEngine, deadline: number) => {
    await guardSwarm(context, member, options);
    const { nodeId, already } = await init(member);
    if (!already) {
      rememberSightings(await context.state(), [entered(manager.id, 'manager', { leads: true })], context.clock.now());
      context.out.note(`${manager.name}: Swarm initialized: current node (${nodeId}) is now a manager.`);
    }
    await chooseManager(context, manager.name);
    const ended = await joinNodes(context, { node: manager, member }, nodes, {
      role,
      deadline,
      force: options.force === true,
    });
    if (role === 'manager' && ended.failures.length === 0) await advise(context, member);
    return ended;
  };
  const { entered: names, failures } = await exclusively(
    context,
    'belt swarm join',
    () => {
      const deadline = context.clock.now() + timeoutMs;
      return withEngine(context, manager, (member) => join(member, deadline), { deadline });
    },
    { timeoutMs },
  );
  // It may take minutes, and the nodes are in: others need not wait for it.
  await bringPushed(context, names);
  throwFailures(failures, nodes.length);
}

async function named(context: Context, managerWord: string, patterns: readonly string[]) {
  const fleet = await context.fleet();
  const manager = await oneNode(context, managerWord, { only: 'give one manager' });
  // The manager may be part of the pattern: it is in its own swarm.
  const nodes = (await fleet.locate(patterns)).filter(({ id }) => id !== manager.id);
  return { manager, nodes };
}

async function joinNodes(
  context: Context,
  manager: { node: Node; member: NodeEngine },
  nodes: readonly Node[],
  options: { role: Role; deadline: number; force: boolean },
): Promise<{ entered: string[]; failures: Failure[] }> {
  const { clock, signal } = context;
  const failures: Failure[] = [];
  const waiting = new Set(nodes.map(({ name }) => name));
  const joined: Sighting[] = [];
  const entering: string[] = [];
  const onEnd = (node: Node, end: Joined | Error) => {
    waiting.delete(node.name);
    if (!(end instanceof Error)) joined.push(entered(node.id, end.role));
    if (!(end instanceof Error) && !end.already) entering.push(node.name);
    if (end instanceof Error) failures.push({ name: node.name, error: end });
    else if (end.already && options.role === 'manager' && end.role === 'worker') {
      failures.push({ name: node.name, error: isWorker(node) });
    } else say(context, node, end);
  };
  try {
    const known = await target(manager.member);
    const firewalls = new OwnFirewalls(context);
    await joinAll(
      nodes,
      { ...options, target: known, clock, signal },
      (node, use) => withEngine(context, node, use, options),
      {
        onEnd,
        onUnanswered: (node) => firewalls.check([manager.node, node], swarmPorts(known.dataPathPort)),
      },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(`interrupted: ${compact([...waiting])} may not be in the swarm`, {
      hint: 'run the same command again: nodes that are already in it are skipped',
    });
  } finally {
    rememberSightings(await context.state(), joined, clock.now());
  }
  return { entered: entering, failures };
}

/** What was asked for is a manager: a node that is in already stays what it is. */
function isWorker({ name }: Node): BeltError {
  const error = new BeltError(`${name} is in the swarm as a worker`);
  const hint = `make it a manager: belt docker node promote ${name}`;
  return new NodesFailed(error.message, { failures: [{ name, error }], hint });
}

/** The book's words for a node that joined. */
function say({ out }: Context, node: Node, { already, role }: Joined): void {
  if (out.json) return out.record({ node: node.name, role, already });
  const sentence = already
    ? `This node is already in this Swarm as a ${role}.`
    : `This node joined a Swarm as a ${role}.`;
  out.line(`${node.name}: ${sentence}`);
}

async function advise(context: Context, manager: NodeEngine): Promise<void> {
  const managers = (await manager.engine.nodes()).filter(({ role }) => role === 'manager');
  const advice = managerAdvice(managers.length);
  if (advice !== undefined) context.out.warn(advice);
}
