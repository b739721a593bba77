// Lines on a terminal that are redrawn where they are. Whatever else is printed takes them off first. Our own: listr2 needs 37 s of CPU
// for 300 tasks.
import { stripVTControlCharacters } from 'node:util';
import type { Out, OutStream } from './out.ts';

const PLAIN_COLUMNS = 80;

export class InPlace {
  readonly #out: Out;
  readonly #stream: OutStream;
  readonly #again: () => void;
  /** The widths of the lines on the screen. */
  #drawn: number[] = [];

  /** `again` draws what there is, after the terminal was somebody else's. */
  constructor(out: Out, stream: OutStream, again: () => void) {
    this.#out = out;
    this.#stream = stream;
    this.#again = again;
    out.onPrint(() => this.#clear());
    process.on('SIGCONT', this.#resumed);
  }

  /** After Ctrl-Z the shell has printed lines of its own below these: they cannot be cleared any more. */
  readonly #resumed = (): void => {
    this.#drawn = [];
    this.#again();
  };

  /** How many columns and rows there are; a terminal that does not know says 0. */
  get size(): { columns: number; rows: number } {
    return { columns: this.#stream.columns || PLAIN_COLUMNS, rows: this.#stream.rows || Number.POSITIVE_INFINITY };
  }

  /** In place of what was drawn before; none of the lines may be as wide as the terminal, or they have more rows than it. */
  draw(lines: readonly string[]): void {
    this.#clear();
    if (lines.length === 0) return;
    this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.map((line) => stripVTControlCharacters(line).length);
  }

  /** With `keep`, what was drawn last stays. */
  stop({ keep = false }: { keep?: boolean } = {}): void {
    if (!keep) this.#clear();
    this.#out.onPrint(undefined);
    process.off('SIGCONT', this.#resumed);
  }

  #clear(): void {
    // A terminal that became narrower since has broken the lines that no longer fit.
    const { columns } = this.size;
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    // The cursor may be behind a ^C that the terminal echoed.
    if (rows > 0) this.#stream.write(`\r\x1b[${rows}A\x1b[J`);
    this.#drawn = [];
  }
}

/** Whether a line was cut is shown. */
export const cutLine = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
