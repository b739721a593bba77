// Creates droplets from names: ten per request, and no request is repeated blindly (design rules 2 and 3).
import pLimit from 'p-limit';
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { backOff, poll } from '../wait.ts';
import type { Cloud, CreateRequest } from './client.ts';
import { Ambiguous, CloudError } from './errors.ts';
import { lowestOfEach, type Resolution, Rivals } from './rivals.ts';
import { hasTag } from './tags.ts';

/** DigitalOcean accepts at most ten names per request. */
export const NAMES_A_REQUEST = 10;

/** Everything about a droplet but its name. */
export type Blueprint = Omit<CreateRequest, 'names'>;

export interface Batch {
  names: string[];
  blueprint: Blueprint;
}

/** A droplet that another run created first. */
export interface Lost {
  /** This run's own, if it had created one. */
  made?: Droplet;
  /** The droplet of this name that stays. */
  stays: Droplet;
  /** Why this run's own still exists. */
  error?: BeltError;
}

export interface ProvisionOptions {
  cloud: Pick<Cloud, 'createDroplets' | 'droplets' | 'droplet' | 'deleteDroplet'>;
  clock: Clock;
  signal: AbortSignal;
  /** The tag of the cluster's droplets. */
  clusterTag: string;
  /** The tag of this run's droplets only. */
  runTag: string;
  concurrency: number;
  /** Stops looking for what may have been created, ms since the epoch. */
  deadline: number;
  /** Called before a request is sent, so that the run can be resumed after a kill. */
  onRequest: (names: readonly string[]) => void;
  /** Called for droplets as soon as they are known to exist. */
  onMade: (droplets: readonly Droplet[]) => void;
  /** Called for each droplet of this run that stays: no other run created one with its name before. */
  onStays: (droplet: Droplet, trouble?: unknown) => void;
  /** Called for each name that another run created first. This run's own is then removed. */
  onLost: (name: string, lost: Lost) => void;
  /** Called for the names that could not be created, with the reason. */
  onFailed: (names: readonly string[], error: BeltError) => void;
}

/** How often names are requested when answers get lost or a key is not known everywhere yet. */
const TRIES = 3;
/**
 * After an inconclusive answer a droplet may show up as late as this; only then is it known that there is none. A list
 * lags behind, and an aborted request may still be in progress.
 */
export const IN_DOUBT_MS = 60_000;
/** The minimum number of looks. */
const LOOKS = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;
const KEY_PAUSE_MS = 2_000;
/** A key that was just added is unknown to droplet creation for some seconds; likewise other droplets' events. */
const KEY_LATE = /invalid key identifiers/;

/** Cuts names into requests. */
export function batches(names: readonly string[], blueprint: Blueprint): Batch[] {
  return Array.from({ length: Math.ceil(names.length / NAMES_A_REQUEST) }, (_, index) => ({
    names: names.slice(index * NAMES_A_REQUEST, (index + 1) * NAMES_A_REQUEST),
    blueprint,
  }));
}

/**
 * Creates the batches in parallel, and waits until each droplet is known to be the one of its name that stays. A batch that fails
 * does not affect the others; an abort ends all and rejects.
 */
export async function provision(all: readonly Batch[], options: ProvisionOptions): Promise<void> {
  const limit = pLimit({ concurrency: options.concurrency, rejectOnClear: true });
  const rivals = new Rivals(options);
  const settling: Promise<void>[] = [];
  await Promise.all(
    all.map(({ names, blueprint }) =>
      limit(async () => {
        const request = new Request(names, blueprint, rivals, options);
        try {
          await request.send();
        } catch (error) {
          options.signal.throwIfAborted();
          if (!(error instanceof BeltError)) throw error;
          options.onFailed([...request.missing], error);
        } finally {
          // However it ends, what it created exists; the next request does not wait for it.
          settling.push(...request.settling);
        }
      }),
    ),
  );
  await Promise.all(settling);
}

class Request {
  readonly missing: Set<string>;
  readonly settling: Promise<void>[] = [];
  readonly #blueprint: Blueprint;
  readonly #rivals: Rivals;
  readonly #options: ProvisionOptions;

  constructor(names: readonly string[], blueprint: Blueprint, rivals: Rivals, options: ProvisionOptions) {
    this.missing = new Set(names);
    this.#blueprint = blueprint;
    this.#rivals = rivals;
    this.#options = options;
  }

  /** Creates what is missing, and updates the missing names. @throws when the rest cannot be created */
  async send(): Promise<void> {
    const { clock, signal, onRequest } = this.#options;
    for (let tries = 1; this.missing.size > 0; tries++) {
      // A batch that waited for its turn must not be announced, let alone sent, after an interrupt.
      signal.throwIfAborted();
      this.#passOver(await this.#rivals.taken([...this.missing]));
      if (this.missing.size === 0) return;
      const names = [...this.missing];
      signal.throwIfAborted();
      onRequest(names);
      const doubt = await this.#post(names);
      if (this.missing.size === 0) return;
      if (doubt instanceof Ambiguous) await this.#find(doubt);
      // DigitalOcean refused: none of it can exist.
      else await clock.sleep(KEY_PAUSE_MS, signal);
      if (this.missing.size > 0 && tries >= TRIES) throw doubt;
    }
  }

  /** Returns why some may still be missing. @throws BeltError when they are refused for good */
  async #post(names: string[]): Promise<BeltError> {
    try {
      this.#made(await this.#options.cloud.createDroplets({ ...this.#blueprint, names }));
      return new Ambiguous('POST /v2/droplets: the response does not list them all');
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (error instanceof Ambiguous) this.#made(error.droplets);
      else if (!isKeyLate(error)) throw error;
      return error;
    }
  }

  /** What has been created since the last look: late droplets of an earlier try are this run's own. */
  #passOver(taken: readonly Droplet[]): void {
    this.#made(taken.filter(({ tags }) => hasTag(tags, this.#options.runTag)));
    for (const stays of taken) {
      if (this.missing.delete(stays.name)) this.#options.onLost(stays.name, { stays });
    }
  }

  #made(droplets: readonly Droplet[]): void {
    const news = lowestOfEach(droplets).stay.filter(({ name }) => this.missing.delete(name));
    if (news.length === 0) return;
    this.#options.onMade(news);
    for (const droplet of news) {
      const settling = this.#settle(droplet);
      // It is waited for at the end, perhaps long after it was interrupted.
      settling.catch(() => {});
      this.settling.push(settling);
    }
  }

  async #settle(droplet: Droplet): Promise<void> {
    await resolveRivals(await this.#rivals.settle(droplet), droplet, this.#options);
  }

  /**
   * After an inconclusive answer: looks for the names under this run's tag until all of them are found, or it is known that the
   * others were not created. @throws Ambiguous when that is not known in time
   */
  async #find(doubt: Ambiguous): Promise<void> {
    const { cloud, clock, runTag, signal, deadline } = this.#options;
    const knownAtMs = clock.now() + IN_DOUBT_MS;
    let looks = 0;
    let trouble: unknown;
    const found = await poll(
      async () => {
        try {
          this.#made(await cloud.droplets({ tag: runTag }));
          looks++;
          if (this.missing.size > 0 && clock.now() >= knownAtMs && looks >= LOOKS) {
            await this.#findByName();
            return true;
          }
          return this.missing.size === 0 ? true : undefined;
        } catch (error) {
          signal.throwIfAborted();
          trouble = error;
          return undefined;
        }
      },
      {
        clock,
        signal,
        deadline,
        intervalMs: (looked) => {
          const pauseMs = backOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)(looked);
          const leftMs = knownAtMs - clock.now();
          return leftMs > 0 ? Math.min(pauseMs, leftMs) : pauseMs;
        },
      },
    );
    if (found) return;
    const names = [...this.missing].join(', ');
    const exist = this.missing.size === 1 ? 'exists' : 'exist';
    throw new Ambiguous(`cannot tell whether ${names} ${exist}: ${messageOf(trouble ?? doubt)}`, {
      hint: 'run the same command again: it looks for them first',
      cause: doubt,
    });
  }

  /** The tag's list may lag behind that of the names. */
  async #findByName(): Promise<void> {
    const { cloud, runTag } = this.#options;
    const lists = await Promise.all([...this.missing].map((name) => cloud.droplets({ name })));
    this.#made(lists.flat().filter(({ tags }) => hasTag(tags, runTag)));
  }
}

/** Removes droplets of this run that must not stay, and reports what became of them. */
export async function resolveRivals(
  { stays, spare, trouble: unread }: Resolution,
  made: Droplet,
  options: Pick<ProvisionOptions, 'cloud' | 'signal' | 'runTag' | 'onMade' | 'onStays' | 'onLost'>,
): Promise<void> {
  const { cloud, signal, runTag, onMade, onStays, onLost } = options;
  let trouble: BeltError | undefined;
  for (const { id } of spare) {
    await cloud.deleteDroplet(id).catch((error) => {
      signal.throwIfAborted();
      if (!(error instanceof BeltError)) throw error;
      trouble = error;
    });
  }
  if (!hasTag(stays.tags, runTag) && stays.id !== made.id) {
    return onLost(made.name, { made, stays, ...(trouble && { error: trouble }) });
  }
  if (stays.id !== made.id) onMade([stays]);
  onStays(stays, unread);
}

const isKeyLate = (error: unknown): error is CloudError => error instanceof CloudError && KEY_LATE.test(error.message);
