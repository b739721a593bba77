// How far a copy is, on a terminal: a line a node, redrawn.
import type { Clock } from '../clock.ts';
import type { Out } from '../output/out.ts';
import { type Line, Redrawn } from '../output/progress/redrawn.ts';
import { poll } from '../wait.ts';
import type { NodeEnd, Session } from './session.ts';

const DRAW_EVERY_MS = 200;
/** More nodes than this are shown as one line. */
const MOST_LINES = 12;

/** What it needs to know of one node. */
interface Shown extends Far {
  node: { name: string };
}

/** Nothing in a pipe. */
export class Progress {
  readonly #clock: Clock;
  readonly #sessions: Shown[] = [];
  readonly #done = new Set<string>();
  readonly #ended = new AbortController();
  readonly #startMs: number;
  readonly #screen: Redrawn | undefined;

  constructor({ out, clock }: { out: Out; clock: Clock }) {
    this.#clock = clock;
    this.#startMs = clock.now();
    if (!out.live || out.quiet || out.json) return;
    const screen = new Redrawn(out, ({ rows }) => this.#lines(rows));
    this.#screen = screen;
    const waiting = { clock, signal: this.#ended.signal, deadline: Number.POSITIVE_INFINITY };
    poll(() => void screen.draw(), { ...waiting, intervalMs: DRAW_EVERY_MS }).catch(() => {});
  }

  add(session: Shown): void {
    this.#sessions.push(session);
  }

  ended({ name }: Pick<NodeEnd, 'name'>): void {
    this.#done.add(name);
  }

  stop(): void {
    this.#ended.abort();
    this.#screen?.stop();
  }

  #lines(rows: number): Line[] {
    const running = this.#sessions.filter(({ node }) => !this.#done.has(node.name));
    const seconds = Math.max(0.001, (this.#clock.now() - this.#startMs) / 1000);
    const isShort = running.length <= Math.min(MOST_LINES, rows - 2);
    const longest = Math.max(...running.map(({ node }) => node.name.length));
    const texts = isShort
      ? running.map((each) => `${each.node.name.padEnd(longest)}  ${far(each, seconds)}`)
      : [`${this.#done.size} of ${this.#sessions.length} done  ${far(sumOf(this.#sessions), seconds)}`];
    return texts.map((text) => ({ mark: '·', text }));
  }
}

interface Far extends Pick<Session, 'bytes' | 'continued'> {
  /** Undefined where it is not known before. */
  total: number | undefined;
}

function sumOf(sessions: readonly Far[]): Far {
  const sum = (of: (session: Far) => number) => sessions.reduce((all, each) => all + of(each), 0);
  const isKnown = sessions.every(({ total }) => total !== undefined);
  const total = isKnown ? sum((s) => s.total ?? 0) : undefined;
  return { bytes: sum((s) => s.bytes), total, continued: sum((s) => s.continued) };
}

/** ` 45%  460 MB of 1.0 GB  82 MB/s`; `460 MB  82 MB/s` where nobody knows how much it is. */
export function far({ bytes, total, continued }: Far, seconds: number): string {
  const rate = Math.max(0, bytes - continued) / seconds;
  if (total === undefined) return `${size(bytes)}  ${size(rate)}/s`;
  const share = total === 0 ? 100 : Math.floor((bytes / total) * 100);
  return `${String(share).padStart(3)}%  ${size(bytes)} of ${size(total)}  ${size(rate)}/s`;
}

/** Bytes as people read them, in powers of 1000. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 9.95 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
