// Images with their digests, so that all nodes run the same.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import type { RegistryImage, StackEngine } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { isContentName } from '../images/reference.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import type { Credentials, RegistryAuths } from '../registry/auths.ts';
import { nodesFor, type Platform, platformName } from './eligible.ts';

/** A registry that does not answer holds up those behind it for half a minute each. */
const ASKED_AT_ONCE = 4;

/** An image as a service is to have it. */
export interface PinnedImage {
  reference: string;
  /** On which it runs; none where nobody says. */
  platforms: readonly Platform[];
  /** What this machine has for its registry. */
  credentials: Credentials | undefined;
}

/** No registry has it. */
const isLocal = (image: string): boolean => image.startsWith('sha256:') || isContentName(image);

export class Images {
  readonly #context: Context;
  readonly #engine: StackEngine;
  readonly #auths: RegistryAuths;
  readonly #limit = pLimit(ASKED_AT_ONCE);
  readonly #asked = new Map<string, Promise<RegistryImage | undefined>>();
  #nodes: Promise<readonly SwarmNode[]> | undefined;
  /** Services by images that no registry knows, or none that answers. */
  readonly #unknown = new Map<string, string[]>();
  /** Images that run on none of the nodes. */
  readonly #misfits = new Map<string, string>();

  constructor(context: Context, engine: StackEngine, auths: RegistryAuths) {
    this.#context = context;
    this.#engine = engine;
    this.#auths = auths;
  }

  /** `nginx:1.27` → `nginx:1.27@sha256:…`; the reference as it is where no registry says what it is. */
  async pinned(image: string, service: string): Promise<PinnedImage> {
    if (isLocal(image)) return { reference: image, platforms: [], credentials: undefined };
    const credentials = await this.#auths.of(image);
    if (image.includes('@')) return { reference: image, platforms: [], credentials };
    const found = await this.#found(image);
    if (found !== undefined) return { reference: `${image}@${found.digest}`, platforms: found.platforms, credentials };
    this.#unknown.set(image, [...(this.#unknown.get(image) ?? []), service]);
    return { reference: image, platforms: [], credentials };
  }

  /** Asks for these already, some at once, before their services need them. */
  ask(images: readonly string[]): void {
    for (const image of images) {
      if (isLocal(image) || image.includes('@')) continue;
      // Whoever needs it is told.
      this.#found(image).catch(() => {});
    }
  }

  #found(image: string): Promise<RegistryImage | undefined> {
    const asking = this.#asked.get(image) ?? this.#limit(() => this.#ask(image));
    this.#asked.set(image, asking);
    return asking;
  }

  async #ask(image: string): Promise<RegistryImage | undefined> {
    try {
      const credentials = await this.#auths.of(image);
      const found = await this.#engine.imageOf(image, credentials?.auth);
      await this.#checkPlatforms(image, found);
      return found;
    } catch (error) {
      this.#context.signal.throwIfAborted();
      this.#context.trace?.(`${image}: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #checkPlatforms(image: string, { platforms }: RegistryImage): Promise<void> {
    if (platforms.length === 0) return;
    this.#nodes ??= this.#engine.nodes();
    const nodes = await this.#nodes;
    if (nodesFor(platforms, nodes).length > 0) return;
    const [own, theirs] = [platforms, nodes.flatMap(({ platform }) => platform ?? [])].map((all) =>
      [...new Set(all.map(platformName))].join(', '),
    );
    this.#misfits.set(image, `${image} is for ${own}, and no node can run it: they are ${theirs}`);
  }

  /** One warning for all of a kind. */
  tell(): void {
    const { out } = this.#context;
    for (const [image, why] of this.#misfits) out.warn(why, { images: [image] });
    if (this.#unknown.size === 0) return;
    const all = [...this.#unknown].map(([image, services]) => `${image} (${services.join(', ')})`);
    const why = `no registry answers for ${all.join(', ')}: each node runs the image that it has or finds under the name`;
    out.warn(why, { images: [...this.#unknown.keys()] });
  }
}
