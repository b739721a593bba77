// Images of a stack that only this machine has: built where the files say so, and put on the nodes that may run them.
import type { DesiredService, DesiredStack } from '../compose/desired.ts';
import type { Context } from '../context.ts';
import { askSwarm } from '../fleet/ask-swarm.ts';
import { throwFailures } from '../fleet/failures.ts';
import { noManager } from '../fleet/roles.ts';
import { askRegistry, isHere } from '../images/local-engine.ts';
import { referenceOf } from '../images/node-push.ts';
import { pushToAll } from '../images/push.ts';
import { type ImageName, parseName } from '../images/reference.ts';
import { type NamedImage, openSource } from '../images/source.ts';
import type { Node } from '../model/node.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { RegistryAuths } from '../registry/auths.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { lookUp } from '../registry/look-up.ts';
import { build, checkArgs } from './build.ts';
import { mayRun } from './may-run.ts';

const AT_ONCE = 64;

/** A service whose image nobody else has. */
interface Own {
  service: DesiredService;
  image: ImageName;
}

/**
 * The stack with its own images on the nodes, named by their content so that all nodes run the same.
 * @throws NodesFailed where one that may run a service did not get its image; BeltError where one cannot be built
 */
export async function withPushedImages(context: Context, wanted: DesiredStack): Promise<DesiredStack> {
  const own: Own[] = [];
  const auths = new RegistryAuths(context, { renews: false });
  for (const service of wanted.services) checkArgs(context, service);
  for (const service of wanted.services) {
    const image = parseName(imageOf(service));
    if (service.build) await build(context, service, service.build);
    if (image && (service.build || (await isOnlyHere(context, image, { auths, service: service.name }))))
      own.push({ service, image });
  }
  if (own.length === 0) return wanted;
  const nodes = await swarmNodes(context);
  const words = [...new Set(own.map(({ image }) => image.shown))];
  const source = await openSource(context, words, undefined);
  try {
    const imagesFor = ({ node, member }: Target) =>
      neededOn(member, own, source.images).map((image) => ({ image, node }));
    const targets = nodes.filter((target) => imagesFor(target).length > 0);
    const needs = new Map(targets.map((target) => [target.node.id, imagesFor(target).map(({ image }) => image)]));
    const pushing = { concurrency: AT_ONCE, timeoutMs: undefined, isResult: false };
    const some = targets.map(({ node }) => node);
    const { failures } = await pushToAll(context, some, ({ id }) => needs.get(id) ?? [], pushing);
    throwFailures(failures, some.length);
    return { ...wanted, services: wanted.services.map((service) => byContent(service, own, source.images)) };
  } finally {
    source.close();
  }
}

/** Whether the engine here has it and its registry says that it does not. Where that is not known, the registry's is the one that is meant. */
async function isOnlyHere(
  context: Context,
  image: ImageName,
  { auths, service }: { auths: RegistryAuths; service: string },
): Promise<boolean> {
  if (!(await isHere(context, image))) return false;
  const ask = (auth?: object) => askRegistry(context, image, auth);
  const answer = await lookUp(image.shown, auths, ask, context.signal);
  if (answer.kind === 'found' || answer.kind === 'missing') return answer.kind === 'missing';
  const host = shownRegistry(registryOf(image.shown));
  const says = answer.kind === 'refused' ? `${host} does not tell this machine` : `${host} does not say`;
  context.out.warn(
    `${service}: ${says} whether it has ${image.shown} (${answer.why}): the nodes pull it; to put the one of this machine there: belt push ${image.shown}`,
    { images: [image.shown] },
  );
  return false;
}

const imageOf = ({ spec }: DesiredService): string => spec.TaskTemplate.ContainerSpec.Image;

interface Target {
  node: Node;
  member: SwarmNode;
}

/** The nodes of the swarm but those that are down: nothing is started there. */
async function swarmNodes(context: Context): Promise<Target[]> {
  const view = await askSwarm(context, await (await context.fleet()).list(), []);
  if (!view.swarm) throw noManager(view);
  const all = view.answers.flatMap(({ node }) => {
    const member = view.memberOf(node);
    return member ? [{ node, member }] : [];
  });
  const down = all.filter(({ member }) => member.state !== 'ready').map(({ node }) => node.name);
  if (down.length > 0) {
    context.out.warn(`${compact(down)}: down; no image is pushed there`, { nodes: down });
  }
  return all.filter(({ member }) => member.state === 'ready');
}

const neededOn = (member: SwarmNode, own: readonly Own[], images: readonly NamedImage[]): NamedImage[] =>
  images.filter(({ name }) =>
    own.some(({ service, image }) => image.full === name.full && mayRun(service.spec, member)),
  );

function byContent(service: DesiredService, own: readonly Own[], images: readonly NamedImage[]): DesiredService {
  const { image } = own.find((one) => one.service === service) ?? {};
  const pushed = image && images.find(({ name }) => name.full === image.full);
  if (!pushed) return service;
  const { spec } = service;
  const container = { ...spec.TaskTemplate.ContainerSpec, Image: referenceOf(pushed).shown };
  return { ...service, spec: { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: container } } };
}
