// Two runs may create the same name at the same time, with nothing in common but the account. The droplet with the lowest id stays,
// for every run: it was created first, so every list that shows a run its own droplet shows that one as well.
import type { Clock } from '../clock.ts';
import type { Droplet } from '../model/droplet.ts';
import { backOff, poll } from '../wait.ts';
import type { Cloud } from './client.ts';
import { isRefusal } from './errors.ts';
import { hasTag, isBelts } from './tags.ts';

export interface RivalsOptions {
  cloud: Pick<Cloud, 'droplets' | 'droplet'>;
  clock: Clock;
  signal: AbortSignal;
  /** The tag of the cluster's droplets. */
  clusterTag: string;
  /** The tag of this run's droplets only. */
  runTag: string;
  /** Waits no longer than this for a list that shows what was created, ms since the epoch. */
  deadline: number;
}

/** What became of a droplet that this run created. */
export interface Resolution {
  /** The one of its name that stays. */
  stays: Droplet;
  /** This run's others of that name. */
  spare: Droplet[];
  /** Why no list could be read, if that was the case. */
  trouble?: unknown;
}

/** A list this recent still counts as current right before a request. */
const FRESH_MS = 1_000;
/** A droplet that does not show up in the list for this long is accepted as it is: nothing can be found out about it. */
const SHOWS_WITHIN_MS = 60_000;
/** A token that is refused this often in a row is refused for good: then nothing can be found out either. */
const REFUSALS = 2;
/** One that is missing from this many lists is requested by its id, a few at a time. */
const MISSED_BEFORE_ASKING = 3;
const ASKED_AT_ONCE = 4;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Of each name the droplet with the lowest id, and the others. */
export function lowestOfEach<D extends { id: number; name: string }>(
  droplets: readonly D[],
): { stay: D[]; others: D[] } {
  const lowest = new Map<string, D>();
  for (const droplet of droplets) {
    const known = lowest.get(droplet.name);
    if (known === undefined || droplet.id < known.id) lowest.set(droplet.name, droplet);
  }
  const stays = (droplet: D) => lowest.get(droplet.name) === droplet;
  return { stay: droplets.filter(stays), others: droplets.filter((droplet) => !stays(droplet)) };
}

interface Pending {
  droplet: Droplet;
  /** Lists that did not show it. */
  missed: number;
  untilMs: number;
  resolve: (verdict: Resolution) => void;
}

export class Rivals {
  readonly #options: RivalsOptions;
  readonly #pending = new Map<number, Pending>();
  #looking: Promise<unknown> | undefined;
  #last: { atMs: number; list: Promise<Droplet[]> } | undefined;
  /** Looks since a droplet was added. */
  #looks = 0;
  /** Lists in a row for which the token was refused. */
  #refusals = 0;

  constructor(options: RivalsOptions) {
    this.#options = options;
  }

  /** Those of the names that the cluster has already. @throws BeltError when that is unknown */
  async taken(names: readonly string[]): Promise<Droplet[]> {
    const list = await this.#list(this.#options.clock.now() - FRESH_MS);
    const verdicts = await Promise.all(names.map((name) => this.#existing(list.filter((one) => one.name === name))));
    return verdicts.flatMap(([lowest]) => lowest ?? []);
  }

  /** Waits until the list shows the droplet, and says which of its name stays. @throws the signal's reason */
  async settle(droplet: Droplet): Promise<Resolution> {
    const { clock, deadline } = this.#options;
    const untilMs = Math.min(clock.now() + SHOWS_WITHIN_MS, deadline);
    return await new Promise((resolve, reject) => {
      this.#pending.set(droplet.id, { droplet, missed: 0, untilMs, resolve });
      this.#looks = 0;
      this.#looking ??= this.#look();
      this.#looking.catch(reject);
    });
  }

  /** Which of these droplets of one name stays; those of the list that are gone are left out. */
  async verdict(own: Droplet, list: readonly Droplet[]): Promise<Resolution> {
    const rivals = list.filter(({ id, name }) => name === own.name && id !== own.id);
    const existing = [own, ...(await this.#existing(rivals))].sort((a, b) => a.id - b.id);
    const [stays = own] = existing;
    const isOwn = (one: Droplet) => one.id === own.id || hasTag(one.tags, this.#options.runTag);
    const spare = existing.filter((one) => one !== stays && isOwn(one));
    return { stays: stays.id === own.id ? own : stays, spare };
  }

  async #look(): Promise<void> {
    const { clock, signal } = this.#options;
    const pause = backOff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    await poll(
      async () => {
        this.#looks++;
        await this.#settleSome().catch(() => signal.throwIfAborted());
        if (this.#pending.size > 0) return undefined;
        // At once: the next caller starts a new look.
        this.#looking = undefined;
        return true;
      },
      { clock, signal, deadline: Number.POSITIVE_INFINITY, intervalMs: () => pause(this.#looks) },
    );
  }

  async #settleSome(): Promise<void> {
    const { clock } = this.#options;
    const pending = [...this.#pending.values()];
    const list = await this.#list(clock.now()).catch((error) => {
      this.#refusals = isRefusal(error) ? this.#refusals + 1 : 0;
      const isFinal = this.#refusals >= REFUSALS;
      // The same goes for a list that cannot be read.
      for (const { droplet, untilMs } of pending)
        if (isFinal || clock.now() >= untilMs) this.#end(droplet, { stays: droplet, spare: [], trouble: error });
      throw error;
    });
    this.#refusals = 0;
    const shown = new Map(list.map((droplet) => [droplet.id, droplet]));
    const missing = pending.filter(({ droplet }) => !shown.has(droplet.id));
    for (const one of missing) one.missed++;
    const asked = missing.filter(({ missed }) => missed >= MISSED_BEFORE_ASKING).sort((a, b) => b.missed - a.missed);
    await Promise.all([
      ...pending.flatMap(({ droplet }) => shown.get(droplet.id) ?? []).map((droplet) => this.#settled(droplet, list)),
      ...missing.filter(({ untilMs }) => clock.now() >= untilMs).map(({ droplet }) => this.#settled(droplet, list)),
      ...asked.slice(0, ASKED_AT_ONCE).map((one) => this.#settleIfGone(one, list)),
    ]);
  }

  /** DigitalOcean may have failed to make it: no list will ever show it. Or its answer had a wrong id: then its name is in the list. */
  async #settleIfGone(one: Pending, list: readonly Droplet[]): Promise<void> {
    const { cloud, runTag } = this.#options;
    one.missed = 0;
    const { droplet } = one;
    if ((await cloud.droplet(droplet.id)) !== undefined) return;
    const own = list.find(({ name, tags }) => name === droplet.name && hasTag(tags, runTag));
    if (own) this.#end(droplet, await this.verdict(own, list));
    else await this.#settled(droplet, []);
  }

  /** Where others of its name cannot be asked for, that is tried again for as long as it would be waited for in a list. */
  async #settled(droplet: Droplet, list: readonly Droplet[]): Promise<void> {
    const { clock, signal } = this.#options;
    try {
      this.#end(droplet, await this.verdict(droplet, list));
    } catch (error) {
      signal.throwIfAborted();
      const { untilMs = 0 } = this.#pending.get(droplet.id) ?? {};
      if (clock.now() < untilMs) throw error;
      this.#end(droplet, { stays: droplet, spare: [], trouble: error });
    }
  }

  #end({ id }: Droplet, verdict: Resolution): void {
    this.#pending.get(id)?.resolve(verdict);
    this.#pending.delete(id);
  }

  /** A list that was requested at this time or later; concurrent callers share it. */
  #list(sinceMs: number): Promise<Droplet[]> {
    if (this.#last && this.#last.atMs >= sinceMs) return this.#last.list;
    const { cloud, clock, clusterTag } = this.#options;
    const list = cloud.droplets({ tag: clusterTag }).then((all) => all.filter(({ tags }) => isBelts(tags)));
    const asked = { atMs: clock.now(), list };
    this.#last = asked;
    list.catch(() => {
      if (this.#last === asked) this.#last = undefined;
    });
    return list;
  }

  /** Those that still exist, lowest id first: a list shows deleted droplets for a while. */
  async #existing(droplets: readonly Droplet[]): Promise<Droplet[]> {
    const asked = droplets.map(({ id }) => this.#options.cloud.droplet(id));
    const found = (await Promise.all(asked)).flatMap((droplet) => droplet ?? []);
    return found.sort((a, b) => a.id - b.id);
  }
}
