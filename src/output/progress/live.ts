// On a terminal: lines that are redrawn in place and cleared at the end. A renderer of our own: listr2 needs 37 s of
// CPU for 300 tasks.
import type { Out } from '../out.ts';
import type { NodeAt } from './nodes.ts';
import { MOST_LINES, type Now, type Renderer } from './renderer.ts';
import { counts, nodeLines, tally } from './words.ts';

/** A line that can be truncated, after its mark. */
interface Line {
  mark: string;
  text: string;
}

export class Live implements Renderer {
  readonly #out: Out;
  readonly #now: Now;
  #drawn = 0;

  constructor(out: Out, now: Now) {
    this.#out = out;
    this.#now = now;
    out.onPrint(() => this.#clear());
    process.on('SIGCONT', this.#resumed);
  }

  /** After Ctrl-Z the shell has printed lines of its own below these: they cannot be cleared any more. */
  readonly #resumed = (): void => {
    this.#drawn = 0;
    this.tick();
  };

  entered(): void {}

  ended(): void {}

  tick(): void {
    // The mark and a space before it, and the last column free: a terminal may wrap there.
    const columns = (this.#out.stderr.columns ?? 80) - 3;
    const lines = this.#lines(columns).map(
      ({ mark, text }) => `${this.#painted(mark)} ${cut(this.#out.safeLine(text), columns)}`,
    );
    this.#clear();
    if (lines.length === 0) return;
    this.#out.stderr.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }

  stop(): void {
    this.#clear();
    this.#out.onPrint(undefined);
    process.off('SIGCONT', this.#resumed);
  }

  #lines(columns: number): Line[] {
    const moment = this.#now();
    const { nodes } = moment;
    if (nodes.length === 0) return [];
    // A screen with fewer rows scrolls, and what has scrolled away cannot be cleared.
    const fits = nodes.length + 2 <= (this.#out.stderr.rows ?? Number.POSITIVE_INFINITY);
    if (nodes.length > MOST_LINES || !fits) return [{ mark: '·', text: counts(moment) }];
    const texts = nodeLines(moment, columns);
    return [...nodes.map((node, n) => ({ mark: markOf(node), text: texts[n]! })), { mark: ' ', text: tally(moment) }];
  }

  #clear(): void {
    // The cursor may be behind a ^C that the terminal echoed.
    if (this.#drawn > 0) this.#out.stderr.write(`\r\x1b[${this.#drawn}A\x1b[J`);
    this.#drawn = 0;
  }

  #painted(mark: string): string {
    const { green, red, cyan } = this.#out.colours;
    if (mark === ' ') return mark;
    return (mark === '✔' ? green : mark === '✘' ? red : cyan)(mark);
  }
}

/** Whether a line was cut is shown. */
const cut = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

function markOf({ end }: NodeAt): string {
  return end === 'ready' ? '✔' : end === 'failed' ? '✘' : '·';
}
