// Nodes that came into a swarm, and pushed images that services may run there: nobody can pull those, so a task that gets there fails.
import type { ServiceSpec } from '../compose/spec.ts';
import type { Context } from '../context.ts';
import { imageEngineOver } from '../engine/engine.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { eachNode } from '../fleet/each-node.ts';
import { isHere } from '../images/local-engine.ts';
import { isContentName } from '../images/reference.ts';
import { compact } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import { STACK } from './labels.ts';
import { withManager } from './manager.ts';
import { mayRun } from './may-run.ts';
import { membersAmong, type SwarmTarget } from './members.ts';
import { imageIn } from './registry-label.ts';

const AT_ONCE = 32;
/** For each node. */
const PATIENCE_MS = 10_000;

/** Warns, for each stack, of nodes that lack what was pushed for its services. The nodes are in the swarm: what goes wrong here is no failure of that. */
export async function tellLacking(context: Context, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  try {
    const services = await withManager(context, (engine) => engine.services());
    const pushed = services.filter(({ Spec }) => isContentName(imageIn(Spec)));
    if (pushed.length === 0) return;
    const targets = (await membersAmong(context)).filter(({ name }) => names.includes(name));
    const { done } = await eachNode(context, targets, (target) => lacked(context, target, pushed), { atOnce: AT_ONCE });
    for (const stack of new Set(pushed.map(stackOf))) {
      const own = done.map(({ node, result }) => ({
        node: node.name,
        lacks: result.filter((one) => stackOf(one) === stack),
      }));
      await tell(
        context,
        stack,
        own.filter(({ lacks }) => lacks.length > 0),
      );
    }
  } catch (error) {
    context.signal.throwIfAborted();
    context.trace?.(`whether new nodes lack pushed images: ${messageOf(error)}`);
  }
}

const stackOf = ({ Spec }: ApiService): string | undefined => Spec.Labels?.[STACK];

/** The services whose image the node lacks and that may run there. */
async function lacked(
  context: Context,
  { node, member }: SwarmTarget,
  services: readonly ApiService[],
): Promise<ApiService[]> {
  const { clock, signal } = context;
  const own = services.filter(({ Spec }) => mayRun(Spec as unknown as ServiceSpec, member));
  if (own.length === 0) return [];
  const deadline = clock.now() + PATIENCE_MS;
  const connection = await (await context.fleet()).connect(node, { deadline });
  try {
    const engine = imageEngineOver(async () => connection, { clock, signal, deadline });
    const missing: ApiService[] = [];
    for (const service of own) if (!(await engine.image(imageIn(service.Spec)))) missing.push(service);
    return missing;
  } finally {
    connection.end();
  }
}

async function tell(
  context: Context,
  stack: string | undefined,
  all: readonly { node: string; lacks: readonly ApiService[] }[],
): Promise<void> {
  if (all.length === 0) return;
  const nodes = all.map(({ node }) => node);
  const services = [...new Map(all.flatMap(({ lacks }) => lacks.map((one) => [one.Spec.Name, one] as const))).values()];
  const listed = services.map(({ Spec }) => Spec.Name).join(', ');
  const again = stack === undefined ? 'belt push' : `belt deploy --push ${quoteWord(stack)}`;
  const isKept = (await Promise.all(services.map(({ Spec }) => keptHere(context, imageIn(Spec))))).every(Boolean);
  context.out.warn(
    `${compact(nodes)}: without the pushed images of ${listed}, so that a task of theirs fails there with "No such image"; once more: ${again}` +
      (isKept ? ' (the Docker engine of this machine still has them)' : ''),
    { nodes, services: services.map(({ Spec }) => Spec.Name) },
  );
}

/** The tag begins the id of the image, where the engine here has one image store and the image one platform; else nobody knows. */
const keptHere = (context: Context, image: string): Promise<boolean> =>
  isHere(context, { shown: image.slice(image.lastIndexOf(':') + 1) });
