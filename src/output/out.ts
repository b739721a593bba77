// Output: results on stdout, everything else on stderr. Whatever is printed is treated as data: control characters are
// escaped, and secrets are hidden except in results.
import type { Writable } from 'node:stream';
import type { Colours } from './colours.ts';
import { Secrets } from './mask.ts';
import { cutToFit, dropToFit, type TableOptions, table } from './table.ts';
import { visible, visibleCell, visibleJson, visibleLines } from './visible.ts';
import { columnsOf, wrap } from './wrap.ts';

export type OutStream = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface OutOptions {
  stdout: OutStream;
  stderr: OutStream;
  /** `-q`: no notes; names only where a command lists things. */
  quiet: boolean;
  /** `--json`: results are JSON. */
  json: boolean;
  /** The paints for stderr. */
  colours: Colours;
  /** Those for results; without them these have no colour. */
  resultColours?: Colours;
  /** stderr is a terminal on which lines can be redrawn. */
  live: boolean;
  /** What to hide on stderr and in events. */
  secrets?: Secrets;
}

export interface TableLayout extends Pick<TableOptions, 'right'> {
  /** Titles of columns whose cells may be cut, one after the other, so that the table fits the terminal, or 80 columns in a pipe. */
  cut?: readonly string[] | undefined;
  /** Titles of columns that are left out, one after the other, where the table would be wider than the terminal. */
  drop?: readonly string[] | undefined;
  /** The first column is a mark, `+` for what is added, that has its colour. */
  marks?: boolean | undefined;
}

/** How wide lines are where no terminal says. */
const PLAIN_COLUMNS = 80;

export class Out {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colours: Colours;
  readonly live: boolean;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  /** The paints for results; undefined without any. */
  readonly resultColours: Colours | undefined;
  readonly #secrets: Secrets;
  #beforeNote: (() => void) | undefined;
  /** Tells the time of events; undefined while there are none. */
  #eventClock: { now(): number } | undefined;

  constructor(options: OutOptions) {
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.quiet = options.quiet;
    this.json = options.json;
    this.colours = options.colours;
    this.resultColours = options.resultColours;
    this.live = options.live;
    this.#secrets = options.secrets ?? new Secrets();
  }

  /** Result lines, one write. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.#result(`${lines.map(visible).join('\n')}\n`);
  }

  /** Lines of which those that begin with a mark, `+` for what is added, have its colour there. */
  marked(lines: readonly string[]): void {
    const paints = this.resultColours;
    const shown = lines.map(visible).map((line) => (paints ? withMark(line, paints) : line));
    this.#result(shown.map((line) => `${line}\n`).join(''));
  }

  line(text: string): void {
    this.lines([text]);
  }

  /** On a terminal the last column wraps where it does not fit. Gives the titles of columns with something in them that were left out. */
  table(titles: readonly string[], rows: readonly (readonly string[])[], layout: TableLayout = {}): string[] {
    const { lines, left } = this.tableLines(titles, rows, layout);
    this.#result(lines.map((line) => `${line}\n`).join(''));
    return left;
  }

  /** The lines of such a table, and the titles that were left out. */
  tableLines(
    titles: readonly string[],
    rows: readonly (readonly string[])[],
    { right, cut = [], drop = [], marks = false }: TableLayout = {},
  ): { lines: string[]; left: string[] } {
    const columns = columnsOf(this.stdout);
    const all = rows.map((row) => row.map(visibleCell));
    const kept = dropToFit(titles, all, { drop: columns === undefined ? [] : drop, columns: columns ?? PLAIN_COLUMNS });
    const header = kept.map((column) => titles[column]!);
    const cells = all.map((row) => kept.map((column) => row[column] ?? ''));
    const shown = cutToFit(header, cells, { cut, columns: columns ?? PLAIN_COLUMNS });
    const lines = table(header, shown, { right, columns }).map(visible);
    const paints = marks ? this.resultColours : undefined;
    return {
      lines: paints ? lines.map((line) => withMark(line, paints)) : lines,
      left: titles.filter((_, column) => !kept.includes(column) && all.some((row) => row[column])),
    };
  }

  /** One JSON document, indented for people who read it anyway. */
  document(value: unknown): void {
    this.#result(`${visibleJson(JSON.stringify(value, null, 2))}\n`);
  }

  /** One JSON object on a line of its own, for results that come one by one. */
  record(value: unknown): void {
    this.#result(`${visibleJson(JSON.stringify(value))}\n`);
  }

  /**
   * From here on the result is events: one JSON object a line on stdout, each with its name and time, and notes are among
   * them. stderr keeps warnings and errors. `clock` returns ms since the epoch.
   */
  startEvents(clock: { now(): number }): void {
    this.#eventClock = clock;
  }

  /** Whether the result is events. */
  get tellsEvents(): boolean {
    return this.#eventClock !== undefined;
  }

  /** An event for programs; nothing where the result is not events. */
  event(name: string, fields: object): void {
    if (this.#eventClock === undefined) return;
    const event = { event: name, time: new Date(this.#eventClock.now()).toISOString(), ...fields };
    this.record(
      JSON.parse(JSON.stringify(event), (_key, value) =>
        typeof value === 'string' ? this.#secrets.hide(value) : value,
      ),
    );
  }

  /** Something that happened: a line for people, or an event with the same text for programs. */
  tell(name: string, fields: object, text: string): void {
    if (this.tellsEvents) this.event(name, { ...fields, text });
    else if (!this.quiet) this.#say(`${wrap(this.safe(text), columnsOf(this.stderr))}\n`);
  }

  /** Something worth knowing that is not the result. */
  note(text: string): void {
    this.tell('note', {}, text);
  }

  /** `fields` say what it is about, for programs. */
  warn(text: string, fields: object = {}): void {
    this.event('warning', { ...fields, text });
    const lines = wrap(this.safe(text), columnsOf(this.stderr), 'warning: '.length);
    this.#say(`${this.colours.yellow('warning:')} ${lines}\n`);
  }

  /** A line about one of several nodes, whatever `-q` says. */
  nodeLine(text: string): void {
    this.#say(`${this.safeLine(text)}\n`);
  }

  /** A line of `--trace`. */
  trace(text: string): void {
    this.#say(`${this.colours.dim(`trace: ${this.safe(text)}`)}\n`);
  }

  /** A text that is safe to print on stderr, for what is written there without these methods. */
  safe(text: string): string {
    return visibleLines(this.#secrets.hide(text));
  }

  /** The same on one line. */
  safeLine(text: string): string {
    return visible(this.#secrets.hide(text));
  }

  /** A live display registers a function that clears it before anything else is printed. */
  onPrint(clear: (() => void) | undefined): void {
    this.#beforeNote = clear;
  }

  #result(text: string): void {
    this.#beforeNote?.();
    this.stdout.write(text);
  }

  #say(text: string): void {
    this.#beforeNote?.();
    this.stderr.write(text);
  }
}

/** What is added is green, what is removed or wrong is red, what changes is yellow. */
function withMark(line: string, { green, red, yellow }: Colours): string {
  const [mark = ''] = line;
  const paint = { '+': green, '-': red, '!': red, '~': yellow, '±': yellow, '?': yellow }[mark];
  return paint ? `${paint(mark)}${line.slice(mark.length)}` : line;
}
