// What goes on, on a terminal: a line for each part, with a mark, redrawn in place and taken off the screen at the end.
import { cutLine, InPlace } from '../in-place.ts';
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

export class Redrawn {
  readonly #out: Out;
  readonly #lines: (room: Room) => readonly Line[];
  readonly #place: InPlace;

  constructor(out: Out, lines: (room: Room) => readonly Line[]) {
    this.#out = out;
    this.#lines = lines;
    this.#place = new InPlace(out, out.stderr, () => this.draw());
  }

  draw(): void {
    const { columns: all, rows } = this.#place.size;
    // The mark and a space before it, and the last column free: a terminal may wrap there.
    const columns = Math.max(1, all - 3);
    this.#place.draw(
      this.#lines({ columns, rows }).map(
        ({ mark, text }) => `${this.#painted(mark)} ${cutLine(this.#out.safeLine(text), columns)}`,
      ),
    );
  }

  stop(): void {
    this.#place.stop();
  }

  #painted(mark: string): string {
    const { green, red, cyan } = this.#out.colours;
    if (mark === ' ') return mark;
    return (mark === '✔' ? green : mark === '✘' ? red : cyan)(mark);
  }
}
