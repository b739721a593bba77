// The gateways by which droplets without a public address reach the outside.
import type { Region } from '../catalogue/regions.ts';
import { seededUuid } from '../random.ts';
import type { Vpc } from './vpcs.ts';

export interface NatGateway {
  readonly id: string;
  readonly name: string;
  readonly region: Region;
  readonly size: number;
  readonly vpcs: readonly Vpc[];
  readonly createdAt: number;
}

/** They work as soon as they are made. */
export class NatGateways {
  readonly #byId = new Map<string, NatGateway>();
  readonly #seed: number;
  #made = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  list(): NatGateway[] {
    return [...this.#byId.values()];
  }

  get(id: string): NatGateway | undefined {
    return this.#byId.get(id);
  }

  add(wanted: Omit<NatGateway, 'id'>): NatGateway {
    const id = seededUuid(this.#seed, 'nat gateway', this.#made, wanted.name);
    this.#made += 1;
    const gateway = { ...wanted, id };
    this.#byId.set(id, gateway);
    return gateway;
  }

  remove(gateway: NatGateway): void {
    this.#byId.delete(gateway.id);
  }

  /** Whether droplets of the VPC reach the outside through one. */
  serves(vpc: Vpc): boolean {
    return this.list().some(({ vpcs }) => vpcs.includes(vpc));
  }
}
