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

export interface Prepared {
  /** Its services name what was built and what is only here by content. */
  stack: DesiredStack;
  /** Undefined where there is nothing of the kind. */
  push: Push | undefined;
  close(): void;
}

export interface Push {
  /**
   * Puts images on the nodes that may run them and have not got them from it yet; what is there already is not sent again.
   * @throws NodesFailed where one of them did not get its image
   */
  run(): Promise<void>;
  /** Whether a node that may run one came since. */
  isBehind(): Promise<boolean>;
}

/** Builds what the files say, and reads that and what only this machine has; no node has it yet. Close it afterwards. @throws BeltError where one cannot be built */
export async function preparePush(context: Context, wanted: DesiredStack): Promise<Prepared> {
  for (const service of wanted.services) checkArgs(context, service);
  const own: Own[] = [];
  const only = new OnlyHere(context);
  for (const service of wanted.services) {
    const image = parseName(imageOf(service));
    if (service.build) await build(context, service, service.build);
    if (image && (service.build || (await only.has(image, service.name)))) own.push({ service, image });
  }
  if (own.length === 0) return { stack: wanted, push: undefined, close: () => {} };
  const words = [...new Set(own.map(({ image }) => image.shown))];
  const source = await openSource(context, words, undefined);
  const services = wanted.services.map((service) => byContent(service, own, source.images));
  const push = new PushToSwarm(context, own, source.images);
  return { stack: { ...wanted, services }, push, close: () => source.close() };
}

class PushToSwarm implements Push {
  readonly #context: Context;
  readonly #own: readonly Own[];
  readonly #images: readonly NamedImage[];
  /** The ids of nodes that have their images. */
  readonly #done = new Set<number>();
  #isDownTold = false;

  constructor(context: Context, own: readonly Own[], images: readonly NamedImage[]) {
    this.#context = context;
    this.#own = own;
    this.#images = images;
  }

  async run(): Promise<void> {
    const { ready, down } = await swarmNodes(this.#context);
    if (down.length > 0 && !this.#isDownTold) {
      this.#isDownTold = true;
      this.#context.out.warn(`${compact(down)}: down; no image is pushed there`, { nodes: down });
    }
    const left = this.#left(ready);
    const pushing = { concurrency: AT_ONCE, timeoutMs: undefined, isResult: false };
    const nodes = left.map(({ node }) => node);
    const imagesFor = ({ id }: Node) => left.find(({ node }) => node.id === id)?.needs ?? [];
    const { done, failures } = await pushToAll(this.#context, nodes, imagesFor, pushing);
    for (const { node } of done) this.#done.add(node.id);
    throwFailures(failures, nodes.length);
  }

  async isBehind(): Promise<boolean> {
    return this.#left((await swarmNodes(this.#context)).ready).length > 0;
  }

  #left(targets: readonly Target[]): { node: Node; needs: NamedImage[] }[] {
    return targets
      .filter(({ node }) => !this.#done.has(node.id))
      .map(({ node, member }) => ({ node, needs: neededOn(member, this.#own, this.#images) }))
      .filter(({ needs }) => needs.length > 0);
  }
}

/** The stack as it is before anything of it is built. */
export const unbuilt = (wanted: DesiredStack): DesiredStack => ({
  ...wanted,
  services: wanted.services.map((service) => (service.build ? { ...service, isUnbuilt: true } : service)),
});

/** Which images the engine here has and their registries say that they do not; each is asked about once. */
class OnlyHere {
  readonly #context: Context;
  readonly #auths: RegistryAuths;
  readonly #found = new Map<string, boolean>();

  constructor(context: Context) {
    this.#context = context;
    this.#auths = new RegistryAuths(context, { renews: false });
  }

  /** `service` is the first that has it. */
  async has(image: ImageName, service: string): Promise<boolean> {
    const isOnly = this.#found.get(image.full) ?? (await this.#ask(image, service));
    this.#found.set(image.full, isOnly);
    return isOnly;
  }

  /** Where it is not known, the registry's is the one that is meant. */
  async #ask(image: ImageName, service: string): Promise<boolean> {
    const { out, signal } = this.#context;
    if (!(await isHere(this.#context, image))) return false;
    const ask = (auth?: object) => askRegistry(this.#context, image, auth);
    const answer = await lookUp(image.shown, this.#auths, ask, signal);
    if (answer.kind === 'found' || answer.kind === 'missing') return answer.kind === 'missing';
    const host = shownRegistry(registryOf(image.shown));
    const says = answer.kind === 'refused' ? `${host} does not tell this machine` : `${host} does not say`;
    out.warn(
      `${service}: ${says} whether it has ${image.shown} (${answer.why}): the nodes pull it; to put the one of this machine there: belt push ${image.shown}`,
      { images: [image.shown] },
    );
    return false;
  }
}

const imageOf = ({ spec }: DesiredService): string => spec.TaskTemplate.ContainerSpec.Image;

interface Target {
  node: Node;
  member: SwarmNode;
}

/** The nodes of the swarm, and the names of those that are down: nothing is started there. */
async function swarmNodes(context: Context): Promise<{ ready: Target[]; down: string[] }> {
  const view = await askSwarm(context, await (await context.fleet()).list(), []);
  if (!view.swarm) throw noManager(view);
  const all = view.answers.flatMap(({ node }) => {
    const member = view.memberOf(node);
    return member ? [{ node, member }] : [];
  });
  return {
    ready: all.filter(({ member }) => member.state === 'ready'),
    down: all.filter(({ member }) => member.state !== 'ready').map(({ node }) => node.name),
  };
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
