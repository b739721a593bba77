// Nodes that came into a swarm, and pushed images that services may run there: nobody can pull those, so a task that gets there would fail.
import type { ServiceSpec } from '../compose/spec.ts';
import type { Context } from '../context.ts';
import { engineOver, imageEngineOver } from '../engine/engine.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import { pushToAll } from '../images/push.ts';
import { openPushed } from '../images/pushed.ts';
import { isContentName } from '../images/reference.ts';
import type { NamedImage, OpenSource } from '../images/source.ts';
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

/** A node, and the services whose image it lacks. */
interface Lacking {
  node: Node;
  lacks: ApiService[];
}

/**
 * Puts what was pushed for services on the nodes that lack it, where the Docker engine of this machine still has it; else warns, for each
 * stack. The nodes are in the swarm: what goes wrong here is no failure of that.
 */
export async function bringPushed(
  context: Context,
  names: readonly string[],
  { prefix = '' }: { prefix?: string } = {},
): Promise<void> {
  if (names.length === 0) return;
  try {
    const all = await lackingOf(context, names);
    const { has, why } = await bring(context, all);
    const left = all.map(({ node, lacks }) => ({
      node,
      lacks: lacks.filter((service) => !has(node, imageIn(service.Spec))),
    }));
    for (const stack of new Set(left.flatMap(({ lacks }) => lacks.map(stackOf)))) {
      const command = `${prefix}${stack === undefined ? 'belt push' : `belt deploy --push ${quoteWord(stack)}`}`;
      const own = left.map(({ node, lacks }) => ({ node, lacks: lacks.filter((one) => stackOf(one) === stack) }));
      tell(
        context,
        own.filter(({ lacks }) => lacks.length > 0),
        { command, why },
      );
    }
  } catch (error) {
    context.signal.throwIfAborted();
    context.trace?.(`whether new nodes lack pushed images: ${messageOf(error)}`);
  }
}

async function lackingOf(context: Context, names: readonly string[]): Promise<Lacking[]> {
  const fleet = await context.fleet();
  const single = { connect: fleet.connect.bind(fleet), release: (connection: Connection) => connection.end() };
  const { pushed, members } = await askManager(context, single, async (engine) => {
    const pushed = (await engine.services()).filter(({ Spec }) => isContentName(imageIn(Spec)));
    return { pushed, members: pushed.length > 0 ? await engine.nodes() : [] };
  });
  if (pushed.length === 0) return [];
  const nodes = await fleet.locate(names);
  const work = (node: Node) => lacked(context, node, { pushed, members });
  const { done } = await eachNode(context, nodes, work, { atOnce: AT_ONCE });
  return done.map(({ node, result: lacks }) => ({ node, lacks })).filter(({ lacks }) => lacks.length > 0);
}

interface Brought {
  /** Whether a node got an image. */
  has: (node: Node, image: string) => boolean;
  /** Why it did not, where that was tried. */
  why: ReadonlyMap<string, string>;
}

async function bring(context: Context, all: readonly Lacking[]): Promise<Brought> {
  const sources: OpenSource[] = [];
  const why = new Map<string, string>();
  try {
    const found = new Map<string, NamedImage>();
    for (const image of new Set(all.flatMap(({ lacks }) => lacks.map(({ Spec }) => imageIn(Spec))))) {
      const source = await openPushed(context, image);
      if (source) sources.push(source);
      if (source) found.set(image, source.images[0]!);
    }
    const needs = ({ lacks }: Lacking): NamedImage[] =>
      [...new Set(lacks.map(({ Spec }) => imageIn(Spec)))].flatMap((image) => found.get(image) ?? []);
    const some = all.filter((one) => needs(one).length > 0);
    const pushing = { concurrency: AT_ONCE, timeoutMs: undefined, isResult: false };
    const { done, failures } = await pushToAll(
      context,
      some.map(({ node }) => node),
      (node) => needs(some.find((one) => one.node.id === node.id)!),
      pushing,
    );
    for (const { name, error } of failures) why.set(name, messageOf(error));
    const ids = new Set(done.map(({ node }) => node.id));
    return { has: ({ id }, image) => ids.has(id) && found.has(image), why };
  } finally {
    for (const source of sources) source.close();
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

function tell(
  { out }: Context,
  all: readonly Lacking[],
  { command, why }: { command: string } & Pick<Brought, 'why'>,
): void {
  if (all.length === 0) return;
  const nodes = all.map(({ node }) => node.name);
  const services = [...new Set(all.flatMap(({ lacks }) => lacks.map(({ Spec }) => Spec.Name)))];
  const reasons = [...new Set(nodes.flatMap((name) => why.get(name) ?? []))];
  const tried = reasons.length === 0 ? '' : ` (putting them there failed: ${reasons.join('; ')})`;
  out.warn(
    `${compact(nodes)}: without the pushed images of ${services.join(', ')}, so that a task of theirs fails there with "No such image"${tried}; once more: ${command}`,
    { nodes, services },
  );
}
