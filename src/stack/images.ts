// Images with their digests, so that all nodes run the same, and the credentials without which their registries do not give them.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import type { RegistryImage, StackEngine } from '../engine/stack-calls.ts';
import { isContentName } from '../images/reference.ts';
import type { SwarmNode } from '../model/swarm-node.ts';
import type { Credentials, RegistryAuths } from '../registry/auths.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { type Failure, type LookUp, lookUp } from '../registry/look-up.ts';
import { nodesFor, type Platform, platformName } from './eligible.ts';

/** A registry that does not answer holds up those behind it for half a minute each. */
const ASKED_AT_ONCE = 4;

/** An image as a service is to have it. */
export interface PinnedImage {
  reference: string;
  /** On which it runs; none where nobody says. */
  platforms: readonly Platform[];
  /** What this machine has for its registry, where that asks for some. */
  credentials: Credentials | undefined;
}

/** No registry has it. */
export const isLocal = (image: string): boolean => image.startsWith('sha256:') || isContentName(image);

const NONE = { platforms: [], credentials: undefined };

export class Images {
  readonly #context: Context;
  readonly #engine: StackEngine;
  readonly #auths: RegistryAuths;
  readonly #limit = pLimit(ASKED_AT_ONCE);
  readonly #asked = new Map<string, Promise<LookUp<RegistryImage>>>();
  #nodes: Promise<readonly SwarmNode[]> | undefined;
  /** Services by images that no registry gave, and why. */
  readonly #failed = new Map<string, { kind: Failure; why: string; services: string[] }>();
  /** Images that run on none of the nodes. */
  readonly #misfits = new Map<string, string>();

  constructor(context: Context, engine: StackEngine, auths: RegistryAuths) {
    this.#context = context;
    this.#engine = engine;
    this.#auths = auths;
  }

  /** `nginx:1.27` → `nginx:1.27@sha256:…`; the reference as it is where no registry says what it is. */
  async pinned(image: string, service: string): Promise<PinnedImage> {
    if (isLocal(image)) return { reference: image, ...NONE };
    if (image.includes('@')) return { reference: image, ...NONE, credentials: await this.credentialsFor(image) };
    const found = await this.#lookUp(image);
    const { credentials } = found;
    if (found.kind === 'found') {
      const { digest, platforms } = found.found;
      await this.#checkPlatforms(image, platforms);
      return { reference: `${image}@${digest}`, platforms, credentials };
    }
    const { services = [] } = this.#failed.get(image) ?? {};
    this.#failed.set(image, { kind: found.kind, why: found.why, services: [...services, service] });
    return { reference: image, platforms: [], credentials };
  }

  /** What is to be sent with the image: what this machine has for its registry, where that helps to get it. */
  async credentialsFor(image: string): Promise<Credentials | undefined> {
    if (isLocal(image) || !(await this.#auths.of(image))) return undefined;
    return (await this.#lookUp(image)).credentials;
  }

  /** The same, but none that are of use for this moment alone, such as against a limit of requests. */
  async lastingCredentialsFor(image: string): Promise<Credentials | undefined> {
    const credentials = await this.credentialsFor(image);
    return credentials && (await this.#lookUp(image)).isAsked ? credentials : undefined;
  }

  /** Asks for these already, some at once, before their services need them; whoever needs one is told what was wrong. */
  async ask(images: readonly string[]): Promise<void> {
    const some = images.filter((image) => !isLocal(image) && !image.includes('@'));
    await Promise.allSettled(some.map((image) => this.#lookUp(image)));
    this.#context.signal.throwIfAborted();
  }

  #lookUp(image: string): Promise<LookUp<RegistryImage>> {
    const asking = this.#asked.get(image) ?? this.#limit(() => this.#ask(image));
    this.#asked.set(image, asking);
    return asking;
  }

  async #ask(image: string): Promise<LookUp<RegistryImage>> {
    const { signal, trace } = this.#context;
    const ask = (auth?: object) => this.#engine.imageOf(image, auth);
    const found = await lookUp(image, this.#auths, ask, signal);
    if (found.kind !== 'found') trace?.(`${image}: ${found.kind}: ${found.why}`);
    return found;
  }

  async #checkPlatforms(image: string, platforms: readonly Platform[]): Promise<void> {
    if (platforms.length === 0) return;
    // It is advice alone: without the nodes there is none.
    this.#nodes ??= this.#engine.nodes().catch(() => []);
    const nodes = await this.#nodes;
    if (nodes.length === 0) return;
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
    const all = [...this.#failed].map(([image, about]) => ({ image, host: hostOf(image), ...about }));
    const missing = all.filter(({ kind }) => kind === 'missing');
    if (missing.length > 0) this.#warn(`the registry has no ${listed(missing)}`, missing);
    const unanswered = all.filter(({ kind }) => kind === 'unanswered');
    if (unanswered.length > 0) {
      const reasons = [...new Set(unanswered.map(({ why }) => why))].join('; ');
      this.#warn(`no registry answers for ${listed(unanswered)} (${reasons})`, unanswered);
    }
    const refused = all.filter(({ kind }) => kind === 'refused');
    for (const host of new Set(refused.map(({ host }) => host))) {
      const those = refused.filter((one) => one.host === host);
      this.#warn(`${host} refuses ${listed(those)}: it is private, or there is no such image`, those, {
        hint: `; to log in: belt registry login ${host}`,
      });
    }
  }

  #warn(what: string, about: readonly { image: string }[], { hint = '' } = {}): void {
    const images = about.map(({ image }) => image);
    this.#context.out.warn(`${what}; each node runs the image that it has or finds under the name${hint}`, { images });
  }
}

const hostOf = (image: string): string => shownRegistry(registryOf(image));

const listed = (all: readonly { image: string; services: readonly string[] }[]): string =>
  all.map(({ image, services }) => `${image} (${services.join(', ')})`).join(', ');
