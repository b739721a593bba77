// Droplets from names: ten a request, never a request repeated blindly (design rules 2 and 5).
import pLimit from 'p-limit';
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Cloud, CreateRequest } from './client.ts';
import { Ambiguous, CloudError } from './errors.ts';
import type { Droplet } from './schemas.ts';

/** DigitalOcean takes at most ten names a request. */
export const NAMES_A_REQUEST = 10;

/** Everything about a droplet but its name. */
export type Blueprint = Omit<CreateRequest, 'names'>;

export interface Batch {
  names: string[];
  blueprint: Blueprint;
}

export interface ProvisionOptions {
  cloud: Pick<Cloud, 'createDroplets' | 'droplets'>;
  clock: Clock;
  signal: AbortSignal;
  /** The tag that only this run's droplets carry. */
  runTag: string;
  concurrency: number;
  /** Told before a request is sent, so that the run can be resumed after a kill. */
  onRequest: (names: readonly string[]) => void;
  /** Told of droplets as soon as they exist. */
  onCreated: (droplets: readonly Droplet[]) => void;
  /** Told which names could not be made, and why. */
  onFailed: (names: readonly string[], error: BeltError) => void;
}

/** How often an ambiguous answer is settled by looking before belt gives up. */
const TRIES = 4;
/** How often belt looks before it takes a droplet that does not show for one that was not made. */
const LOOKS = 2;
/** How long a request that was cut off may still be at work, in ms between two looks. */
const SETTLE_MS = 2_000;
/** A key that was just added is unknown to droplet creation for some seconds; likewise other droplets' events. */
const KEY_LATE = /invalid key identifiers/;

/** Cuts names into requests. */
export function batches(names: readonly string[], blueprint: Blueprint): Batch[] {
  return Array.from({ length: Math.ceil(names.length / NAMES_A_REQUEST) }, (_, index) => ({
    names: names.slice(index * NAMES_A_REQUEST, (index + 1) * NAMES_A_REQUEST),
    blueprint,
  }));
}

/** Creates the batches side by side. A batch that fails fails alone; an abort ends all and rejects. */
export async function provision(all: readonly Batch[], options: ProvisionOptions): Promise<void> {
  const limit = pLimit({ concurrency: options.concurrency, rejectOnClear: true });
  await Promise.all(
    all.map(({ names, blueprint }) =>
      limit(async () => {
        const missing = new Set(names);
        try {
          await createMissing(missing, blueprint, options);
        } catch (error) {
          options.signal.throwIfAborted();
          if (!(error instanceof BeltError)) throw error;
          options.onFailed([...missing], error);
        }
      }),
    ),
  );
}

/** Creates what is missing, and takes out of it what came to be. @throws when the rest cannot be made */
async function createMissing(missing: Set<string>, blueprint: Blueprint, options: ProvisionOptions): Promise<void> {
  const created = (droplets: readonly Droplet[]) => {
    options.onCreated(droplets);
    for (const { name } of droplets) missing.delete(name);
  };
  for (let tries = 1; missing.size > 0; tries++) {
    // A batch that waited for its turn must not be told of, let alone sent, after an interrupt.
    options.signal.throwIfAborted();
    const names = [...missing];
    options.onRequest(names);
    try {
      return created(await options.cloud.createDroplets({ ...blueprint, names }));
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof Ambiguous) {
        // What the answer named exists; only the others are in doubt.
        if (error.droplets.length > 0) created(error.droplets);
        if (missing.size > 0) created(await look([...missing], error, options));
      }
      // DigitalOcean refused: nothing of it can exist.
      else if (isKeyLate(error)) await options.clock.sleep(SETTLE_MS, options.signal);
      else throw error;
      if (missing.size > 0 && tries >= TRIES) throw error;
    }
  }
}

const isKeyLate = (error: unknown): boolean => error instanceof CloudError && KEY_LATE.test(error.message);

/** After an ambiguous answer: which of the names exist under this run's tag? Looks twice before it says none. */
async function look(names: readonly string[], doubt: Ambiguous, options: ProvisionOptions): Promise<Droplet[]> {
  const { cloud, clock, runTag, signal } = options;
  const wanted = new Set(names);
  for (let looks = 1; ; looks++) {
    await clock.sleep(SETTLE_MS, signal);
    try {
      const found = (await cloud.droplets({ tag: runTag })).filter(({ name }) => wanted.has(name));
      if (found.length >= wanted.size || looks >= LOOKS) return found;
    } catch (error) {
      signal.throwIfAborted();
      throw new BeltError(`cannot tell whether ${names.join(', ')} exist: ${messageOf(error)}`, {
        hint: 'see `belt ls`, then run the same command again with --missing',
        cause: doubt,
      });
    }
  }
}
