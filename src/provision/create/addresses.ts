// The addresses of new droplets, by one list poll for all of them (design rule 5).
import type { Cloud } from '../../cloud/client.ts';
import { isRefusal, whyNoAnswer } from '../../cloud/errors.ts';
import { type Watch, watch } from '../../cloud/watch.ts';
import type { Context } from '../../context.ts';
import { BeltError, messageOf } from '../../errors.ts';
import { type Droplet, hasAddress } from '../../model/droplet.ts';

export interface AddressesOptions {
  context: Context;
  cloud: Cloud;
  /** The tag that the droplets carry. */
  tag: string;
  /** Ends the poll, and whoever waits. */
  signal: AbortSignal;
  /** Gives up on a droplet that has no address by then, ms since the epoch. */
  deadline: number;
  /** Told the newest that is known of a droplet. */
  onSeen?: (droplet: Droplet) => void;
  /** Told of a droplet that DigitalOcean failed to make. */
  onGone?: (id: number) => void;
  /** Told of each droplet without an address why DigitalOcean says nothing of it; undefined once it does again. */
  onTrouble?: (droplet: Droplet, trouble: string | undefined) => void;
}

/** A token that is refused twice in a row is refused for good. */
const REFUSALS = 2;
/** An API that answers nothing for so long is not waited for: the way back is the user's to find. */
const SILENCE_MS = 120_000;

const GONE = 'the droplet is gone: DigitalOcean failed to make it, or somebody deleted it';

/** DigitalOcean did not bring the droplet up: it failed to make it, or gave it no address. */
export class DropletLost extends BeltError {
  override readonly name = 'DropletLost';
}

/** DigitalOcean does not answer: the droplet was ordered, and nobody can say what became of it. */
export class ApiSilent extends BeltError {
  override readonly name = 'ApiSilent';
  /** Such as `DigitalOcean does not answer: connection refused`. */
  readonly why: string;

  constructor(cause: unknown) {
    const why = whyNoAnswer(cause);
    super(`its address could not be read in time: ${why}`, { cause });
    this.why = why;
  }
}

export class Addresses {
  readonly #options: AddressesOptions;
  readonly #watch: Watch;
  /** Who waits for a droplet's address. */
  readonly #waiting = new Map<number, (outcome: Droplet | Error) => void>();
  /** Those that DigitalOcean listed since. */
  readonly #seen = new Set<number>();
  /** Those that it did not know when it was asked for them. */
  readonly #unknown = new Set<number>();
  /** Why the last look failed; undefined when it did not. */
  #trouble: unknown;
  #refusals = 0;
  /** Those that have no address yet. */
  readonly #without = new Map<number, Droplet>();
  /** Ends the patience with an API that does not answer; undefined while it does. */
  #silence: AbortController | undefined;
  #answeredAtMs: number;

  constructor(options: AddressesOptions) {
    const { context, cloud, tag, signal } = options;
    this.#options = options;
    this.#answeredAtMs = context.clock.now();
    this.#watch = watch({
      cloud,
      clock: context.clock,
      signal,
      tag,
      onAnswer: () => this.#answered(),
      onSeen: (droplet) => {
        this.#seen.add(droplet.id);
        options.onSeen?.(droplet);
        if (hasAddress(droplet)) this.#waiting.get(droplet.id)?.(droplet);
      },
      onUnknown: (id) => this.#unknown.add(id),
      onGone: (id) => {
        options.onGone?.(id);
        this.#waiting.get(id)?.(new DropletLost(GONE));
      },
      onTrouble: (error) => {
        context.trace?.(`the list could not be read: ${messageOf(error)}`);
        this.#trouble = error;
        if (isRefusal(error) && ++this.#refusals >= REFUSALS) return this.#giveUp(error);
        for (const droplet of this.#without.values()) options.onTrouble?.(droplet, whyNoAnswer(error));
        this.#limitSilence();
      },
    });
  }

  /** The list could not be read before this began to look. */
  couldNotBeRead(error: unknown): void {
    this.#trouble ??= error;
  }

  #answered(): void {
    this.#refusals = 0;
    this.#answeredAtMs = this.#options.context.clock.now();
    this.#silence?.abort(new Error('answered'));
    this.#silence = undefined;
    if (this.#trouble === undefined) return;
    this.#trouble = undefined;
    for (const droplet of this.#without.values()) this.#options.onTrouble?.(droplet, undefined);
  }

  /** By a clock of its own: a request that hangs may outlast what is left of the patience. */
  #limitSilence(): void {
    if (this.#silence) return;
    const { clock } = this.#options.context;
    this.#silence = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, this.#silence.signal]);
    const leftMs = this.#answeredAtMs + SILENCE_MS - clock.now();
    clock.sleep(Math.max(0, leftMs), signal).then(
      () => this.#giveUp(new ApiSilent(this.#trouble)),
      () => {},
    );
  }

  /** Those that have an address need the list no more. */
  #giveUp(error: Error): void {
    for (const id of [...this.#without.keys()]) this.#waiting.get(id)?.(error);
  }

  /**
   * Uses the droplet once it has an address. Should it vanish then or later, the signal that `use` gets is aborted.
   * @throws BeltError when it vanishes before, or the deadline passes
   */
  async with<T>(droplet: Droplet, use: (droplet: Droplet, signal: AbortSignal) => Promise<T>): Promise<T> {
    const gone = new AbortController();
    try {
      const found = await this.#wait(droplet, gone);
      return await use(found, AbortSignal.any([this.#options.signal, gone.signal]));
    } finally {
      this.#waiting.delete(droplet.id);
      this.#without.delete(droplet.id);
      this.#watch.drop(droplet.id);
    }
  }

  #wait(droplet: Droplet, gone: AbortController): Promise<Droplet> {
    const { context, deadline, signal } = this.#options;
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      context.clock.sleep(Math.max(0, deadline - context.clock.now()), over.signal).then(
        () => reject(this.#late(droplet)),
        () => {},
      );
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      const settle = (outcome: Droplet | Error) => {
        over.abort();
        this.#without.delete(droplet.id);
        if (!(outcome instanceof Error)) return resolve(outcome);
        gone.abort(outcome);
        reject(outcome);
      };
      this.#waiting.set(droplet.id, settle);
      this.#without.set(droplet.id, droplet);
      this.#watch.add(droplet.id);
      if (hasAddress(droplet)) settle(droplet);
    });
  }

  /** Where the list could not be read, that is no fault of the droplet's. */
  #late({ id }: Droplet): BeltError {
    const trouble = this.#trouble;
    if (trouble === undefined && this.#seen.has(id)) return new DropletLost('it had no address in time');
    if (trouble !== undefined) return new ApiSilent(trouble);
    if (this.#unknown.has(id)) return new DropletLost(GONE);
    return new BeltError('its address could not be read in time: DigitalOcean did not list it');
  }
}
