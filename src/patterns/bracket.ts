// Parses what is between [ and ]: numbers, letters and ranges, separated by commas.
import { fault, type PatternError } from './errors.ts';
import type { Span } from './types.ts';

interface Piece {
  word: string;
  text: string;
  /** Where the text begins in the word. */
  column: number;
}

/** The spans inside a bracket. Throws a PatternError that points into the word. */
export function parseSpans(inside: Piece): Span[] {
  if (inside.text === '') {
    throw fault({
      ...inside,
      column: inside.column - 1,
      reason: 'the brackets are empty',
      hint: 'write a range in them, as in [1:4]',
    });
  }
  const spans: Span[] = [];
  let column = inside.column;
  for (const text of inside.text.split(',')) {
    const piece = { word: inside.word, text, column };
    const span = parseSpan(piece);
    if (span.kind !== (spans[0]?.kind ?? span.kind)) throw mixed(piece);
    spans.push(span);
    column += text.length + 1;
  }
  return spans;
}

function parseSpan(piece: Piece): Span {
  const [from = '', to = from, step, ...rest] = piece.text.split(':');
  const kind = kindOf(from);
  if (kind === undefined || rest.length > 0) throw unreadable(piece);
  if (kindOf(to) === undefined) throw unreadable(piece);
  if (kindOf(to) !== kind) throw mixed(piece);
  const span = { kind, from: valueIn(piece, from), to: valueIn(piece, to), step: 1, width: from.length };
  if (kind === 'letters' && isUpper(from) !== isUpper(to)) {
    throw fault({
      ...piece,
      reason: `the range ${piece.text} mixes lowercase and uppercase letters`,
      hint: `write ${replaced(piece, `${from}:${isUpper(from) ? to.toUpperCase() : to.toLowerCase()}`)}`,
    });
  }
  if (span.from > span.to) {
    const turned = [to, from, ...(step === undefined ? [] : [step.replace('-', '')])].join(':');
    throw fault({
      ...piece,
      reason: `the range ${piece.text} runs backwards`,
      hint: `write ${replaced(piece, turned)}`,
    });
  }
  return step === undefined ? span : { ...span, step: parseStep(piece, { from, to, step }) };
}

function parseStep(piece: Piece, { from, to, step }: { from: string; to: string; step: string }): number {
  const column = piece.column + from.length + to.length + 2;
  if (!/^-?\d+$/.test(step)) throw unreadable(piece);
  const value = valueIn({ ...piece, column }, step);
  if (value >= 1) return value;
  const forwards = Number(step) < 0 ? `${from}:${to}:${step.slice(1)}` : `${from}:${to}`;
  throw fault({
    word: piece.word,
    column,
    reason: `the step of ${piece.text} must be 1 or more`,
    hint: `write ${replaced(piece, forwards)}`,
  });
}

function kindOf(text: string): Span['kind'] | undefined {
  if (/^\d+$/.test(text)) return 'numbers';
  return /^[A-Za-z]$/.test(text) ? 'letters' : undefined;
}

const isUpper = (letter: string) => letter >= 'A' && letter <= 'Z';

function valueIn(piece: Piece, text: string): number {
  if (/^[A-Za-z]$/.test(text)) return text.charCodeAt(0);
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw fault({ ...piece, reason: `${text.slice(0, 20)}${text.length > 20 ? '…' : ''} is too large a number` });
}

function mixed(piece: Piece): PatternError {
  return fault({
    ...piece,
    reason: `${piece.text} mixes letters and digits in one bracket`,
    hint: 'write a list of words in braces, as in {1,a}',
  });
}

function unreadable(piece: Piece): PatternError {
  if (piece.text === '') return fault({ ...piece, reason: 'an item in the brackets is empty', hint: 'remove a comma' });
  const range = /^(\w+)(?:-|\.\.\.?)(\w+)$/.exec(piece.text);
  const usable = range && kindOf(range[1]!) !== undefined && kindOf(range[1]!) === kindOf(range[2]!);
  return fault({
    ...piece,
    reason: `"${piece.text}" is not a number, a letter or a range`,
    hint: usable
      ? `write ${replaced(piece, `${range[1]}:${range[2]}`)}`
      : 'write a range as FROM:TO or FROM:TO:STEP, as in [1:4], and a list of words in braces, as in {web,db}',
  });
}

/** The whole word with this piece written another way, or the bracket alone where the word is long. */
function replaced({ word, text, column }: Piece, other: string): string {
  if (word.length > 60) return `[${other}]`;
  return word.slice(0, column) + other + word.slice(column + text.length);
}
