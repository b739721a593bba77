// One swarm: its nodes, who leads, what it runs. Several can exist in a sandbox.
import { caDigest, swarmId, unlockKey } from '../ids.ts';
import { timings } from '../timings.ts';
import { type Availability, isAlive, type NodeEngine, type Role, type SwarmNode } from './node.ts';
import type { Service, Task } from './service.ts';
import type { StoredData, StoredNetwork } from './stores.ts';
import type { World } from './world.ts';

/** What carries a version in the swarm's store. */
interface Versioned {
  version: number;
  updatedAt: string;
}

export interface NewNode {
  role: Role;
  address: string;
  availability: Availability;
}

export class Swarm implements Versioned {
  readonly world: World;
  readonly id: string;
  readonly createdAt: string;
  updatedAt: string;
  version = 10;
  readonly nodes = new Map<string, SwarmNode>();
  readonly voters = new Set<SwarmNode>();
  readonly services = new Map<string, Service>();
  readonly tasks = new Map<string, Task>();
  readonly networks = new Map<string, StoredNetwork>();
  readonly configs = new Map<string, StoredData>();
  readonly secretData = new Map<string, StoredData>();
  readonly caDigest: string;
  readonly secrets: Record<Role, string>;
  /** The key that unlocks a manager that restarted; without one they start by themselves. */
  unlockKey: string | undefined;
  taskHistoryLimit = 5;
  addressPool = ['10.0.0.0/8'];
  subnetBits = 24;
  dataPathPort = 4789;
  /** Managers join one after the other: each waits for the one before. */
  managerJoins: Promise<void> = Promise.resolve();
  #leader: SwarmNode | undefined;
  #index = 10;
  #reconcileSoon = false;
  readonly #reconcile: (swarm: Swarm) => void;

  /** `reconcile` is called when something changed and the swarm has a leader. */
  constructor(world: World, reconcile: (swarm: Swarm) => void) {
    this.world = world;
    this.#reconcile = reconcile;
    this.createdAt = world.time();
    this.updatedAt = this.createdAt;
    this.id = swarmId(world.random);
    this.caDigest = caDigest(world.random);
    this.secrets = { worker: swarmId(world.random), manager: swarmId(world.random) };
  }

  token(role: Role): string {
    return `SWMTKN-1-${this.caDigest}-${this.secrets[role]}`;
  }

  get autolock(): boolean {
    return this.unlockKey !== undefined;
  }

  /** Each time that it is turned on there is another key. */
  set autolock(on: boolean) {
    if (on !== this.autolock) this.unlockKey = on ? unlockKey(this.world.random) : undefined;
  }

  rotateUnlockKey(): void {
    if (this.autolock) this.unlockKey = unlockKey(this.world.random);
  }

  /** Marks a thing as changed. */
  touch(thing: Versioned): void {
    thing.version = ++this.#index;
    thing.updatedAt = this.world.time();
  }

  nextIndex(): number {
    return ++this.#index;
  }

  /** Takes an engine in. The caller has set its membership's state. */
  addNode(engine: NodeEngine, { role, address, availability }: NewNode): SwarmNode {
    const now = this.world.time();
    const node: SwarmNode = {
      id: swarmId(this.world.random),
      engine,
      createdAt: now,
      updatedAt: now,
      version: this.nextIndex(),
      spec: { Labels: {}, Role: role, Availability: availability },
      hostname: engine.hostname,
      address,
      state: 'ready',
      message: '',
      voter: false,
      reachable: false,
    };
    this.nodes.set(node.id, node);
    this.changed();
    return node;
  }

  /** Makes a node a voter of the Raft group. The first leads. */
  addVoter(node: SwarmNode, { reachable }: { reachable: boolean }): void {
    node.voter = true;
    node.reachable = reachable;
    this.voters.add(node);
    this.#leader ??= node;
    this.touch(node);
  }

  removeVoter(node: SwarmNode): void {
    node.voter = false;
    node.reachable = false;
    this.voters.delete(node);
    this.touch(node);
    if (this.#leader !== node) return;
    this.#leader = undefined;
    this.#elect();
  }

  /** Makes one manager the whole Raft group, as `--force-new-cluster` does. */
  takeOver(node: SwarmNode): void {
    for (const other of this.voters) {
      if (other === node) continue;
      other.spec = { ...other.spec, Role: 'worker' };
      this.removeVoter(other);
    }
    this.#leader = node;
    this.changed();
  }

  removeNode(node: SwarmNode): void {
    this.nodes.delete(node.id);
    this.changed();
  }

  livingVoters(): SwarmNode[] {
    return [...this.voters].filter(isAlive);
  }

  /** The leader, while more than half of the voters live. */
  leader(): SwarmNode | undefined {
    const leader = this.#leader;
    if (leader === undefined || !isAlive(leader)) return undefined;
    return this.livingVoters().length * 2 > this.voters.size ? leader : undefined;
  }

  /** A node's engine stopped answering, or left. The others notice after a while. */
  nodeWentAway(node: SwarmNode): void {
    if (this.#leader === node) {
      this.#leader = undefined;
      this.world.after(timings.electionMs, () => this.#elect());
    }
    this.world.after(timings.heartbeatMs, () => {
      if (isAlive(node)) return;
      node.reachable = false;
      // A leader that is new since waits for itself, and longer.
      if (node.state === 'ready') this.#markDown(node, 'heartbeat failure');
    });
  }

  #markDown(node: SwarmNode, message: string): void {
    if (isAlive(node) || !this.nodes.has(node.id)) return;
    Object.assign(node, { state: 'down', message });
    this.touch(node);
    this.changed();
  }

  nodeCameUp(node: SwarmNode): void {
    node.state = 'ready';
    node.message = '';
    node.reachable = node.voter;
    this.touch(node);
    if (this.leader() === undefined) this.world.after(timings.electionMs, () => this.#elect());
    this.changed();
  }

  #elect(): void {
    if (this.leader() !== undefined) return;
    const living = this.livingVoters();
    this.#leader = living.length * 2 > this.voters.size ? living[0] : undefined;
    if (this.#leader === undefined) return;
    for (const node of this.nodes.values()) if (node.state !== 'down') this.#forgetState(node);
    this.changed();
  }

  /** A new leader has heard of nobody yet (swarmkit, dispatcher: markNodesUnknown); those that live register in a moment. */
  #forgetState(node: SwarmNode): void {
    node.state = 'unknown';
    node.message = 'Node moved to "unknown" state due to leadership change in cluster';
    this.touch(node);
    this.world.after(timings.registerMs, () => {
      if (node.state === 'unknown' && isAlive(node)) this.nodeCameUp(node);
    });
    this.world.after(2 * timings.heartbeatMs, () => {
      if (node.state === 'unknown') this.#markDown(node, 'heartbeat failure for node in "unknown" state');
    });
  }

  /** Has the scheduler look at everything, soon and once. */
  changed(): void {
    if (this.#reconcileSoon) return;
    this.#reconcileSoon = true;
    this.world.after(0, () => {
      this.#reconcileSoon = false;
      if (this.leader() !== undefined) this.#reconcile(this);
    });
  }
}
