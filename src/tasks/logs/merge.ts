// Lines of many logs in one order, that of their times, with no more in memory than each log's share. Time is told to it.
import type { LogLine } from '../../engine/log-lines.ts';

/** For all logs together, and the least and the most of one, in bytes. */
const ROOM = { all: 16 * 1024 * 1024, least: 32 * 1024, most: 256 * 1024 };
/** What a line takes besides its text, roughly. */
const OF_A_LINE = 200;
/** So many lines are given at a time. */
const AT_A_TIME = 1_000;
/** When it follows, a line waits so long for earlier ones, and a log that was silent so long is not waited for, in ms. */
const HOLD_MS = 250;
/** A log that was just asked for is waited for so long. */
const BEGIN_MS = 3_000;

export interface MergedLine<T> extends LogLine {
  /** Whose log it is from. */
  of: T;
}

interface Waiting extends LogLine {
  /** When it came, ms since the epoch. */
  cameMs: number;
}

/** One of the logs that are merged. */
export class Source<T> {
  readonly of: T;
  readonly lines: Waiting[] = [];
  /** How many of the lines were given already. */
  given = 0;
  bytes = 0;
  ended = false;
  /** Until then, ms since the epoch, lines of others wait for one of it. */
  awaitedUntilMs: number;
  /** Continues its reader. */
  goOn: (() => void) | undefined;

  constructor(of: T, awaitedUntilMs: number) {
    this.of = of;
    this.awaitedUntilMs = awaitedUntilMs;
  }

  get head(): Waiting | undefined {
    return this.lines[this.given];
  }
}

export class Merge<T> {
  readonly #follow: boolean;
  /** Those with lines, the one whose turn it is first. */
  readonly #ready: Source<T>[] = [];
  /** Those without lines that have not ended. */
  readonly #empty = new Set<Source<T>>();
  #full = 0;
  #closed = false;
  #wake: (() => void) | undefined;

  /** `follow`: logs do not end, so that a silent one holds up the others only for a moment. */
  constructor({ follow }: { follow: boolean }) {
    this.#follow = follow;
  }

  add(of: T, nowMs: number): Source<T> {
    const source = new Source(of, this.#follow ? nowMs + BEGIN_MS : Number.POSITIVE_INFINITY);
    this.#empty.add(source);
    return source;
  }

  /** The log was opened: it is known soon whether there is something in it. */
  opened(source: Source<T>, nowMs: number): void {
    if (this.#follow) source.awaitedUntilMs = nowMs + HOLD_MS;
    this.#wakeUp();
  }

  /** Takes lines of one log, in its own order. Where there is no room for more, resolves when there is. */
  push(source: Source<T>, lines: readonly LogLine[], nowMs: number): Promise<void> | undefined {
    if (lines.length === 0 || this.#closed) return undefined;
    const wasEmpty = source.head === undefined;
    for (const line of lines) {
      source.lines.push({ ...line, cameMs: nowMs });
      source.bytes += line.text.length + OF_A_LINE;
    }
    if (this.#follow) source.awaitedUntilMs = nowMs + HOLD_MS;
    if (wasEmpty) {
      this.#empty.delete(source);
      this.#insert(source);
    }
    const isFull = source.bytes >= this.#share;
    if (isFull) this.#full += 1;
    // Lines that came wait for their time, unless others waited for them, or there is no room for more.
    if (wasEmpty || isFull) this.#wakeUp();
    if (!isFull) return undefined;
    return new Promise((resolve) => {
      source.goOn = () => {
        this.#full -= 1;
        source.goOn = undefined;
        resolve();
      };
    });
  }

  end(source: Source<T>): void {
    source.ended = true;
    this.#empty.delete(source);
    this.#wakeUp();
  }

  /** What can be given now, the earliest first. */
  take(nowMs: number): MergedLine<T>[] {
    const taken: MergedLine<T>[] = [];
    if (this.#awaitedMs(nowMs) > 0) return taken;
    for (let first = this.#ready[0]; first && taken.length < AT_A_TIME; first = this.#ready[0]) {
      const { cameMs, ...line } = first.head!;
      if (this.#heldMs(cameMs, nowMs) > 0) break;
      taken.push({ ...line, of: first.of });
      this.#ready.shift();
      this.#given(first);
      if (first.head) this.#insert(first);
      else if (!first.ended) {
        this.#empty.add(first);
        if (first.awaitedUntilMs > nowMs) break;
      }
    }
    return taken;
  }

  /** Resolves when it is worth to `take` again: after so many ms, or when the promise does. */
  next(nowMs: number): { afterMs: number; woken: Promise<void> } {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const head = this.#ready[0]?.head;
    if (!head) return { afterMs: Number.POSITIVE_INFINITY, woken };
    const ms = Math.max(this.#awaitedMs(nowMs), this.#heldMs(head.cameMs, nowMs));
    return { afterMs: Math.max(1, ms), woken };
  }

  /** Whether nothing is left and nothing will come. */
  get isOver(): boolean {
    return this.#ready.length === 0 && this.#empty.size === 0;
  }

  /** Nobody takes any more: no reader is held up. */
  close(): void {
    this.#closed = true;
    for (const source of this.#ready) source.goOn?.();
    this.#wakeUp();
  }

  get #share(): number {
    return Math.min(ROOM.most, Math.max(ROOM.least, ROOM.all / (this.#ready.length + this.#empty.size)));
  }

  /** How long a log without lines is still waited for. */
  #awaitedMs(nowMs: number): number {
    let until = nowMs;
    for (const { awaitedUntilMs } of this.#empty) if (awaitedUntilMs > until) until = awaitedUntilMs;
    return until - nowMs;
  }

  /** How long a line waits for earlier ones. Where a log cannot go on for lack of room, none waits. */
  #heldMs(cameMs: number, nowMs: number): number {
    return this.#follow && this.#full === 0 ? cameMs + HOLD_MS - nowMs : 0;
  }

  #given(source: Source<T>): void {
    source.bytes -= source.head!.text.length + OF_A_LINE;
    source.given += 1;
    // Not line by line: that would move all that are left each time.
    if (source.given * 2 > source.lines.length) {
      source.lines.splice(0, source.given);
      source.given = 0;
    }
    if (source.goOn && source.bytes < this.#share / 2) source.goOn();
  }

  /** Behind those whose lines are as early. */
  #insert(source: Source<T>): void {
    const { time } = source.head!;
    let [low, high] = [0, this.#ready.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ready[middle]!.head!.time <= time) low = middle + 1;
      else high = middle;
    }
    this.#ready.splice(low, 0, source);
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
