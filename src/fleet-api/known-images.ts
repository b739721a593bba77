// Which images nodes had when they last said so: what was built on one that is silent is nowhere else.
import type { ApiNode } from './node.ts';
import type { Image } from './types.ts';

export class KnownImages {
  readonly #lists = new Map<string, readonly Image[]>();
  readonly #asking = new Set<Promise<void>>();

  /** Takes the answer of a node to the question for all of its images. */
  learn(node: string, images: readonly Image[]): void {
    this.#lists.set(node, images);
  }

  forget(node: string): void {
    this.#lists.delete(node);
  }

  /** Asks these nodes; nobody waits for it. */
  ask(nodes: readonly ApiNode[]): void {
    const asking = Promise.all(nodes.map((node) => this.#askOne(node))).then(() => {
      this.#asking.delete(asking);
    });
    this.#asking.add(asking);
  }

  /** Resolves when all that was asked has been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#asking);
  }

  /**
   * Whether a node that did not say may be the only one to have the image. As in Swarm v1, one that never said what it has does not
   * keep clients from pulling; nor does what a registry has.
   */
  mayAloneHave({ name, silence }: ApiNode, image: string): boolean {
    if (silence === undefined) return true;
    return (this.#lists.get(name) ?? []).some((one) => isMeant(image, one) && !isOfRegistry(one));
  }

  /** Whether it may be on a node that does not say so now: it was there, or nobody knows. */
  mayHave({ name }: ApiNode, image: string): boolean {
    return this.#lists.get(name)?.some((one) => isMeant(image, one)) ?? true;
  }

  async #askOne(node: ApiNode): Promise<void> {
    const answer = await node.ask({ path: '/images/json' }).catch(() => undefined);
    if (answer?.status === 200 && Array.isArray(answer.body)) this.learn(node.name, answer.body as Image[]);
  }
}

const isOfRegistry = ({ RepoDigests }: Image): boolean =>
  (RepoDigests ?? []).some((digest) => !digest.startsWith('<none>'));

function isMeant(image: string, { Id, RepoTags }: Image): boolean {
  const [, id] = /^(?:sha256:)?([0-9a-f]+)$/.exec(image) ?? [];
  if (id !== undefined && Id.replace(/^sha256:/, '').startsWith(id)) return true;
  return (RepoTags ?? []).some((tag) => fullName(tag) === fullName(image));
}

/** Without the registry that is meant where none is named, with the tag that is. */
const fullName = (image: string): string => {
  const name = image.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  return /[:@][^/]*$/.test(name) ? name : `${name}:latest`;
};
