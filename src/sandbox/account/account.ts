// One account of the embedded DigitalOcean: its contents, and the services that act on it.
import { BOOK_SNAPSHOT, type Image, PUBLIC_IMAGES } from '../catalogue/images.ts';
import type { Faults } from '../faults/faults.ts';
import type { SandboxOptions } from '../options.ts';
import { seededRandom, seededUuid } from '../random.ts';
import type { Timers } from '../timers.ts';
import type { Hosts } from '../types.ts';
import { Actions } from './actions.ts';
import { Droplets } from './droplets.ts';
import { Firewalls } from './firewalls/firewall.ts';
import { AccountKeys } from './keys.ts';
import { LaggingLists } from './lists.ts';
import { NatGateways } from './nat-gateways.ts';
import { Registries } from './registries.ts';
import { TagNames } from './tag-names.ts';
import { Vpcs } from './vpcs.ts';

/** The most droplets that a /20 has addresses for. */
const FITS_IN_SMALL_VPC = 4000;

export interface AccountDependencies {
  options: SandboxOptions;
  faults: Faults;
  hosts: Hosts;
  timers: Timers;
  log: (line: string) => void;
}

export class Account {
  readonly options: SandboxOptions;
  readonly faults: Faults;
  readonly hosts: Hosts;
  readonly timers: Timers;
  readonly log: (line: string) => void;

  readonly uuid: string;
  readonly startedAt: number;
  readonly meanBootMs: number;
  readonly dropletLimit: number;
  readonly droplets = new Droplets();
  readonly lists: LaggingLists;
  readonly actions = new Actions();
  readonly keys = new AccountKeys();
  readonly vpcs: Vpcs;
  readonly natGateways: NatGateways;
  readonly registries: Registries;
  readonly firewalls: Firewalls;
  readonly tags = new TagNames();
  readonly #images: Image[] = [...PUBLIC_IMAGES, BOOK_SNAPSHOT];
  #addresses = 0;
  readonly #freeAddresses: number[] = [];
  #nextImageId = 210_000_001;

  constructor({ options, faults, hosts, timers, log }: AccountDependencies) {
    this.options = options;
    this.faults = faults;
    this.hosts = hosts;
    this.timers = timers;
    this.log = log;
    this.startedAt = timers.now();
    this.uuid = seededUuid(options.seed, 'account');
    this.meanBootMs = options.bootSeconds * 1000;
    this.dropletLimit = options.dropletLimit + options.droplets;
    this.firewalls = new Firewalls(options.seed);
    this.natGateways = new NatGateways(options.seed);
    this.registries = new Registries(options.seed);
    const random = seededRandom(options.seed, 'lists');
    this.lists = new LaggingLists({ lagMs: options.listLagMs, random, now: timers.now });
    const defaultBits = this.dropletLimit > FITS_IN_SMALL_VPC ? 16 : 20;
    const isUsed = !options.newAccount;
    this.vpcs = new Vpcs(options.seed, { plan: hosts.addresses, defaultBits, isUsed, now: timers.now() });
  }

  get images(): readonly Image[] {
    return this.#images;
  }

  /** By id, or by slug. */
  findImage(identifier: string | number): Image | undefined {
    const id = Number(identifier);
    return this.#images.find((image) => image.id === id || (image.slug !== null && image.slug === identifier));
  }

  addImage(image: Image): void {
    this.#images.push(image);
  }

  /** Droplets that were created from it stay; the droplet that it is a snapshot of no longer lists it. */
  removeImage(image: Image): void {
    this.#images.splice(this.#images.indexOf(image), 1);
    this.droplets.get(image.dropletId ?? 0)?.snapshotIds.delete(image.id);
  }

  takeImageId(): number {
    return this.#nextImageId++;
  }

  /** The index of the next public address: like DigitalOcean, reuses one that another droplet had, if there is any. */
  takeAddressOrdinal(): number {
    return this.#freeAddresses.pop() ?? this.#addresses++;
  }

  /** The droplet that had the address is gone. */
  giveBackAddress(ordinal: number): void {
    this.#freeAddresses.push(ordinal);
  }
}
