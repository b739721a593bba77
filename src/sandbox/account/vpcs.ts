// The private networks of an account: a default one in each region, and those the user makes.
import { REGIONS, type Region } from '../catalogue/regions.ts';
import { seededUuid } from '../random.ts';
import type { AddressPlan } from '../types.ts';
import { addressIn, type Cidr, capacity, overlap, parseCidr } from './addresses.ts';

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

export class Vpcs {
  readonly #byId = new Map<string, Vpc>();
  readonly #defaults = new Map<string, Vpc>();
  readonly #seed: number;
  readonly #plan: AddressPlan;
  #made = 0;

  constructor(seed: number, options: { plan: AddressPlan; defaultBits: number; now: number }) {
    this.#seed = seed;
    this.#plan = options.plan;
    for (const region of REGIONS) {
      const ipRange = options.plan.defaultRange(region.octet, options.defaultBits);
      const vpc = this.add(
        { name: `default-${region.slug}`, description: '', region, ipRange, default: true },
        options.now,
      );
      this.#defaults.set(region.slug, vpc);
    }
  }

  list(): Vpc[] {
    return [...this.#byId.values()];
  }

  get(id: string): Vpc | undefined {
    return this.#byId.get(id);
  }

  /** The region's default network. */
  ofRegion(slug: string): Vpc {
    const vpc = this.#defaults.get(slug);
    if (!vpc) throw new Error(`no default VPC in ${slug}`);
    return vpc;
  }

  add(wanted: Pick<Vpc, 'name' | 'description' | 'region' | 'ipRange' | 'default'>, now: number): Vpc {
    const cidr = parseCidr(wanted.ipRange);
    if (!cidr) throw new Error(`${wanted.ipRange} is not CIDR notation`);
    const id = seededUuid(this.#seed, 'vpc', this.#made, wanted.name);
    this.#made += 1;
    const vpc: Vpc = { ...wanted, id, cidr, createdAt: now, given: 0, free: [] };
    this.#byId.set(id, vpc);
    return vpc;
  }

  /** From now on this is the default VPC for droplets of the region. */
  makeDefault(vpc: Vpc): void {
    this.ofRegion(vpc.region.slug).default = false;
    vpc.default = true;
    this.#defaults.set(vpc.region.slug, vpc);
  }

  remove(vpc: Vpc): void {
    this.#byId.delete(vpc.id);
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
  const used = vpc.free.pop();
  if (used !== undefined) return used;
  const n = vpc.given % capacity(vpc.cidr);
  vpc.given += 1;
  // 0 is the network, 1 its gateway.
  return addressIn(vpc.cidr, n + 2);
}

/** The droplet that had the address is gone. */
export function giveBackAddress(vpc: Vpc, address: string): void {
  vpc.free.push(address);
}
