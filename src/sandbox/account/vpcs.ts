// The private networks of an account: those the user makes, and a default one in each region.
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
  readonly #defaultBits: number;

  /** `isUsed`: every region has a default network already; else each gets one with the first VPC or droplet there. */
  constructor(seed: number, options: { plan: AddressPlan; defaultBits: number; isUsed: boolean; now: number }) {
    super();
    this.#seed = seed;
    this.#plan = options.plan;
    this.#defaultBits = options.defaultBits;
    if (options.isUsed) for (const region of REGIONS) this.ofRegion(region, options.now);
  }

  /** The first one of a region becomes its default. */
  make(wanted: Omit<Vpc, 'id' | 'default' | 'given' | 'free'>): Vpc {
    const id = seededUuid(this.#seed, 'vpc', this.added, wanted.name);
    const isFirst = this.#defaultOf(wanted.region) === undefined;
    return this.add({ ...wanted, id, default: isFirst, given: 0, free: [] });
  }

  /** The region's default network; the first droplet that needs it has it made. */
  ofRegion(region: Region, now: number): Vpc {
    const found = this.#defaultOf(region);
    if (found) return found;
    const usual = this.#plan.defaultRange(region.octet, this.#defaultBits);
    const ipRange = this.overlapping(parseCidr(usual)!) ? this.freeRange() : usual;
    const named = { name: `default-${region.slug}`, description: '', createdAt: now };
    return this.make({ ...named, region, ipRange, cidr: parseCidr(ipRange)! });
  }

  #defaultOf(region: Region): Vpc | undefined {
    return this.list().find((vpc) => vpc.default && vpc.region === region);
  }

  /** From now on this is the default VPC for droplets of the region. */
  makeDefault(vpc: Vpc): void {
    for (const other of this.list()) {
      if (other.region === vpc.region) other.default = false;
    }
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
