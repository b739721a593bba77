// Polls one list for the whole fleet, never each droplet (design rule 5).
import type { Clock } from '../clock.ts';
import { type Droplet, hasAddress } from '../model/droplet.ts';
import type { Cloud } from './client.ts';

export interface WatchOptions {
  cloud: Pick<Cloud, 'droplets' | 'droplet'>;
  clock: Clock;
  /** Ends the watch; its abort is not an error. */
  signal: AbortSignal;
  /** The tag of the watched droplets. */
  tag: string;
  /** Called for every droplet at every look. */
  onSeen: (droplet: Droplet) => void;
  /** Called once for a watched droplet that is gone: its creation failed, or somebody deleted it. */
  onGone: (id: number) => void;
  /** Called for a new one that its id does not find yet, and no list has shown. */
  onUnknown?: (id: number) => void;
  /** Called for a failed look; the watch continues. */
  onTrouble: (error: unknown) => void;
  /** Called for every list that was received, whatever its contents. */
  onAnswer?: () => void;
}

export interface Watch {
  /** Watches one more droplet. */
  add(id: number): void;
  /** The droplet is done: it needs no more looks. */
  drop(id: number): void;
  /** Resolves when the watch has ended. */
  done: Promise<void>;
}

/** Between two looks while addresses are missing, and when all are known and only a failure could show. */
const EAGER_MS = 2_000;
const PATIENT_MS = 10_000;
/** A list of this many droplets costs one request; larger fleets are polled less often. */
const DROPLETS_A_REQUEST = 200;
/** Lists lag behind: a droplet that is missing from this many in a row is requested by its id. Only that proves that it is gone. */
const LOOKS_BEFORE_ASKING = 2;
/** Nothing can be told from a 404 for so long: a droplet that was just created is not known everywhere yet. */
const UNKNOWN_FOR_MS = 15_000;
/** This many at a time, each of which is a request. */
const ASKED_AT_ONCE = 4;

interface Watched {
  address: boolean;
  missed: number;
  /** Whether it was ever there. */
  seen: boolean;
  sinceMs: number;
}

/** Looks until the signal is aborted. The first look comes soon, then eagerly while any address is missing. */
export const watch = (options: WatchOptions): Watch => new ListWatch(options);

class ListWatch implements Watch {
  readonly done: Promise<void>;
  readonly #options: WatchOptions;
  readonly #watched = new Map<number, Watched>();

  constructor(options: WatchOptions) {
    this.#options = options;
    this.done = this.#run();
  }

  add(id: number): void {
    this.#watched.set(id, { address: false, missed: 0, seen: false, sinceMs: this.#options.clock.now() });
  }

  drop(id: number): void {
    this.#watched.delete(id);
  }

  async #run(): Promise<void> {
    const { clock, onTrouble, signal } = this.#options;
    let waitedMs = 0;
    while (!signal.aborted) {
      try {
        // In short steps: a droplet that is added in the meantime ends a long pause.
        await clock.sleep(EAGER_MS, signal);
        waitedMs += EAGER_MS;
        if (this.#watched.size === 0 || waitedMs < this.#pauseMs()) continue;
        waitedMs = 0;
        await this.#look();
      } catch (error) {
        if (!signal.aborted) onTrouble(error);
      }
    }
  }

  #pauseMs(): number {
    const entries = [...this.#watched.values()];
    const eager = entries.length === 0 || entries.some((entry) => !entry.address || entry.missed > 0);
    const requests = Math.ceil(entries.length / DROPLETS_A_REQUEST);
    return (eager ? EAGER_MS : PATIENT_MS) * Math.max(1, requests);
  }

  async #look(): Promise<void> {
    const { cloud, tag, onAnswer } = this.#options;
    const before = new Set(this.#watched.keys());
    const seen = await cloud.droplets({ tag });
    onAnswer?.();
    for (const droplet of seen) {
      before.delete(droplet.id);
      if (this.#watched.has(droplet.id)) this.#see(droplet);
    }
    for (const id of before) {
      const entry = this.#watched.get(id);
      if (entry) entry.missed++;
    }
    const missedBy = (id: number) => this.#watched.get(id)?.missed ?? 0;
    const missing = [...before].filter((id) => missedBy(id) >= LOOKS_BEFORE_ASKING);
    missing.sort((a, b) => missedBy(b) - missedBy(a));
    await Promise.all(missing.slice(0, ASKED_AT_ONCE).map((id) => this.#ask(id)));
  }

  async #ask(id: number): Promise<void> {
    const droplet = await this.#options.cloud.droplet(id);
    if (!this.#watched.has(id)) return;
    if (droplet) return this.#see(droplet);
    const { seen, sinceMs } = this.#watched.get(id)!;
    if (!seen && this.#options.clock.now() - sinceMs < UNKNOWN_FOR_MS) return this.#options.onUnknown?.(id);
    this.#watched.delete(id);
    this.#options.onGone(id);
  }

  #see(droplet: Droplet): void {
    const { sinceMs } = this.#watched.get(droplet.id)!;
    this.#watched.set(droplet.id, { address: hasAddress(droplet), missed: 0, seen: true, sinceMs });
    this.#options.onSeen(droplet);
  }
}
