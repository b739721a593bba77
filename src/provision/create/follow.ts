// New droplets from their creation to ready: one list poll for all, SSH to each as soon as it has an address. No node
// waits for another (design rule 4).
import pLimit from 'p-limit';
import { messageOf } from '../../errors.ts';
import { type Droplet, hasAddress } from '../../model/droplet.ts';
import type { Phase } from '../../model/phase.ts';
import type { Progress } from '../../output/progress/progress.ts';
import { Addresses, type AddressesOptions } from './addresses.ts';
import { nodeReady } from './ready.ts';

/** `deadline`: gives up on a node that is not ready by then. */
export interface FollowOptions extends Omit<AddressesOptions, 'signal'> {
  progress: Progress;
  /** Whether a node without an engine has failed. */
  needsEngine: boolean;
  onFailed: (name: string, error: unknown) => void;
  /** What else a node needs once it is ready, before it counts as done. */
  onReady?: ((droplet: Droplet, phase: (phase: Phase) => void) => Promise<void>) | undefined;
}

/** Handshakes are CPU work: more side by side would only time out. */
const HANDSHAKES_AT_ONCE = 32;

export class Follower {
  readonly #options: FollowOptions;
  readonly #ended = new AbortController();
  readonly #limit = pLimit({ concurrency: HANDSHAKES_AT_ONCE, rejectOnClear: true });
  readonly #addresses: Addresses;
  readonly #tasks: Promise<void>[] = [];

  constructor(options: FollowOptions) {
    this.#options = options;
    const signal = AbortSignal.any([options.context.signal, this.#ended.signal]);
    const onTrouble = (droplet: Droplet, trouble: string | undefined) => {
      options.progress.phase(droplet.name, 'booting', trouble);
      options.onTrouble?.(droplet, trouble);
    };
    this.#addresses = new Addresses({ ...options, signal, onTrouble });
  }

  /** `trouble`: why the list of droplets could not be read so far. */
  add(droplet: Droplet, trouble?: unknown): void {
    if (trouble !== undefined) this.#addresses.couldNotBeRead(trouble);
    this.#tasks.push(this.#follow(droplet));
  }

  /** Resolves when every droplet that was added is ready or failed; rejects when interrupted. */
  async done(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  stop(): void {
    for (const task of this.#tasks) task.catch(() => {});
    this.#ended.abort(new Error('done'));
  }

  async #follow(droplet: Droplet): Promise<void> {
    const { context, progress, onFailed } = this.#options;
    try {
      if (!hasAddress(droplet)) progress.phase(droplet.name, 'booting');
      await this.#addresses.with(droplet, (found, signal) => this.#ready(found, signal));
      progress.end(droplet.name, 'ready');
    } catch (error) {
      context.signal.throwIfAborted();
      progress.end(droplet.name, 'failed', messageOf(error));
      onFailed(droplet.name, error);
    }
  }

  async #ready(droplet: Droplet, signal: AbortSignal): Promise<void> {
    const { context, progress, deadline, needsEngine, onReady } = this.#options;
    const onPhase = (phase: Phase, trouble?: string) => progress.phase(droplet.name, phase, trouble);
    const { warnings } = await nodeReady(context, droplet, {
      deadline,
      needsEngine,
      limit: this.#limit,
      signal,
      onPhase,
      goesOn: onReady !== undefined,
    });
    for (const warning of warnings) context.out.warn(warning, { node: droplet.name });
    await onReady?.(droplet, onPhase);
  }
}
