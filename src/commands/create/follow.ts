// New droplets from their creation to ready: one list poll for all, SSH to each as soon as it has an address. No node
// waits for another (design rule 4).
import pLimit from 'p-limit';
import type { Cloud } from '../../cloud/client.ts';
import type { Droplet } from '../../cloud/schemas.ts';
import { type Watch, watch } from '../../cloud/watch.ts';
import type { Context } from '../../context.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Progress } from '../../output/progress.ts';
import { nodeReady } from './ready.ts';

export interface FollowOptions {
  context: Context;
  cloud: Cloud;
  /** The tag that the followed droplets carry. */
  tag: string;
  progress: Progress;
  /** Gives up on a node that is not ready by then, ms since the epoch. */
  deadline: number;
  /** Told the newest that is known of a droplet. */
  onSeen: (droplet: Droplet) => void;
  /** Told of a droplet that DigitalOcean failed to make. */
  onGone: (id: number) => void;
  onFailed: (name: string, error: unknown) => void;
  /** What else a node needs once it is ready, before it counts as done. */
  onReady?: ((droplet: Droplet, phase: (phase: string) => void) => Promise<void>) | undefined;
}

/** Handshakes are CPU work: more side by side would only time out. */
const HANDSHAKES_AT_ONCE = 32;

export class Follower {
  readonly #options: FollowOptions;
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #limit = pLimit({ concurrency: HANDSHAKES_AT_ONCE, rejectOnClear: true });
  readonly #watch: Watch;
  /** Who waits for a droplet's address. */
  readonly #waiting = new Map<number, (outcome: Droplet | Error) => void>();
  readonly #tasks: Promise<void>[] = [];

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.context.signal, this.#ended.signal]);
    this.#watch = watch({
      cloud: options.cloud,
      clock: options.context.clock,
      signal: this.#signal,
      tag: options.tag,
      onSeen: (droplet) => {
        options.onSeen(droplet);
        if (droplet.publicAddress !== undefined) this.#waiting.get(droplet.id)?.(droplet);
      },
      onGone: (id) => {
        options.onGone(id);
        const words = 'DigitalOcean accepted it and then failed to make it: the droplet is gone';
        this.#waiting.get(id)?.(new BeltError(words));
      },
      onTrouble: (error) => options.context.trace?.(`the list could not be read: ${messageOf(error)}`),
    });
  }

  add(droplet: Droplet): void {
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
    const { context, progress, deadline, onFailed } = this.#options;
    const gone = new AbortController();
    try {
      progress.phase(droplet.name, 'booting');
      const found = await this.#address(droplet, gone);
      const state = await nodeReady(context, found, {
        deadline,
        limit: this.#limit,
        signal: AbortSignal.any([this.#signal, gone.signal]),
        onPhase: (phase, trouble) => progress.phase(droplet.name, phase, trouble),
      });
      for (const warning of state.warnings) context.out.warn(warning);
      await this.#options.onReady?.(found, (phase) => progress.phase(droplet.name, phase));
      progress.end(droplet.name, 'done');
    } catch (error) {
      context.signal.throwIfAborted();
      progress.end(droplet.name, 'failed', messageOf(error));
      onFailed(droplet.name, error);
    } finally {
      this.#waiting.delete(droplet.id);
      this.#watch.drop(droplet.id);
    }
  }

  /** The droplet once it has an address. Should it vanish then or later, `gone` is aborted. */
  #address(droplet: Droplet, gone: AbortController): Promise<Droplet> {
    const { context, deadline } = this.#options;
    return new Promise((resolve, reject) => {
      const late = new BeltError('it had no address in time', { hint: `see: belt ls ${droplet.name}` });
      const timer = setTimeout(() => reject(late), Math.max(0, deadline - context.clock.now()));
      this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true });
      const settle = (outcome: Droplet | Error) => {
        clearTimeout(timer);
        if (!(outcome instanceof Error)) return resolve(outcome);
        gone.abort(outcome);
        reject(outcome);
      };
      this.#waiting.set(droplet.id, settle);
      this.#watch.add(droplet.id);
      if (droplet.publicAddress !== undefined) settle(droplet);
    });
  }
}
