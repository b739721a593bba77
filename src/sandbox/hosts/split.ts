// Splits a command line like a shell, as far as single commands go.
import { notPlayed } from '../engine/failure.ts';

/** The line needs a shell that this sandbox does not have. */
const shellNeeded = () => notPlayed('more than a single command');

const OPERATORS = new Set([...'|&;<>()`$\n']);

/** Splits a command into words: quotes and backslashes as POSIX has them, and nothing else that a shell does. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    const char = line[at]!;
    if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw shellNeeded();
      word = (word ?? '') + line.slice(at + 1, end);
      at = end + 1;
    } else if (char === '"') {
      const [text, next] = doubleQuoted(line, at + 1);
      word = (word ?? '') + text;
      at = next;
    } else if (char === '\\') {
      // A backslash before a newline takes both away.
      word = (word ?? '') + (line[at + 1] === '\n' ? '' : (line[at + 1] ?? '\\'));
      at += 2;
    } else {
      if (OPERATORS.has(char) || (char === '#' && word === undefined)) throw shellNeeded();
      word = (word ?? '') + char;
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function doubleQuoted(line: string, start: number): [text: string, next: number] {
  let text = '';
  for (let at = start; at < line.length; at++) {
    const char = line[at]!;
    if (char === '"') return [text, at + 1];
    if (char === '$' || char === '`') throw shellNeeded();
    if (char !== '\\') {
      text += char;
      continue;
    }
    const next = line[++at] ?? '';
    if (next === '\n') continue;
    text += '"\\$`'.includes(next) ? next : `\\${next}`;
  }
  throw shellNeeded();
}
