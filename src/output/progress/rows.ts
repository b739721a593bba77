// What a run waits for, on a terminal: a row each, redrawn in place. Nothing elsewhere: there, changes are lines or events.
import type { Clock } from '../../clock.ts';
import type { Out } from '../out.ts';
import { type Line, Redrawn, type Room } from './redrawn.ts';
import { MOST_LINES } from './renderer.ts';
import { wholeSeconds } from './words.ts';

const FRAME_MS = 100;
/** So much of a name is shown at least. */
const SHORTEST_NAME = 8;

/** One thing that is waited for. */
export interface Row {
  name: string;
  /** `1 of 2 running`; empty where there is nothing to count. */
  count: string;
  /** What it is doing, or why it failed. */
  state: string;
  /** Since when it has done so, ms since the epoch. */
  sinceMs: number;
  end?: 'done' | 'failed' | undefined;
}

/** What is known at a moment. */
export interface Rows {
  rows: readonly Row[];
  /** What rows are that are done: `converged`. */
  done: string;
  /** What holds up all of them, where something does. */
  trouble?: string | undefined;
}

/** Shows rows until it is stopped. */
export class RowDisplay {
  /** Whether there is a terminal to show them on: nothing has to be told beside it. */
  readonly isShown: boolean;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #now: () => Rows;
  readonly #startMs: number;
  readonly #screen: Redrawn | undefined;
  readonly #timer: NodeJS.Timeout | undefined;

  /** `now` is called for each picture. */
  constructor(out: Out, clock: Pick<Clock, 'now'>, now: () => Rows) {
    this.#clock = clock;
    this.#now = now;
    this.#startMs = clock.now();
    this.isShown = out.live && !out.quiet;
    if (!this.isShown) return;
    this.#screen = new Redrawn(out, (room) => this.#lines(room));
    this.#timer = setInterval(() => this.#screen?.draw(), FRAME_MS);
    this.#timer.unref();
    this.#screen.draw();
  }

  /** Takes it off the screen. */
  stop(): void {
    clearInterval(this.#timer);
    this.#screen?.stop();
  }

  #lines(room: Room): Line[] {
    const seen = this.#now();
    if (seen.rows.length === 0) return [];
    const fits = Math.max(0, Math.min(MOST_LINES, room.rows - 2));
    const shown = seen.rows.length <= fits ? seen.rows : seen.rows.filter(({ end }) => end !== 'done').slice(0, fits);
    const times = { startMs: this.#startMs, nowMs: this.#clock.now() };
    const texts = rowLines(shown, { ...times, columns: room.columns });
    const hidden = seen.rows.filter((row) => row.end !== 'done' && !shown.includes(row)).length;
    return [
      ...shown.map((row, n) => ({ mark: markOf(row), text: texts[n]! })),
      { mark: ' ', text: tallyOf(seen, hidden, times.nowMs - this.#startMs) },
    ];
  }
}

interface Times {
  startMs: number;
  nowMs: number;
}

/** The name, how many, the seconds in its state, or that it took, and the state: that is what is cut where there is no room. */
export function rowLines(rows: readonly Row[], { startMs, nowMs, columns }: Times & { columns: number }): string[] {
  const longest = Math.max(0, ...rows.map(({ name }) => name.length));
  const counts = Math.max(0, ...rows.map(({ count }) => count.length));
  const others = counts + '       600 s  '.length;
  const width = Math.min(longest, Math.max(SHORTEST_NAME, columns - others));
  return rows.map(({ name, count, state, sinceMs, end }) => {
    const took = wholeSeconds(end ? sinceMs - startMs : nowMs - sinceMs).padStart(5);
    const head = [shortened(name, width).padEnd(width), ...(counts > 0 ? [count.padEnd(counts)] : []), took];
    return [...head, state].join('  ').trimEnd();
  });
}

/** Names of one stack begin alike, and may end alike: its middle goes. */
function shortened(name: string, width: number): string {
  if (name.length <= width) return name;
  const end = Math.floor((width - 1) / 2);
  return `${name.slice(0, width - 1 - end)}…${name.slice(name.length - end)}`;
}

/** `2 of 3 converged, 1 failed, 31 s` */
function tallyOf({ rows, done, trouble }: Rows, hidden: number, tookMs: number): string {
  const ended = (end: Row['end']) => rows.filter((row) => row.end === end).length;
  return [
    `${ended('done')} of ${rows.length} ${done}`,
    ...(ended('failed') > 0 ? [`${ended('failed')} failed`] : []),
    wholeSeconds(tookMs),
    ...(hidden > 0 ? [`${hidden} more not shown`] : []),
    ...(trouble === undefined ? [] : [trouble]),
  ].join(', ');
}

function markOf({ end }: Row): string {
  return end === 'done' ? '✔' : end === 'failed' ? '✘' : '·';
}
