// The logs of one node's containers. When the node goes away, those who follow them wait for it and read on from there.
import type { Context } from '../../context.ts';
import { EngineError } from '../../engine/engine.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Node } from '../../model/node.ts';
import { backOff, orAborted } from '../../wait.ts';
import type { FleetContainer } from '../containers.ts';
import { ContainerLog, type LogRequest, NoLogs } from './container-log.ts';
import { type HeldNode, holdNode } from './held-node.ts';
import type { Merge } from './merge.ts';

/** How often it looks for new containers, and whether the engine still answers. */
const LOOK_EVERY_MS = 2_000;
const tryAgainMs = backOff(2_000, 30_000);

export interface Wanted {
  request: LogRequest;
  isWanted: (container: FleetContainer) => boolean;
  merge: Merge<FleetContainer>;
  /** Told of what happens to the node, or to one of its logs. */
  tell: {
    missing(node: Node, error: unknown): void;
    back(node: Node): void;
    unreadable(container: FleetContainer, error: unknown): void;
  };
}

export class NodeLogs {
  readonly #context: Context;
  readonly #node: Node;
  readonly #wanted: Wanted;
  /** By the containers' ids. */
  readonly #logs = new Map<string, ContainerLog>();
  readonly #reading = new Map<string, Promise<void>>();
  /** Those that cannot be read, so that each is told once. */
  readonly #unreadable = new Set<string>();
  #isFirst = true;

  constructor(context: Context, node: Node, wanted: Wanted) {
    this.#context = context;
    this.#node = node;
    this.#wanted = wanted;
  }

  /** From now on the lines of others wait for those of these containers. */
  expect(containers: readonly FleetContainer[]): void {
    const { isWanted, request, merge } = this.#wanted;
    const isNew = !this.#isFirst;
    this.#isFirst = false;
    for (const container of containers.filter(isWanted)) {
      if (this.#logs.has(container.id)) continue;
      const nowMs = this.#context.clock.now();
      this.#logs.set(container.id, new ContainerLog(container, request, { merge, nowMs, isNew }));
    }
  }

  /** Reads all to the end. @throws BeltError when the node goes away before */
  async once(held: HeldNode): Promise<void> {
    await this.#while(held, async (signal) => {
      this.#readAll(held, [...this.#logs.keys()], signal);
      const over = new AbortController();
      const reading = Promise.all(this.#reading.values()).finally(() => over.abort());
      // It is told below.
      reading.catch(() => {});
      const meanwhile = (work: Promise<unknown>) =>
        orAborted(work, over.signal).catch((error) => {
          if (!over.signal.aborted) throw error;
        });
      while (!over.signal.aborted) {
        await meanwhile(this.#context.clock.sleep(LOOK_EVERY_MS, signal));
        if (!over.signal.aborted) await meanwhile(held.list());
      }
      await reading;
    });
  }

  /** Reads what there is and what comes, until the signal of the context; a node that goes away is waited for. */
  async follow(first: HeldNode | undefined): Promise<void> {
    const { clock, signal } = this.#context;
    const { tell } = this.#wanted;
    let held = first;
    let tries = first ? 0 : 1;
    for (;;) {
      try {
        if (tries > 0) await clock.sleep(tryAgainMs(tries), signal);
        held ??= await holdNode(this.#context, this.#node);
        await this.#followHeld(held, () => {
          if (tries > 0) tell.back(this.#node);
          tries = 0;
        });
      } catch (error) {
        signal.throwIfAborted();
        if (tries === 0) tell.missing(this.#node, error);
        tries += 1;
        held = undefined;
      }
    }
  }

  /** `began` is called once its logs are read: a node that answers and cannot is not back. */
  async #followHeld(held: HeldNode, began: () => void): Promise<void> {
    let { containers } = held;
    await this.#while(held, async (signal) => {
      for (;;) {
        this.expect(containers);
        const unread = containers.filter(({ id, state }) => this.#isToRead(id, state)).map(({ id }) => id);
        this.#readAll(held, unread, signal);
        began();
        await this.#context.clock.sleep(LOOK_EVERY_MS, signal);
        containers = await held.list();
        this.#forget(containers);
      }
    });
  }

  /** One that ended was read to its end. */
  #isToRead(id: string, state: string): boolean {
    const log = this.#logs.get(id);
    if (!log || this.#reading.has(id) || this.#unreadable.has(id)) return false;
    return !log.isRead || state === 'running' || state === 'restarting';
  }

  /** Does it while the connection lasts, and ends all reading with it. */
  async #while(held: HeldNode, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([this.#context.signal, ended.signal]);
    try {
      await work(signal);
    } finally {
      ended.abort(new Error('the node went away'));
      await Promise.allSettled(this.#reading.values());
      for (const log of this.#logs.values()) log.give();
      held.end();
    }
  }

  #readAll(held: HeldNode, ids: readonly string[], signal: AbortSignal): void {
    // All have to be open at once, or their lines could not be put in order.
    if (this.#reading.size + ids.length > held.logsAtOnce) throw tooMany(held);
    for (const id of ids) {
      const reading = this.#readOne(held, this.#logs.get(id)!, signal).finally(() => this.#reading.delete(id));
      reading.catch(() => {});
      this.#reading.set(id, reading);
    }
  }

  async #readOne({ connection, engine }: HeldNode, log: ContainerLog, signal: AbortSignal): Promise<void> {
    const { follow } = this.#wanted.request;
    try {
      await log.read(connection, engine, { clock: this.#context.clock, signal });
    } catch (error) {
      if (signal.aborted || isGone(error)) return;
      const isKept = !(error instanceof NoLogs);
      if (!isKept) this.#unreadable.add(log.container.id);
      else if (connection.lost) throw error;
      // What was cut off is read on at the next look.
      if (isKept && follow) return this.#context.trace?.(`${log.container.label} ${messageOf(error)}`);
      this.#wanted.tell.unreadable(log.container, error);
    }
  }

  /** What was removed: long runs see many containers. */
  #forget(containers: readonly FleetContainer[]): void {
    const left = new Set(containers.map(({ id }) => id));
    for (const id of this.#logs.keys()) {
      if (left.has(id) || this.#reading.has(id)) continue;
      this.#logs.delete(id);
      this.#unreadable.delete(id);
    }
  }
}

const tooMany = ({ node: { name }, logsAtOnce }: HeldNode): BeltError =>
  new BeltError(`${name}: its sshd forwards no sockets, so that no more than ${logsAtOnce} logs can be read at once`, {
    hint: `set AllowStreamLocalForwarding yes in its sshd_config, or name fewer containers: belt ps ${name}`,
  });

/** It was removed since it was listed. */
const isGone = (error: unknown): boolean => error instanceof EngineError && error.status === 404;
