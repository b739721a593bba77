// The gateways by which droplets without a public address reach the outside.
import type { Region } from '../catalogue/regions.ts';
import { seededUuid } from '../random.ts';
import { Collection } from './collection.ts';
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
export class NatGateways extends Collection<NatGateway> {
  readonly #seed: number;

  constructor(seed: number) {
    super();
    this.#seed = seed;
  }

  make(wanted: Omit<NatGateway, 'id'>): NatGateway {
    return this.add({ ...wanted, id: seededUuid(this.#seed, 'nat gateway', this.added, wanted.name) });
  }
}
