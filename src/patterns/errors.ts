// How a fault in a pattern is shown: the word, and a caret under the column.
import { UsageError } from '../errors.ts';

/** A name pattern that cannot be read, or that makes too many names. */
export class PatternError extends UsageError {
  override readonly name = 'PatternError';
}

/** A name that several droplets share, where one is meant. */
export class AmbiguousName extends UsageError {
  override readonly name = 'AmbiguousName';
}

interface Fault {
  word: string;
  /** From 0. */
  column: number;
  reason: string;
  hint?: string;
}

const MESSAGE_WIDTH = 60;
const LINE_WIDTH = 100;

/** The error for a fault at one column of a word: `"node[4:1]": the range 4:1 runs backwards`, and a caret below. */
export function fault({ word, column, reason, hint }: Fault): PatternError {
  return new PatternError(`${word === "''" ? word : `"${shorten(word)}"`}: ${reason}`, {
    hint,
    lines: pointTo(word, column),
  });
}

/** The word, and below it a caret under the column (from 0). A long word is cut to the part around the column. */
export function pointTo(word: string, column: number): string[] {
  const start = word.length <= LINE_WIDTH ? 0 : Math.max(0, column - LINE_WIDTH / 2);
  const end = Math.min(word.length, start + LINE_WIDTH);
  const before = `${start > 0 ? '…' : ''}${printable(word.slice(start, column))}`;
  const after = `${printable(word.slice(column, end))}${end < word.length ? '…' : ''}`;
  return [`  ${before}${after}`, `  ${' '.repeat(before.length)}^`];
}

/** The beginning of a word, fit for a message. */
export function shorten(word: string): string {
  return printable(word.length <= MESSAGE_WIDTH ? word : `${word.slice(0, MESSAGE_WIDTH - 1)}…`);
}

/** A control character in an argument must not reach the terminal as one. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
