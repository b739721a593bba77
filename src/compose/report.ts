// What is to be said about the files, each thing once.
import type { At, Finding } from './desired.ts';
import type { Value } from './tree.ts';

const LONGEST_QUOTED = 40;

/** No more of a text of the files than tells which one it is: it may be something secret in the wrong place. */
export const short = (text: string): string =>
  text.length > LONGEST_QUOTED ? `${text.slice(0, LONGEST_QUOTED - 1)}…` : text;

/** The same in quotes. */
export const quoted = (text: string): string => JSON.stringify(short(text));

interface Said {
  hint?: string | undefined;
}

export class Report {
  readonly #findings = new Map<string, Finding>();
  /** The service that is being read. */
  service: string | undefined;

  error(at: At | Value, text: string, said: Said = {}): void {
    this.#add('error', at, text, said);
  }

  warn(at: At | Value, text: string, said: Said = {}): void {
    this.#add('warning', at, text, said);
  }

  drop(at: At | Value, text: string, said: Said = {}): void {
    this.#add('dropped', at, text, said);
  }

  /** In the order of files, lines and columns, where `files` are in their order. */
  inOrder(files: readonly string[]): Finding[] {
    const order = new Map(files.map((file, n) => [file, n]));
    const rank = ({ at }: Finding) => order.get(at.file) ?? files.length;
    return [...this.#findings.values()].sort(
      (a, b) => rank(a) - rank(b) || a.at.line - b.at.line || a.at.column - b.at.column,
    );
  }

  #add(severity: Finding['severity'], at: At | Value, text: string, { hint }: Said): void {
    const place = 'at' in at ? at.at : at;
    const key = `${place.file}\0${place.line}\0${place.column}\0${text}`;
    if (this.#findings.has(key)) return;
    const { service } = this;
    this.#findings.set(key, {
      severity,
      ...(service !== undefined && { service }),
      text,
      ...(hint !== undefined && { hint }),
      at: place,
    });
  }
}
