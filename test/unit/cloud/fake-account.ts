// The droplets of an account, with answers to create requests that go wrong as a test says.
import type { CreateRequest } from '../../../src/cloud/client.ts';
import type { Batch, ProvisionOptions } from '../../../src/cloud/provision.ts';
import type { BeltError } from '../../../src/errors.ts';
import type { Droplet } from '../../../src/model/droplet.ts';
import { FakeClock } from '../fake-clock.ts';
import { aDroplet } from './things.ts';

export const RUN = 'belt-run-1';
export const CLUSTER = 'belt-cluster-blue';
export const BLUEPRINT = {
  region: 'sgp1',
  size: 's-1vcpu-1gb',
  image: 'docker-20-04',
  ssh_keys: [816630],
  tags: ['belt', CLUSTER, RUN],
};

export interface Trouble {
  /** How many of the names are made all the same. */
  made?: number;
  /** They appear only after so many looks at the list. */
  afterLooks?: number;
  error: Error;
}

export class FakeAccount {
  readonly droplets: Droplet[] = [];
  /** The names of each create request. */
  readonly requests: string[][] = [];
  /** Takes the trouble of a request: told its names and how many there were before. */
  trouble: (names: readonly string[], before: number) => Trouble | undefined = () => undefined;
  /** Told before each look at the list; may throw. */
  onLook: (before: number) => void = () => {};
  /** Looks at the run's tag and at names. */
  looks = 0;
  readonly deleted: number[] = [];
  #ids = 0;
  #late: { looks: number; droplets: Droplet[] }[] = [];

  readonly cloud: ProvisionOptions['cloud'] = {
    createDroplets: async (request) => {
      this.requests.push(request.names);
      const trouble = this.trouble(request.names, this.requests.length - 1);
      const made = this.#made(request, trouble?.made ?? (trouble ? 0 : request.names.length));
      if (trouble?.afterLooks) this.#late.push({ looks: this.looks + trouble.afterLooks, droplets: made });
      else this.droplets.push(...made);
      if (trouble) throw trouble.error;
      return made;
    },
    droplets: async ({ tag, name } = {}) => {
      // Looks at the cluster are made around every request.
      if (tag !== CLUSTER) {
        this.onLook(this.looks++);
        for (const late of this.#late) if (this.looks > late.looks) this.droplets.push(...late.droplets.splice(0));
      }
      return this.droplets.filter(
        (one) => (tag === undefined || one.tags.includes(tag)) && (name === undefined || one.name === name),
      );
    },
    droplet: async (id) => this.droplets.find((droplet) => droplet.id === id),
    deleteDroplet: async (id) => {
      this.deleted.push(id);
      this.droplets.splice(0, this.droplets.length, ...this.droplets.filter((droplet) => droplet.id !== id));
    },
  };

  get names(): string[] {
    return this.droplets.map(({ name }) => name);
  }

  #made({ names, tags }: CreateRequest, count: number): Droplet[] {
    return names.slice(0, count).map((name) => aDroplet({ id: ++this.#ids, name, tags }));
  }
}

export interface Provisioned {
  made: string[];
  /** Those that stay. */
  created: string[];
  lost: { name: string; made: number | undefined; stays: number }[];
  failed: { names: readonly string[]; error: BeltError }[];
  /** The names that were told before each request. */
  told: (readonly string[])[];
  clock: FakeClock;
}

/** Options for provisioning, and what becomes of it. */
export function provisioning(account: FakeAccount, about: Partial<ProvisionOptions> = {}) {
  const seen: Provisioned = { made: [], created: [], lost: [], failed: [], told: [], clock: new FakeClock() };
  const options: ProvisionOptions = {
    cloud: account.cloud,
    clock: seen.clock,
    signal: new AbortController().signal,
    clusterTag: CLUSTER,
    runTag: RUN,
    deadline: Number.POSITIVE_INFINITY,
    concurrency: 4,
    onRequest: (names) => seen.told.push(names),
    onMade: (droplets) => seen.made.push(...droplets.map(({ name }) => name)),
    onStays: ({ name }) => seen.created.push(name),
    onLost: (name, { made, stays }) => seen.lost.push({ name, made: made?.id, stays: stays.id }),
    onFailed: (names, error) => seen.failed.push({ names: [...names], error }),
    ...about,
  };
  return { options, seen };
}

export const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `node${index + 1}`);

export const oneBatch = (count: number): Batch[] => [{ names: names(count), blueprint: BLUEPRINT }];
