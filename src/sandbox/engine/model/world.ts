// What all simulated engines share: reachability, random numbers, timers.
import type { Clock } from '../../../clock.ts';
import { admits, type FirewallRules } from '../../firewall.ts';
import { Timers } from '../../timers.ts';
import type { Machine } from '../../types.ts';

/** What can be reached: an engine. */
export interface Peer {
  readonly machine: Machine;
  readonly up: boolean;
  /** The machine's cloud firewall; undefined lets everything through. */
  readonly firewall: FirewallRules | undefined;
}

export class World<Engine extends Peer = Peer> extends Timers {
  readonly random: () => number;
  readonly #byAddress = new Map<string, Set<Engine>>();

  constructor(random: () => number, clock?: Clock) {
    super(clock);
    this.random = random;
  }

  add(engine: Engine): void {
    for (const address of addressesOf(engine)) {
      const there = this.#byAddress.get(address) ?? new Set();
      this.#byAddress.set(address, there.add(engine));
    }
  }

  remove(engine: Engine): void {
    for (const address of addressesOf(engine)) this.#byAddress.get(address)?.delete(engine);
  }

  /**
   * The running engine that `from` reaches over TCP. A private address is only reached within its VPC, and the firewalls
   * of both machines have a say.
   */
  reach(from: Engine, address: string, port: number): Engine | undefined {
    for (const engine of this.#byAddress.get(address) ?? []) {
      const isPrivate = address === engine.machine.privateAddress;
      const isNear = !isPrivate || engine.machine.vpcUuid === from.machine.vpcUuid;
      if (engine.up && isNear && mayPass(from, engine, { address, port, isPrivate })) return engine;
    }
    return undefined;
  }

  /** Now, as the Engine API writes it. */
  time(): string {
    return new Date(this.now()).toISOString();
  }
}

/** Whether both firewalls let a connection through; from a machine to itself there is none on the way. */
function mayPass(from: Peer, to: Peer, way: { address: string; port: number; isPrivate: boolean }): boolean {
  if (from === to) return true;
  const source = way.isPrivate ? from.machine.privateAddress : from.machine.publicAddress;
  const knock = { protocol: 'tcp', port: way.port } as const;
  const leaves = from.firewall === undefined || admits(from.firewall.outbound, { ...knock, address: way.address });
  return leaves && (to.firewall === undefined || admits(to.firewall.inbound, { ...knock, address: source }));
}

const addressesOf = ({ machine }: Peer) => new Set([machine.publicAddress, machine.privateAddress]);
