// A live display on a terminal: a line a node while the fleet is small, counts by phase when it is large.
// In a pipe it prints nothing. A renderer of our own: listr2 needs 37 s of CPU for 300 tasks.
import type { Out } from './out.ts';

/** More nodes than this are shown as counts. */
const MOST_LINES = 12;
const FRAME_MS = 100;

interface Row {
  phase: string;
  detail: string;
  sinceMs: number;
  end?: 'done' | 'failed';
}

export interface Clock {
  now(): number;
}

export class Progress {
  readonly #out: Out;
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  readonly #startMs: number;
  #timer: NodeJS.Timeout | undefined;
  #drawn = 0;

  constructor(out: Out, clock: Clock, names: readonly string[], phase: string) {
    this.#out = out;
    this.#clock = clock;
    this.#startMs = clock.now();
    for (const name of names) this.#rows.set(name, { phase, detail: '', sinceMs: this.#startMs });
    if (!out.stderr.isTTY || out.quiet) return;
    out.onPrint(() => this.#clear());
    this.#timer = setInterval(() => this.#draw(), FRAME_MS);
    this.#timer.unref();
    this.#draw();
  }

  /** The node entered a phase; `detail` is the last error while it waits there. */
  phase(name: string, phase: string, detail = ''): void {
    const row = this.#rows.get(name);
    if (!row || row.end) return;
    if (row.phase !== phase) row.sinceMs = this.#clock.now();
    row.phase = phase;
    row.detail = oneLine(detail);
  }

  end(name: string, end: 'done' | 'failed', detail = ''): void {
    const row = this.#rows.get(name);
    if (!row || row.end) return;
    const phase = end === 'done' ? 'ready' : 'failed';
    this.#rows.set(name, { phase, detail: oneLine(detail), sinceMs: this.#clock.now(), end });
  }

  /** Takes the display off the screen. */
  stop(): void {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    this.#out.onPrint(undefined);
  }

  #draw(): void {
    this.#clear();
    const width = (this.#out.stderr.columns ?? 80) - 1;
    const lines = (this.#rows.size <= MOST_LINES ? this.#nodeLines() : this.#countLines()).map((l) =>
      l.slice(0, width),
    );
    this.#out.stderr.write(`${lines.map((line) => this.#painted(line)).join('\n')}\n`);
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#out.stderr.write(`\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }

  #nodeLines(): string[] {
    const longest = Math.max(...[...this.#rows.keys()].map((name) => name.length));
    return [...this.#rows].map(([name, row]) => {
      const until = row.end ? row.sinceMs - this.#startMs : this.#clock.now() - row.sinceMs;
      const detail = row.detail ? `  ${row.detail}` : '';
      return `${mark(row)} ${name.padEnd(longest)}  ${row.phase.padEnd(22)} ${seconds(until).padStart(5)}${detail}`;
    });
  }

  #countLines(): string[] {
    const counts = new Map<string, number>();
    for (const row of this.#rows.values()) counts.set(row.phase, (counts.get(row.phase) ?? 0) + 1);
    const parts = [...counts].map(([phase, count]) => `${phase} ${count}`);
    return [`· ${this.#rows.size} nodes, ${seconds(this.#clock.now() - this.#startMs)}: ${parts.join(', ')}`];
  }

  #painted(line: string): string {
    const { green, red, cyan } = this.#out.colours;
    const paint = line.startsWith('✔') ? green : line.startsWith('✘') ? red : cyan;
    return paint(line.slice(0, 1)) + line.slice(1);
  }
}

/** Every row takes one line, or the display could not be taken off again. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function mark(row: Row): string {
  return row.end === 'done' ? '✔' : row.end === 'failed' ? '✘' : '·';
}

function seconds(ms: number): string {
  return `${Math.max(0, Math.round(ms / 1000))} s`;
}
