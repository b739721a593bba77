// Lines on a terminal that are redrawn in place, and taken off the screen before anything else is printed and at the end. A renderer
// of our own: listr2 needs 37 s of CPU for 300 tasks.
import type { Out } from '../out.ts';

/** A line that can be cut, after its mark: `✔`, `✘`, `·` or a space. */
export interface Line {
  mark: string;
  text: string;
}

/** The room on a screen. */
export interface Room {
  /** Of a line's text. */
  columns: number;
  /** Of the whole screen: what scrolls away cannot be cleared. */
  rows: number;
}

const PLAIN_COLUMNS = 80;

export class Redrawn {
  readonly #out: Out;
  readonly #lines: (room: Room) => readonly Line[];
  /** The widths of the lines on the screen. */
  #drawn: number[] = [];

  constructor(out: Out, lines: (room: Room) => readonly Line[]) {
    this.#out = out;
    this.#lines = lines;
    out.onPrint(() => this.#clear());
    process.on('SIGCONT', this.#resumed);
  }

  draw(): void {
    const { columns: all = PLAIN_COLUMNS, rows = Number.POSITIVE_INFINITY } = this.#out.stderr;
    // The mark and a space before it, and the last column free: a terminal may wrap there.
    const columns = Math.max(1, all - 3);
    const lines = this.#lines({ columns, rows }).map(({ mark, text }) => ({
      mark,
      text: cut(this.#out.safeLine(text), columns),
    }));
    this.#clear();
    if (lines.length === 0) return;
    this.#out.stderr.write(lines.map(({ mark, text }) => `${this.#painted(mark)} ${text}\n`).join(''));
    this.#drawn = lines.map(({ text }) => text.length + 2);
  }

  stop(): void {
    this.#clear();
    this.#out.onPrint(undefined);
    process.off('SIGCONT', this.#resumed);
  }

  /** After Ctrl-Z the shell has printed lines of its own below these: they cannot be cleared any more. */
  readonly #resumed = (): void => {
    this.#drawn = [];
    this.draw();
  };

  #clear(): void {
    // A terminal that became narrower since has broken the lines that no longer fit.
    const { columns = PLAIN_COLUMNS } = this.#out.stderr;
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    // The cursor may be behind a ^C that the terminal echoed.
    if (rows > 0) this.#out.stderr.write(`\r\x1b[${rows}A\x1b[J`);
    this.#drawn = [];
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
