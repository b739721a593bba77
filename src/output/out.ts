// The two voices of belt: results on stdout, everything else on stderr.
import type { Writable } from 'node:stream';
import type { Colours } from './colours.ts';
import { table } from './table.ts';

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
}

export class Out {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colours: Colours;
  readonly stdout: OutStream;
  readonly stderr: OutStream;
  #beforeNote: (() => void) | undefined;

  constructor(options: OutOptions) {
    this.stdout = options.stdout;
    this.stderr = options.stderr;
    this.quiet = options.quiet;
    this.json = options.json;
    this.colours = options.colours;
  }

  /** Result lines, one write. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.#result(`${lines.join('\n')}\n`);
  }

  line(text: string): void {
    this.lines([text]);
  }

  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    this.lines(table(header, rows));
  }

  /** One JSON document, indented for people who read it all the same. */
  document(value: unknown): void {
    this.#result(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** One JSON object on a line of its own, for results that come one by one. */
  record(value: unknown): void {
    this.#result(`${JSON.stringify(value)}\n`);
  }

  /** Something worth knowing that is not the result. */
  note(text: string): void {
    if (!this.quiet) this.#say(`${text}\n`);
  }

  warn(text: string): void {
    this.#say(`${this.colours.yellow('warning:')} ${text}\n`);
  }

  /** A line of `--trace`. */
  trace(text: string): void {
    this.#say(`${this.colours.dim(`trace: ${text}`)}\n`);
  }

  /** A live display registers how to take itself off the screen before anything else is printed. */
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
