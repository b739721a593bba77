// An account whose requests take their time, whose lists lag, and whose answers to create requests get lost, all by one seed and
// on a clock that a test drives.
import type { Cloud, CreateRequest } from '../../../../src/cloud/client.ts';
import { Ambiguous } from '../../../../src/cloud/errors.ts';
import { hasTag } from '../../../../src/cloud/tags.ts';
import type { Droplet } from '../../../../src/model/droplet.ts';
import { seededRandom } from '../../../../src/sandbox/random.ts';
import { aDroplet, aKey, anImage, aRegion, aSize } from '../../cloud/things.ts';
import type { FakeClock } from '../../fake-clock.ts';

export interface SlowOptions {
  clock: FakeClock;
  seed: number;
  /** How long a request takes at most, and how far a list lags behind at most, in ms. */
  latencyMs: number;
  lagMs: number;
  /** How many of the answers to create requests go wrong, from 0 to 1. */
  trouble: number;
}

interface Kept {
  droplet: Droplet;
  at: number;
  goneAt: number;
}

export class SlowAccount {
  /** Every droplet that there ever was. */
  readonly kept: Kept[] = [];
  /** The tags of each create request. */
  readonly posts: { names: readonly string[]; tags: readonly string[] }[] = [];
  readonly #options: SlowOptions;
  readonly #random: () => number;

  constructor(options: SlowOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed, 'slow account');
  }

  get standing(): Droplet[] {
    return this.kept.filter(({ goneAt }) => goneAt === Number.POSITIVE_INFINITY).map(({ droplet }) => droplet);
  }

  /** The client of one run. */
  readonly cloud = (): Cloud => {
    const after = async <T>(give: () => T): Promise<T> => {
      await this.#pause();
      const given = give();
      await this.#pause();
      return given;
    };
    const parts: Partial<Cloud> = {
      account: () =>
        after(() => ({ dropletLimit: 1000, email: 'a@example.com', uuid: 'a', status: 'active' }) as never),
      dropletCount: () => after(() => this.standing.length),
      sizes: () => after(() => [aSize('s-1vcpu-512mb-10gb')]),
      regions: () => after(() => [aRegion('sgp1')]),
      image: () => after(() => anImage('docker-20-04')),
      keys: () => after(() => [aKey(816630, 'mine', 'aa:bb')]),
      droplets: (filter) => after(() => this.#list(filter ?? {})),
      droplet: (id) => after(() => this.standing.find((droplet) => droplet.id === id)),
      deleteDroplet: (id) =>
        after(() => {
          for (const one of this.kept)
            if (one.droplet.id === id) one.goneAt = Math.min(one.goneAt, this.#options.clock.now());
        }),
      createDroplets: (request) => this.#create(request),
    };
    return parts as Cloud;
  };

  #pause(): Promise<void> {
    return this.#options.clock.sleep(1 + this.#random() * (this.#options.latencyMs / 2));
  }

  /** As of a moment ago. */
  #list({ tag, name }: { tag?: string; name?: string }): Droplet[] {
    const moment = this.#options.clock.now() - this.#random() * this.#options.lagMs;
    return this.kept
      .filter(({ at, goneAt }) => at <= moment && goneAt > moment)
      .map(({ droplet }) => droplet)
      .filter((one) => (tag === undefined || hasTag(one.tags, tag)) && (name === undefined || one.name === name));
  }

  #make({ names, tags }: CreateRequest): Droplet[] {
    return names.map((name) => {
      const droplet = aDroplet({ id: 100 + this.kept.length, name, tags });
      this.kept.push({ droplet, at: this.#options.clock.now(), goneAt: Number.POSITIVE_INFINITY });
      return droplet;
    });
  }

  async #create(request: CreateRequest): Promise<Droplet[]> {
    this.posts.push({ names: request.names, tags: request.tags });
    await this.#pause();
    const lost = new Ambiguous('POST /v2/droplets: the connection was lost');
    if (this.#random() >= this.#options.trouble) {
      const made = this.#make(request);
      await this.#pause();
      return made;
    }
    const kind = Math.floor(this.#random() * 4);
    if (kind === 0) throw lost;
    if (kind === 1) {
      // It is carried out after belt heard that the connection was cut.
      void this.#options.clock.sleep(this.#random() * 40_000).then(() => this.#make(request));
      throw lost;
    }
    const made = this.#make(request);
    await this.#pause();
    throw kind === 2 ? lost : Object.assign(lost, { droplets: made.slice(0, 1) });
  }
}
