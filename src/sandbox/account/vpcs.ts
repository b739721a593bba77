// The private networks of an account: a default one in each region, and those the user makes.
import { REGIONS, type Region } from '../catalogue/regions.ts';
import { seededUuid } from '../random.ts';
import type { AddressPlan } from '../types.ts';
import { addressIn, type Cidr, capacity, overlap, parseCidr } from './addresses.ts';
import { Collection } from './collection.ts';

export interface Vpc {
  readonly id: string;
  name: string;
  description: string;
  readonly region: Region;
  readonly ipRange: string;
  readonly cidr: Cidr;
  default: boolean;
  readonly createdAt: number;
  /** How many different addresses have been handed out. */
  given: number;
  /** Addresses that droplets gave back; the last one is reused first. */
  free: string[];
}

export class Vpcs extends Collection<Vpc> {
  readonly #seed: number;
  readonly #plan: AddressPlan;

  constructor(seed: number, options: { plan: AddressPlan; defaultBits: number; now: number }) {
    super();
    this.#seed = seed;
    this.#plan = options.plan;
    for (const region of REGIONS) {
      const ipRange = options.plan.defaultRange(region.octet, options.defaultBits);
      const named = { name: `default-${region.slug}`, description: '', default: true, createdAt: options.now };
      this.make({ ...named, region, ipRange, cidr: parseCidr(ipRange)! });
    }
  }

  make(wanted: Omit<Vpc, 'id' | 'given' | 'free'>): Vpc {
    const id = seededUuid(this.#seed, 'vpc', this.added, wanted.name);
    return this.add({ ...wanted, id, given: 0, free: [] });
  }

  /** The region's default network. */
  ofRegion(slug: string): Vpc {
    return this.list().find((vpc) => vpc.default && vpc.region.slug === slug)!;
  }

  makeDefault(vpc: Vpc): void {
    this.ofRegion(vpc.region.slug).default = false;
    vpc.default = true;
  }

  /** The network that shares an address with this one. */
  overlapping(cidr: Cidr): Vpc | undefined {
    return this.list().find((vpc) => overlap(vpc.cidr, cidr));
  }

  /** A /20 that no network has yet. */
  freeRange(): string {
    const free = this.#plan.freeRanges().find((range) => !this.overlapping(parseCidr(range)!));
    if (free === undefined) throw new Error('every range that this sandbox gives to VPCs is taken');
    return free;
  }
}

/** An address for a droplet: like DigitalOcean, reuses one that another droplet had, if there is any. */
export function takeAddress(vpc: Vpc): string {
  // 0 is the network, 1 its gateway.
  return vpc.free.pop() ?? addressIn(vpc.cidr, (vpc.given++ % capacity(vpc.cidr)) + 2);
}

/** The droplet that had the address is gone. */
export function giveBackAddress(vpc: Vpc, address: string): void {
  vpc.free.push(address);
}
