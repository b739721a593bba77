// One Docker engine: its own state, and the swarm it is in.
import type { FirewallRules } from '../../firewall.ts';
import type { Machine } from '../../types.ts';
import { uuid } from '../ids.ts';
import { type Container, stopContainer } from './container.ts';
import type { MembershipState, SwarmNode } from './node.ts';
import { digestOf, sizeOf } from './registry.ts';
import type { Swarm } from './swarm.ts';
import type { World } from './world.ts';

export interface Image {
  id: string;
  name: string;
  tag: string;
  createdAt: number;
  sizeBytes: number;
  /** The hashes of its uncompressed layers. */
  layers: readonly string[];
}

/** An engine's place in a swarm. While it is pending there is no node yet. */
export interface Membership {
  state: MembershipState;
  error: string;
  /** What this engine told the swarm its address is. */
  nodeAddress: string;
  remotes: string[];
  swarm?: Swarm;
  node?: SwarmNode;
  /** What a manager's part of the swarm is encrypted with, on the disk of an engine that was stopped. */
  lockedWith?: string | undefined;
}

/** The engine of one machine. It outlives power cuts, as a disk does. */
export class Engine {
  readonly machine: Machine;
  readonly world: World<Engine>;
  readonly id: string;
  readonly images = new Map<string, Image>();
  /** Those of no swarm, by id. */
  readonly containers = new Map<string, Container>();
  hostname: string;
  up = false;
  startedAt = 0;
  membership: Membership | undefined;
  /** Its own labels, from its configuration. */
  labels: Readonly<Record<string, string>> = {};
  /** From its configuration: of containers that name none. */
  logDriver = 'json-file';
  /** Its configuration says that a swarm talks over the VPC unless it is told otherwise. */
  swarmOnVpc = false;
  /** The machine's cloud firewall; undefined lets everything through. */
  firewall: FirewallRules | undefined;

  /** While its daemon is stopped by SIGSTOP: requests wait until it continues. */
  frozen: Promise<void> | undefined;
  #thaw = () => {};

  constructor(world: World<Engine>, machine: Machine) {
    this.world = world;
    this.machine = machine;
    this.hostname = machine.name;
    this.id = uuid(world.random);
    this.addImage('hello-world', 'latest');
  }

  /** Puts an image on the engine, if it is not there. */
  addImage(name: string, tag: string): Image {
    const reference = `${name}:${tag}`;
    const image = this.images.get(reference) ?? {
      id: digestOf(`${reference}-config`),
      name,
      tag,
      createdAt: Date.UTC(2025, 7, 13, 20, 0, 0),
      sizeBytes: sizeOf(reference),
      layers: [digestOf(`${reference}-layer`)],
    };
    this.images.set(reference, image);
    return image;
  }

  freeze(): void {
    this.frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.frozen = undefined;
    this.#thaw();
  }

  start(): void {
    this.up = true;
    this.startedAt = this.world.now();
    const { membership } = this;
    if (membership?.lockedWith !== undefined) membership.state = 'locked';
    else if (membership?.swarm !== undefined && membership.node !== undefined)
      membership.swarm.nodeCameUp(membership.node);
  }

  stop(): void {
    if (!this.up) return;
    this.up = false;
    for (const container of this.containers.values()) stopContainer(this, container);
    const { membership } = this;
    const { swarm, node } = membership ?? {};
    if (membership === undefined || swarm === undefined || node === undefined) return;
    // One that is locked still has the key of its last time.
    if (membership.state === 'active' && node.voter) membership.lockedWith = swarm.unlockKey;
    swarm.nodeWentAway(node);
  }
}
