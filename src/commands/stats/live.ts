// The table of `belt stats` on a terminal, redrawn in place.
import type { Context } from '../../context.ts';
import { cutLine, InPlace } from '../../output/in-place.ts';
import type { Out } from '../../output/out.ts';
import { compact } from '../../patterns/index.ts';
import type { NodeState } from '../../tasks/stats.ts';
import { tableOf } from './rows.ts';

/** Nodes answer one by one: it is not drawn for each. */
const FRAME_MS = 200;

export class LiveTable {
  readonly #out: Out;
  readonly #sum: boolean;
  readonly #place: InPlace;
  readonly #timer: NodeJS.Timeout;
  #states: readonly NodeState[] = [];
  #isStale = false;

  constructor({ out }: Context, { sum }: { sum: boolean }) {
    this.#out = out;
    this.#sum = sum;
    this.#place = new InPlace(out, out.stdout, () => this.#draw());
    this.#timer = setInterval(() => {
      if (this.#isStale) this.#draw();
    }, FRAME_MS);
    this.#timer.unref();
  }

  show(states: readonly NodeState[]): void {
    this.#states = states;
    this.#isStale = true;
  }

  stop({ keep }: { keep: boolean }): void {
    clearInterval(this.#timer);
    if (keep && this.#isStale) this.#draw();
    this.#place.stop({ keep });
  }

  #draw(): void {
    this.#isStale = false;
    // A terminal may wrap in its last column, and what has scrolled away cannot be cleared.
    const { columns, rows } = this.#place.size;
    const below = this.#below();
    const table = this.#table();
    const room = Math.max(2, rows - 1 - below.length);
    const shown = table.length <= room ? table : [...table.slice(0, room - 1), `… and ${table.length - room + 1} more`];
    this.#place.draw([...shown, ...below].map((line) => cutLine(line, columns - 1)));
  }

  #table(): string[] {
    const usages = this.#states.flatMap(({ last }) => last?.usages ?? []);
    if (usages.length === 0) return this.#states.some(({ last }) => last) ? ['nothing runs there'] : [];
    const { titles, rows, layout } = tableOf(usages, { sum: this.#sum });
    return this.#out.tableLines(titles, rows, layout).lines;
  }

  /** Nodes that have not answered. */
  #below(): string[] {
    const waiting = this.#states.filter(({ last, error }) => last === undefined && error === undefined);
    const names = compact(waiting.map(({ node }) => node.name));
    return [
      ...(waiting.length > 0 ? [`waiting for ${names}`] : []),
      ...this.#states.flatMap(({ node: { name }, error }) => (error === undefined ? [] : [told(name, error)])),
    ].map((line) => this.#out.safeLine(line));
  }
}

const told = (name: string, error: string): string => (error.startsWith(`${name}:`) ? error : `${name}: ${error}`);
