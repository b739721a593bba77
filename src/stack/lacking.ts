// Nodes that came into a swarm, and pushed images that services may run there: nobody can pull those, so a task that gets there fails.
import type { ServiceSpec } from '../compose/spec.ts';
import type { Context } from '../context.ts';
import { engineOver, imageEngineOver } from '../engine/engine.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import { isHere } from '../images/local-engine.ts';
import { isContentName } from '../images/reference.ts';
import type { Node } from '../model/node.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import type { Connection } from '../ssh/connection.ts';
import { STACK } from './labels.ts';
import { askManager } from './manager.ts';
import { mayRun } from './may-run.ts';
import { imageIn } from './registry-label.ts';

const AT_ONCE = 32;
/** For each node. */
const PATIENCE_MS = 10_000;

/** Warns, for each stack, of nodes that lack what was pushed for its services. The nodes are in the swarm: what goes wrong here is no failure of that. */
export async function tellLacking(
  context: Context,
  names: readonly string[],
  { prefix = '' }: { prefix?: string } = {},
): Promise<void> {
  if (names.length === 0) return;
  try {
    const fleet = await context.fleet();
    const single = { connect: fleet.connect.bind(fleet), release: (connection: Connection) => connection.end() };
    const { pushed, members } = await askManager(context, single, async (engine) => {
      const pushed = (await engine.services()).filter(({ Spec }) => isContentName(imageIn(Spec)));
      return { pushed, members: pushed.length > 0 ? await engine.nodes() : [] };
    });
    if (pushed.length === 0) return;
    const nodes = await fleet.locate(names);
    const work = (node: Node) => lacked(context, node, { pushed, members });
    const { done } = await eachNode(context, nodes, work, { atOnce: AT_ONCE });
    for (const stack of new Set(pushed.map(stackOf))) {
      const own = done.map(({ node, result }) => ({
        node: node.name,
        lacks: result.filter((one) => stackOf(one) === stack),
      }));
      const command = `${prefix}${stack === undefined ? 'belt push' : `belt deploy --push ${quoteWord(stack)}`}`;
      await tell(
        context,
        command,
        own.filter(({ lacks }) => lacks.length > 0),
      );
    }
  } catch (error) {
    context.signal.throwIfAborted();
    context.trace?.(`whether new nodes lack pushed images: ${messageOf(error)}`);
  }
}

const stackOf = ({ Spec }: ApiService): string | undefined => Spec.Labels?.[STACK];

/** The services whose image the node lacks and that may run there. One connection tells which entry of the swarm it is, too. */
async function lacked(
  context: Context,
  node: Node,
  { pushed, members }: { pushed: readonly ApiService[]; members: readonly SwarmNode[] },
): Promise<ApiService[]> {
  const { clock, signal } = context;
  const deadline = clock.now() + PATIENCE_MS;
  const connection = await (await context.fleet()).connect(node, { deadline });
  const live = async () => connection;
  try {
    const { nodeId } = await engineOver(live, { clock, signal, deadline }).swarm();
    const member = members.find(({ id }) => id === nodeId);
    if (!member) return [];
    const engine = imageEngineOver(live, { clock, signal, deadline });
    const missing: ApiService[] = [];
    for (const service of pushed) {
      if (!mayRun(service.Spec as unknown as ServiceSpec, member)) continue;
      if (!(await engine.image(imageIn(service.Spec)))) missing.push(service);
    }
    return missing;
  } finally {
    connection.end();
  }
}

async function tell(
  context: Context,
  command: string,
  all: readonly { node: string; lacks: readonly ApiService[] }[],
): Promise<void> {
  if (all.length === 0) return;
  const nodes = all.map(({ node }) => node);
  const services = [...new Map(all.flatMap(({ lacks }) => lacks.map((one) => [one.Spec.Name, one] as const))).values()];
  const listed = services.map(({ Spec }) => Spec.Name).join(', ');
  const isKept = (await Promise.all(services.map(({ Spec }) => keptHere(context, imageIn(Spec))))).every(Boolean);
  context.out.warn(
    `${compact(nodes)}: without the pushed images of ${listed}, so that a task of theirs fails there with "No such image"; once more: ${command}` +
      (isKept ? ' (the Docker engine of this machine still has them)' : ''),
    { nodes, services: services.map(({ Spec }) => Spec.Name) },
  );
}

/** The tag begins the id of the image, where the engine here has one image store and the image one platform; else nobody knows. */
const keptHere = (context: Context, image: string): Promise<boolean> =>
  isHere(context, { shown: image.slice(image.lastIndexOf(':') + 1) });
