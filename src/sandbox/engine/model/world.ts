// What all simulated engines share: reachability, random numbers, timers.

import { admits } from '../../firewall.ts';
import type { Engine } from './engine.ts';

/** The one world of a sandbox. */
export class World {
  readonly random: () => number;
  readonly #byAddress = new Map<string, Set<Engine>>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(random: () => number) {
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

  /** Does something later, unless the world ends before. */
  after(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer.unref());
  }

  /** Resolves later. Keeps no process alive, and never resolves once the world has ended. */
  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayMs, resolve));
  }

  end(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

/** Whether both firewalls let a connection through; from a machine to itself there is none on the way. */
function mayPass(from: Engine, to: Engine, way: { address: string; port: number; isPrivate: boolean }): boolean {
  if (from === to) return true;
  const source = way.isPrivate ? from.machine.privateAddress : from.machine.publicAddress;
  const knock = { protocol: 'tcp', port: way.port } as const;
  const leaves = from.firewall === undefined || admits(from.firewall.outbound, { ...knock, address: way.address });
  return leaves && (to.firewall === undefined || admits(to.firewall.inbound, { ...knock, address: source }));
}

const addressesOf = ({ machine }: Engine) => new Set([machine.publicAddress, machine.privateAddress]);
