// The containers of all nodes, as they were last seen: a node that is silent keeps its last known ones.
import { find, fullName, type Lists, type Located } from './find.ts';
import type { ApiNode } from './node.ts';
import { notFound, Refusal } from './refusal.ts';
import type { Summary } from './types.ts';

const ALL = '/containers/json?all=1';

export class Census {
  /** Replaced by another list, never changed: whoever goes through it is not disturbed. */
  nodes: readonly ApiNode[];
  readonly #lists = new Map<string, readonly Summary[]>();
  #looking: Promise<Lists> | undefined;
  #next: Promise<Lists> | undefined;

  constructor(nodes: readonly ApiNode[]) {
    this.nodes = nodes;
  }

  get lists(): Lists {
    return this.#lists;
  }

  node(name: string): ApiNode | undefined {
    return this.nodes.find((node) => node.name === name);
  }

  get answering(): ApiNode[] {
    return this.nodes.filter(({ silence }) => silence === undefined);
  }

  get silent(): ApiNode[] {
    return this.nodes.filter(({ silence }) => silence !== undefined);
  }

  join(node: ApiNode): void {
    this.nodes = [...this.nodes, node];
  }

  /** Its containers go with it. */
  leave(node: ApiNode): void {
    this.nodes = this.nodes.filter((one) => one !== node);
    this.#lists.delete(node.name);
  }

  /** Takes the answer of a node to the question for all of its containers. */
  learn(node: string, list: readonly Summary[]): void {
    // It may have left while it was asked.
    if (this.node(node) === undefined) return;
    this.#lists.set(node, list);
  }

  /** Takes the answer of a node to a question for some of them. */
  learnSome(node: string, list: readonly Summary[]): void {
    const seen = new Map(list.map((one) => [one.Id, one]));
    const before = this.#lists.get(node);
    if (before === undefined) return;
    this.#lists.set(
      node,
      before.map((one) => seen.get(one.Id) ?? one),
    );
  }

  /** It was removed: what is asked next must not count on it. */
  forget(node: string, id: string): void {
    const before = this.#lists.get(node);
    if (before === undefined) return;
    this.#lists.set(
      node,
      before.filter(({ Id }) => Id !== id),
    );
  }

  /** Asks all nodes that answer, and gives what they said. It begins no sooner than it is called: whoever comes while one look is under way shares the next. */
  look(): Promise<Lists> {
    if (this.#looking === undefined) {
      this.#looking = this.#ask(this.answering).finally(() => {
        this.#looking = undefined;
      });
      return this.#looking;
    }
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.look();
    });
    return this.#next;
  }

  /**
   * The node and container that the word means.
   * @throws Refusal when it means none, or several, or one whose node is silent
   */
  async locate(word: string): Promise<{ node: ApiNode; container: Summary }> {
    const known = /^[0-9a-f]{64}$/.test(word) ? find(word, this.#lists) : [];
    const owner = /^\/?([^/]+)\/./.exec(word)?.[1];
    if (known.length === 1) return this.#settle(word, known, []);
    const asked = this.nodes.filter(({ name }) => owner === undefined || owner === name);
    const lists = await (owner === undefined ? this.look() : this.#ask(asked.filter(({ silence }) => !silence)));
    return this.#settle(
      word,
      find(word, this.#lists),
      asked.filter(({ name }) => !lists.has(name)),
    );
  }

  /** The nodes that are unknown did not say what they have. */
  #settle(word: string, found: readonly Located[], unknown: readonly ApiNode[]): { node: ApiNode; container: Summary } {
    if (found.length > 1) {
      const names = found.map(fullName).join(', ');
      throw new Refusal(409, `"${word}" is ambiguous: ${names}`);
    }
    const one = found[0];
    if (one === undefined) throw notFound(`No such container: ${word}`, unknown);
    const node = this.node(one.node)!;
    if (node.silence !== undefined) {
      throw new Refusal(500, `Container ${word} running on unhealthy node ${node.name}: ${node.silence}`);
    }
    return { node, container: one.container };
  }

  async #ask(nodes: readonly ApiNode[]): Promise<Lists> {
    const listed = await Promise.all(
      nodes.map(async (node) => {
        const answer = await node.ask({ path: ALL }).catch(() => undefined);
        if (answer?.status !== 200) return [];
        this.learn(node.name, answer.body as Summary[]);
        return [[node.name, answer.body as Summary[]] as const];
      }),
    );
    return new Map(listed.flat());
  }
}
