// A cluster of droplets in a swarm that plays by the swarm's rules, and writes down in which order it was asked to change.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openState, type State } from '../../../src/config/state.ts';
import type { Context } from '../../../src/context.ts';
import { type Engine, EngineError, type SwarmTask } from '../../../src/engine/engine.ts';
import type { Reach } from '../../../src/fleet/node-engine.ts';
import { type NodeAnswer, SwarmView } from '../../../src/fleet/swarm-view.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import type { Node } from '../../../src/model/node.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import type { RemovalFailure } from '../../../src/provision/delete.ts';
import { planRemoval, type Removal } from '../../../src/provision/plan.ts';
import { remove } from '../../../src/provision/remove.ts';
import { aDroplet } from '../cloud/things.ts';
import { FakeClock } from '../fake-clock.ts';
import { inSwarm, OUT } from '../swarm/fake-swarm.ts';

/** How often something is looked at before it is so. */
const LOOKS = 2;

export class FakeCluster {
  /** What changed something, in order: `m1: drain w2`, `w2: leave`, `DELETE w2`. */
  readonly did: string[] = [];
  readonly warnings: string[] = [];
  readonly notes: string[] = [];
  readonly clock = new FakeClock();
  readonly folder = mkdtempSync(join(tmpdir(), 'belt-removal-'));
  readonly state: State = openState(this.folder);
  /** Of the run that goes on. */
  controller = new AbortController();
  droplets: Droplet[];
  entries: SwarmNode[];
  tasks: SwarmTask[] = [];
  /** Names of droplets that do not answer. */
  readonly off = new Set<string>();
  /** Names of nodes whose engine is in no swarm. */
  readonly left = new Set<string>();
  /** Tasks of these services move nowhere. */
  readonly stuck = new Set<string>();
  /** Names of droplets that DigitalOcean refuses to delete. */
  readonly undeletable = new Map<string, Error>();
  /** Names of droplets that exist on, whatever becomes of the request to delete them. */
  readonly immortal = new Set<string>();
  /** Ids that lists leave out. */
  readonly unlisted = new Set<number>();
  /** Names of managers that the swarm does not demote, whatever it is asked. */
  readonly undemotable = new Set<string>();
  /** So many looks an election takes. */
  electionLooks = 0;
  /** Told of each change before it is carried out; it fails with what this throws. */
  onChange: (what: string) => void = () => {};
  /** Called when droplets that are gone are forgotten. */
  onForget: () => void = () => {};
  #later: { looks: number; act: () => void }[] = [];
  #deleted = new Map<number, number>();

  /** `m1 m2 w1`: names that begin with m are managers, the first leads. */
  constructor(names: string) {
    const all = names.split(' ').filter(Boolean);
    this.droplets = all.map((name, index) =>
      aDroplet({ id: index + 1, name, privateAddress: `10.0.0.${index + 1}`, tags: ['belt', 'belt-cluster-shop'] }),
    );
    this.entries = this.droplets.map(({ name, privateAddress }, index) => ({
      id: `id-${name}`,
      hostname: name,
      role: name.startsWith('m') ? 'manager' : 'worker',
      availability: 'active',
      state: 'ready',
      address: privateAddress!,
      reachability: name.startsWith('m') ? 'reachable' : undefined,
      leader: index === 0,
      labels: {},
      engine: { version: '28.2.2', labels: {} },
    }));
  }

  droplet(name: string): Droplet {
    return this.droplets.find((one) => one.name === name)!;
  }

  entry(name: string): SwarmNode | undefined {
    return this.entries.find(({ id }) => id === `id-${name}`);
  }

  /** Switches nodes off, for so long that the swarm noticed. */
  switchOff(...names: string[]): this {
    for (const name of names) {
      this.off.add(name);
      this.#change(name, { state: 'down', ...(this.entry(name)?.reachability && { reachability: 'unreachable' }) });
      if (this.entry(name)?.leader) this.#handOver(name);
    }
    return this;
  }

  /** The swarm is on the public addresses of its nodes. */
  onPublicAddresses(): this {
    this.droplets = this.droplets.map((one) => ({ ...one, publicAddress: `203.0.113.${one.id}` }));
    this.entries = this.entries.map((one) => ({ ...one, address: this.droplet(one.hostname).publicAddress! }));
    return this;
  }

  /** They do not answer, or nobody here may ask them; the swarm sees them as before. */
  silence(...names: string[]): this {
    for (const name of names) this.off.add(name);
    return this;
  }

  /** DigitalOcean does not say their addresses. */
  hideAddresses(...names: string[]): this {
    this.droplets = this.droplets.map((one) =>
      names.includes(one.name) ? { ...one, publicAddress: undefined, privateAddress: undefined } : one,
    );
    return this;
  }

  /** A machine of the swarm that is no droplet of the cluster. */
  stranger(name: string, address: string, about: Partial<SwarmNode> = {}): this {
    const like = this.entries.find(({ role }) => role === (about.role ?? 'manager'))!;
    this.entries.push({ ...like, id: `id-${name}`, hostname: name, address, leader: false, ...about });
    return this;
  }

  /** So many tasks of a service, one on each of the nodes in turn. */
  runs(serviceId: string, ...on: string[]): this {
    const tasks = on.map((name, index) => ({ nodeId: `id-${name}`, slot: index + 1 }));
    this.tasks.push(...tasks.map((task) => ({ ...task, serviceId, state: 'running', wanted: 'running' })));
    return this;
  }

  /** What each droplet says when it is asked now. */
  view(): SwarmView<Droplet> {
    const hasQuorum = this.#hasQuorum();
    return new SwarmView(
      this.droplets.map((node): NodeAnswer<Droplet> => {
        const entry = this.entry(node.name);
        if (this.off.has(node.name)) return { node, error: new Error('no answer') };
        if (!entry || this.left.has(node.name)) return { node, swarm: OUT };
        const swarm = inSwarm(node.name, entry.reachability === undefined ? 'worker' : 'manager', {
          managers: this.#managers().map(({ address }) => `${address}:2377`),
        });
        if (!swarm.manager) return { node, swarm };
        if (!hasQuorum) return { node, swarm, error: new Error('The swarm does not have a leader') };
        return { node, swarm, members: this.entries };
      }),
    );
  }

  context(): Context {
    const parts = {
      clock: this.clock,
      signal: this.controller.signal,
      out: {
        warn: (text: string) => this.warnings.push(text),
        note: (text: string) => this.notes.push(text),
        tell: (_name: string, _fields: object, text: string) => this.notes.push(text),
      },
      settings: async () => ({ cluster: 'shop', clusterFrom: 'BELT_CLUSTER', apiUrl: 'http://127.0.0.1:1' }),
      state: async () => this.state,
      cloud: async () => ({
        droplets: async ({ name }: { name?: string } = {}) =>
          this.droplets.filter((one) => !this.unlisted.has(one.id) && (name === undefined || one.name === name)),
        droplet: async (id: number) => {
          const looks = this.#deleted.get(id);
          if (looks !== undefined) this.#deleted.set(id, looks - 1);
          if (looks === 1 && !this.immortal.has(this.#nameOf(id)))
            this.droplets = this.droplets.filter((one) => one.id !== id);
          return this.droplets.find((one) => one.id === id);
        },
        deleteDroplet: async (id: number) => {
          const name = this.#nameOf(id);
          const refusal = this.undeletable.get(name);
          if (refusal) throw refusal;
          this.#do(`DELETE ${name}`);
          this.#deleted.set(id, LOOKS);
          // Its engine is gone with it.
          if (this.entry(name)) this.switchOff(name);
        },
        account: async () => ({ name: 'Shop Ltd' }),
      }),
      fleet: async () => ({ forget: async () => this.onForget(), isUntouched: () => false }),
    };
    return parts as unknown as Context;
  }

  readonly reach: Reach = {
    hold: async (_context, node) => ({ member: this.#member(node), end: () => {} }),
    use: async (_context, node, use) => use(this.#member(node)),
  };

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #member = (node: Node) => ({
    name: node.name,
    privateAddress: node.privateAddress,
    engine: this.#engine(node.name) as Engine,
  });

  #engine(name: string): Partial<Engine> {
    const look = () => {
      for (const later of this.#later) later.looks -= 1;
      for (let due = this.#due(); due.length > 0; due = this.#due()) for (const { act } of due) act();
    };
    return {
      nodes: async () => {
        look();
        if (!this.#hasQuorum()) throw new EngineError(name, 500, 'The swarm does not have a leader');
        return this.entries;
      },
      tasks: async () => {
        look();
        return this.tasks;
      },
      serviceNames: async () => new Map([['s-web', 'web']]),
      updateNode: async (id, { role, availability }) => {
        const { hostname } = this.entries.find((one) => one.id === id)!;
        if (availability) {
          this.#do(`${name}: ${availability} ${hostname}`);
          this.#change(hostname, { availability });
          if (availability === 'drain') this.#later.push({ looks: LOOKS, act: () => this.#move(id) });
        }
        if (role === 'worker') {
          this.#do(`${name}: demote ${hostname}`);
          this.#change(hostname, { role });
          if (!this.undemotable.has(hostname)) this.#later.push({ looks: LOOKS, act: () => this.#demoted(hostname) });
        }
      },
      leave: async () => {
        this.#do(`${name}: leave`);
        this.left.add(name);
        this.#later.push({ looks: LOOKS, act: () => this.#change(name, { state: 'down' }) });
      },
      removeNode: async (id, { force = false } = {}) => {
        look();
        const entry = this.entries.find((one) => one.id === id);
        if (!entry) return;
        if (entry.reachability) throw new EngineError(name, 400, 'it must be demoted to worker before removal');
        if (entry.state !== 'down' && !force) {
          this.#later.push({ looks: LOOKS, act: () => {} });
          throw new EngineError(name, 400, 'is not down and cannot be removed');
        }
        this.#do(`${name}: remove ${entry.hostname}${force ? ' --force' : ''}`);
        this.entries = this.entries.filter((one) => one !== entry);
      },
    };
  }

  #do(what: string): void {
    this.onChange(what);
    this.controller.signal.throwIfAborted();
    this.did.push(what);
  }

  #change(name: string, about: Partial<SwarmNode>): void {
    this.entries = this.entries.map((one) => (one.id === `id-${name}` ? { ...one, ...about } : one));
  }

  #demoted(name: string): void {
    const wasLeader = this.entry(name)?.leader;
    this.#change(name, { reachability: undefined, leader: false });
    if (wasLeader) this.#later.push({ looks: this.electionLooks, act: () => this.#handOver(name) });
  }

  #handOver(name: string): void {
    this.#change(name, { leader: false });
    const next = this.#managers().find(({ reachability }) => reachability === 'reachable');
    if (next) this.#change(next.hostname, { leader: true });
  }

  /** What is to happen now, taken off the list. */
  #due(): { act: () => void }[] {
    const due = this.#later.filter(({ looks }) => looks <= 0);
    this.#later = this.#later.filter(({ looks }) => looks > 0);
    return due;
  }

  #nameOf = (id: number): string => this.droplets.find((one) => one.id === id)?.name ?? '';

  #managers = () => this.entries.filter(({ reachability }) => reachability !== undefined);

  #hasQuorum(): boolean {
    const all = this.#managers();
    return all.filter(({ reachability }) => reachability === 'reachable').length * 2 > all.length;
  }

  #move(id: string): void {
    const free = this.entries.find((one) => one.state === 'ready' && one.availability === 'active');
    this.tasks = this.tasks.flatMap((task) => {
      if (task.nodeId !== id) return [task];
      return this.stuck.has(task.serviceId) || !free ? [] : [{ ...task, nodeId: free.id }];
    });
  }
}

export interface RemovalWords {
  force?: boolean;
  gone?: string[];
}

/** The removal of the droplets with these names. */
export const planned = (at: FakeCluster, names: string, options: RemovalWords = {}): Promise<Removal> => {
  const wanted = names.split(' ').filter(Boolean);
  const leaving = at.droplets.filter(({ name }) => wanted.includes(name));
  const staying = at.droplets.filter(({ name }) => !wanted.includes(name));
  return planRemoval(at.context(), { leaving, staying, view: at.view(), ...options });
};

/** The same, carried out. */
export const removed = async (
  at: FakeCluster,
  names: string,
  { reach = at.reach, ...options }: RemovalWords & { reach?: Reach } = {},
): Promise<RemovalFailure[]> =>
  remove(at.context(), await planned(at, names, options), { again: `belt rm ${names}`, reach });
