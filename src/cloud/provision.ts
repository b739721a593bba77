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
    all.map((batch) =>
      limit(async () => {
        try {
          await createBatch(batch, options);
        } catch (error) {
          options.signal.throwIfAborted();
          if (!(error instanceof BeltError)) throw error;
          options.onFailed(batch.names, error);
        }
      }),
    ),
  );
}

async function createBatch({ names, blueprint }: Batch, options: ProvisionOptions): Promise<void> {
  let missing = names;
  for (let tries = 1; missing.length > 0; tries++) {
    try {
      options.onRequest(missing);
      options.onCreated(await options.cloud.createDroplets({ ...blueprint, names: missing }));
      return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (tries >= TRIES || !mayPass(error)) throw error;
      const found = await look(missing, error, options);
      options.onCreated(found);
      missing = missing.filter((name) => !found.some((droplet) => droplet.name === name));
    }
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof Ambiguous || (error instanceof CloudError && KEY_LATE.test(error.message));
}

/** After an ambiguous answer: which of the names exist under this run's tag? Looks twice before it says none. */
async function look(names: readonly string[], error: unknown, options: ProvisionOptions): Promise<Droplet[]> {
  const wanted = new Set(names);
  for (let looks = 1; looks <= 2; looks++) {
    await options.clock.sleep(SETTLE_MS, options.signal);
    // DigitalOcean refused: nothing of it can exist.
    if (!(error instanceof Ambiguous)) return [];
    const found = (await options.cloud.droplets({ tag: options.runTag })).filter(({ name }) => wanted.has(name));
    if (found.length === wanted.size || looks === 2) return found;
  }
  throw new BeltError(`cannot tell whether ${names.join(', ')} exist: ${messageOf(error)}`);
}
