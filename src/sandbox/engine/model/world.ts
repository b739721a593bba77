// Everything the simulated engines share: who can reach whom, the random numbers, the timers.

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

  /** The running engine that `from` reaches at an IP address. A private address is only reached within its VPC. */
  reach(from: Engine, address: string): Engine | undefined {
    for (const engine of this.#byAddress.get(address) ?? []) {
      const isPrivate = address === engine.machine.privateAddress;
      if (engine.up && (!isPrivate || engine.machine.vpcUuid === from.machine.vpcUuid)) return engine;
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

const addressesOf = ({ machine }: Engine) => new Set([machine.publicAddress, machine.privateAddress]);
