// Engines that say what a test wants them to say, and remember in which order they were asked.
import { type Engine, EngineError, type SwarmInfo } from '../../../src/engine/engine.ts';
import type { SwarmNode } from '../../../src/model/swarm-node.ts';
import type { NodeEngine } from '../../../src/swarm/node-engine.ts';

export const OUT: SwarmInfo = {
  state: 'inactive',
  nodeId: '',
  nodeAddress: '',
  manager: false,
  error: '',
  managers: [],
  clusterId: undefined,
  autolock: undefined,
};

export const TIMED_OUT =
  'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. ' +
  'Use the "docker info" command to see the current swarm status of your node.';

interface Plan {
  /** What `swarm()` says, one after another; the last stays. After a join, `inSwarm` is said. */
  states?: SwarmInfo[];
  /** Thrown by `join`. */
  joinError?: Error;
  /** Looks of the manager until this one is reachable; undefined: at once. */
  reachableAfter?: number;
}

/** A swarm with one manager, and nodes that join it as their plans say. */
export class FakeSwarm {
  readonly did: string[] = [];
  readonly entries = new Map<string, SwarmNode>();
  readonly manager: NodeEngine;
  readonly tokens = { worker: 'worker-token', manager: 'manager-token' };
  readonly #looks = new Map<string, number>();

  constructor() {
    this.entries.set('id-m1', entry('m1', 'manager', 'reachable'));
    const info = inSwarm('m1', 'manager');
    this.manager = this.#member('m1', { states: [info] });
  }

  node(name: string, plan: Plan = {}): NodeEngine {
    return this.#member(name, plan);
  }

  #member(name: string, plan: Plan): NodeEngine {
    const states = [...(plan.states ?? [OUT])];
    const say = (what: string) => void this.did.push(`${name} ${what}`);
    const engine: Engine = {
      ping: async () => {},
      updateNode: async (id, change) => say(`update ${id} ${JSON.stringify(change)}`),
      updateSwarm: async (change) => say(`update the swarm ${JSON.stringify(change)}`),
      unlockKey: async () => 'unlock-key',
      unlock: async (key) => say(`unlock ${key}`),
      removeNode: async (id) => say(`remove ${id}`),
      tasks: async () => [],
      serviceNames: async () => new Map(),
      tasksOn: async () => 0,
      swarm: async () => (states.length > 1 ? states.shift()! : states[0]!),
      init: async (address, { defaultAddrPool } = {}) => {
        say(`init ${address} ${defaultAddrPool}`);
        return `id-${name}`;
      },
      join: async ({ managers, token, advertiseAddress }) => {
        say(`join ${managers.join(',')} ${token} ${advertiseAddress}`);
        await new Promise((resolve) => setImmediate(resolve));
        if (plan.joinError) throw plan.joinError;
        if (!Object.values(this.tokens).includes(token)) {
          throw refusal(
            name,
            'rpc error: code = InvalidArgument desc = A valid join token is necessary to join this cluster',
          );
        }
        const role = token === this.tokens.manager ? 'manager' : 'worker';
        if (states.length === 1 && states[0]!.state !== 'pending') states.splice(0, states.length, inSwarm(name, role));
        this.entries.set(`id-${name}`, entry(name, role, plan.reachableAfter === undefined ? 'reachable' : 'unknown'));
        if (plan.reachableAfter !== undefined) this.#looks.set(`id-${name}`, plan.reachableAfter);
      },
      leave: async ({ force }) => {
        say(`leave${force ? ' --force' : ''}`);
        states.splice(0, states.length, OUT);
      },
      joinTokens: async () => ({ ...this.tokens }),
      nodes: async () => [...this.entries.values()],
      node: async (id) => this.#look(id),
    };
    return { name, privateAddress: `10.0.0.${name.slice(1)}`, engine };
  }

  #look(id: string): SwarmNode | undefined {
    const left = this.#looks.get(id);
    const node = this.entries.get(id);
    if (!node || left === undefined) return node;
    this.did.push(`look ${node.hostname}`);
    this.#looks.set(id, left - 1);
    if (left <= 1) this.entries.set(id, { ...node, reachability: 'reachable' });
    return this.entries.get(id);
  }
}

export const inSwarm = (name: string, role: 'worker' | 'manager', about: Partial<SwarmInfo> = {}): SwarmInfo => ({
  state: 'active',
  nodeId: `id-${name}`,
  nodeAddress: `10.0.0.${name.slice(1)}`,
  manager: role === 'manager',
  error: '',
  managers: ['10.0.0.1:2377'],
  clusterId: role === 'manager' ? 'cluster' : undefined,
  autolock: role === 'manager' ? false : undefined,
  ...about,
});

export const pending = (error = ''): SwarmInfo => ({ ...OUT, state: 'pending', error });

export const refusal = (name: string, message: string): EngineError => new EngineError(name, 500, message);

function entry(name: string, role: 'worker' | 'manager', reachability: string): SwarmNode {
  return {
    id: `id-${name}`,
    hostname: name,
    role,
    availability: 'active',
    state: 'ready',
    address: `10.0.0.${name.slice(1)}`,
    reachability: role === 'manager' ? reachability : undefined,
    leader: false,
    labels: {},
    engine: { version: '28.2.2', labels: {} },
  };
}
