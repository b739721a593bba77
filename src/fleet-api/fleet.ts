// All engines behind one API: which there are, what is known of them, and how each kind of thing is found.
import type { Clock } from '../clock.ts';
import { Census } from './census.ts';
import { KnownImages } from './known-images.ts';
import { ApiNode, type Ask, type NodeOptions } from './node.ts';
import type { Rules } from './place/schedule.ts';
import { Placement } from './placement.ts';
import { messageIn, NoSwarm, notFound, Refusal } from './refusal.ts';
import { commonVersions, compareVersions, type VersionRange } from './version.ts';

/** A node, and the way to its engine. */
export type NodeWay = Pick<NodeOptions, 'name' | 'address' | 'open' | 'isFull'>;

export interface FleetOptions extends Rules {
  /** Those that it begins with; others join and leave. */
  nodes: readonly NodeWay[];
  /** What `docker info` calls it. */
  name: string;
  /** belt's own. */
  version: string;
  clock: Clock;
  /** Ends all that waits. */
  signal: AbortSignal;
  /** Refuses what changes anything. */
  isReadOnly?: boolean | undefined;
  onChange?: NodeOptions['onChange'];
  /** Told once of a client that speaks a version which these engines do not have; `engine` is the newest of theirs. */
  onTooNew?: (refused: { client: string; engine: string; nodes: readonly string[] }) => void;
}

/** What nodes have at one path. */
export interface Look {
  found: { node: ApiNode; body: unknown }[];
  /** Those that did not say whether they have it. */
  unknown: ApiNode[];
}

/** Execs that are remembered: for others all engines are asked. */
const MOST_EXECS = 10_000;

export class ApiFleet {
  readonly options: FleetOptions;
  readonly census: Census;
  readonly placement: Placement;
  readonly images = new KnownImages();
  #isTooNewTold = false;
  readonly #execs = new Map<string, ApiNode>();
  readonly #joins = new Set<(node: ApiNode) => void>();
  #build: ApiNode | undefined;

  constructor(options: FleetOptions) {
    this.options = options;
    this.census = new Census(options.nodes.map((node) => this.#engineOf(node)));
    this.placement = new Placement(this.census, options);
  }

  get nodes(): readonly ApiNode[] {
    return this.census.nodes;
  }

  #engineOf(way: NodeWay): ApiNode {
    const { clock, signal } = this.options;
    const onChange: NodeOptions['onChange'] = (node, isSilent) => {
      // Of one that is to join nobody was told.
      if (!this.nodes.includes(node)) return;
      if (!isSilent) this.images.ask([node]);
      this.options.onChange?.(node, isSilent);
    };
    return new ApiNode({ ...way, clock, signal, onChange });
  }

  /**
   * Takes one in, once it answers: until then it has nothing that anybody could miss, and one that is still being set up would have
   * the others refuse what needs an answer of all. @throws Refusal when it does not
   */
  async join(way: NodeWay): Promise<void> {
    const node = this.#engineOf(way);
    try {
      await node.greet();
    } catch (error) {
      node.leave();
      throw error;
    }
    this.census.join(node);
    this.images.ask([node]);
    for (const joined of this.#joins) joined(node);
  }

  /** Its machine is gone, and all that it had. */
  leave(name: string): void {
    const node = this.census.node(name);
    if (node === undefined) return;
    this.census.leave(node);
    this.images.forget(name);
    for (const [id, at] of this.#execs) if (at === node) this.#execs.delete(id);
    node.leave();
  }

  /** Calls it with each node that joins from now on, until what it gives is called. */
  onJoin(joined: (node: ApiNode) => void): () => void {
    this.#joins.add(joined);
    return () => this.#joins.delete(joined);
  }

  /** Asks every engine who it is; those that do not answer are silent from then on. @throws Refusal when none answers */
  async greet(): Promise<void> {
    const greeted = await Promise.allSettled(this.nodes.map((node) => node.greet()));
    const refused = greeted.find((one) => one.status === 'rejected');
    if (this.answering.length === 0 && refused) throw refused.reason;
    this.images.ask(this.answering);
  }

  get answering(): ApiNode[] {
    return this.census.answering;
  }

  /** One that answers. @throws Refusal */
  first(): ApiNode {
    const [node] = this.answering;
    if (node) return node;
    if (this.nodes.length === 0) throw new Refusal(500, 'no node is left in the fleet');
    throw new Refusal(500, `no node of the fleet answers: ${this.nodes.map(({ name }) => name).join(', ')}`);
  }

  /** Managers that answer, as they said of themselves. */
  get managers(): ApiNode[] {
    return this.answering.filter(({ info }) => info?.Swarm?.ControlAvailable === true);
  }

  /** A manager that answers. @throws Refusal */
  async manager(): Promise<ApiNode> {
    const { node: known } = await this.#managerNow();
    if (known) return known;
    // Others may have become managers.
    await Promise.allSettled(this.answering.map((node) => node.greet()));
    const { node, why } = await this.#managerNow();
    if (node) return node;
    const states = this.nodes.map(({ info }) => info?.Swarm?.LocalNodeState ?? 'inactive');
    if (states.every((state) => state === 'inactive')) {
      throw new NoSwarm(503, 'these nodes are in no swarm; create one: belt swarm init');
    }
    const silent = this.census.silent.map(({ name }) => name);
    const notAnswering = silent.length > 0 ? `; not answering: ${silent.join(', ')}` : '';
    throw new Refusal(503, why ?? `no manager of the swarm answers among these nodes${notAnswering}`);
  }

  /** A manager that works now; else what the last one said that does not. */
  async #managerNow(): Promise<{ node?: ApiNode; why?: string }> {
    let why: string | undefined;
    // One whose swarm is locked does not know itself for a manager.
    const isLocked = ({ info }: ApiNode) => info?.Swarm?.LocalNodeState === 'locked';
    for (const node of this.answering.filter((one) => this.managers.includes(one) || isLocked(one))) {
      const answer = await node.ask({ path: '/swarm' }).catch(() => undefined);
      if (answer?.status === 200) return { node };
      if (answer?.status === 503) why = `${node.name}: ${messageIn(answer)}`;
    }
    return { ...(why !== undefined && { why }) };
  }

  /** The versions that all have, as far as they have told theirs. */
  get versions(): VersionRange {
    return commonVersions(this.#known.map(({ versions }) => versions));
  }

  get #known(): ApiNode[] {
    return this.nodes.filter(({ info }) => info !== undefined);
  }

  /** Refuses a version that not all engines have. @throws Refusal */
  checkVersion(client: string): void {
    const { max } = this.versions;
    if (compareVersions(client, max) <= 0) return;
    const oldest = this.#known.filter(({ versions }) => versions.max === max);
    if (!this.#isTooNewTold && oldest.length > 0) {
      this.#isTooNewTold = true;
      this.options.onTooNew?.({ client, engine: max, nodes: oldest.map(({ name }) => name) });
    }
    throw new Refusal(400, `client version ${client} is too new. Maximum supported API version is ${max}`);
  }

  /** The one engine that builds, as long as it answers: a build is several requests. @throws Refusal */
  buildNode(): ApiNode {
    if (this.#build === undefined || this.#build.silence !== undefined) this.#build = this.first();
    return this.#build;
  }

  rememberExec(id: string, node: ApiNode): void {
    this.#execs.set(id, node);
    const [oldest] = this.#execs.keys();
    if (this.#execs.size > MOST_EXECS && oldest !== undefined) this.#execs.delete(oldest);
  }

  /** The node of an exec. @throws Refusal */
  async execNode(id: string): Promise<ApiNode> {
    const known = this.#execs.get(id);
    if (known) return known;
    const { found, unknown } = await this.look({ path: `/exec/${encodeURIComponent(id)}/json` });
    if (found[0]) return found[0].node;
    throw notFound(`No such exec instance: ${id}`, unknown);
  }

  /** What the nodes have at the path, in their order, and those of which that is not known. */
  async look(asked: Ask, among: readonly ApiNode[] = this.nodes): Promise<Look> {
    const looks = await Promise.all(
      among.map(async (node): Promise<Look> => {
        const answer = await node.ask(asked).catch(() => undefined);
        if (answer?.status === 200) return { found: [{ node, body: answer.body }], unknown: [] };
        return { found: [], unknown: answer?.status === 404 ? [] : [node] };
      }),
    );
    return { found: looks.flatMap(({ found }) => found), unknown: looks.flatMap(({ unknown }) => unknown) };
  }

  close(): void {
    for (const node of this.nodes) node.close();
  }
}
