// From a word to a Pattern, in one pass from left to right.
import { parseSpans } from './bracket.ts';
import { fault, type PatternError } from './errors.ts';
import type { Item, Part, Pattern, Sequence } from './types.ts';

/** A reader's place in a word. */
interface Cursor {
  readonly word: string;
  at: number;
  /** How many braces are open. */
  depth: number;
}

// Deeper than anybody nests; without a limit a word of a million braces would exhaust the stack.
const MAX_DEPTH = 20;

/**
 * Reads one word of the name grammar (docs/design.md §4): items separated by commas, each optionally prefixed with `!`.
 * Throws a PatternError that points at the column.
 */
export function parse(word: string): Pattern {
  if (word === '') throw fault({ word: "''", column: 0, reason: 'a name cannot be empty', hint: 'write a name' });
  const odd = /[\s\u0000-\u001f\u007f-\u009f]/.exec(word);
  if (odd) {
    throw fault({
      word,
      column: odd.index,
      reason: `names cannot contain ${odd[0] === ' ' ? 'spaces' : 'control characters'}`,
      hint: 'separate patterns with a comma, or pass each as its own argument',
    });
  }
  const cursor: Cursor = { word, at: 0, depth: 0 };
  const items = [parseItem(cursor)];
  while (cursor.at < word.length) {
    cursor.at += 1;
    items.push(parseItem(cursor));
  }
  return { word, items };
}

/** An item, up to the comma after it or the word's end. */
function parseItem(cursor: Cursor): Item {
  const column = cursor.at;
  const excluded = cursor.word[cursor.at] === '!';
  if (excluded) cursor.at += 1;
  const sequence = parseSequence(cursor);
  if (sequence.length > 0) return { excluded, sequence, column };
  throw fault({
    word: cursor.word,
    column: Math.min(column, cursor.word.length - 1),
    reason: excluded ? '"!" has no name after it' : 'a name is missing next to the comma',
    hint: excluded ? 'write the name to exclude after it, as in !node3' : 'remove the comma',
  });
}

/** Parts up to a comma, the braces' end, or the word's end. */
function parseSequence(cursor: Cursor): Sequence {
  const parts: Part[] = [];
  for (let char = cursor.word[cursor.at]; char !== undefined && char !== ','; char = cursor.word[cursor.at]) {
    if (char === '[') parts.push(parseBracket(cursor));
    else if (char === '{') parts.push(parseBraces(cursor));
    else if (char === '}' && cursor.depth > 0) break;
    else if (char === ']' || char === '}') throw unopened(cursor);
    else parts.push(parseText(cursor));
  }
  return parts;
}

function parseText(cursor: Cursor): Part {
  const start = cursor.at;
  while (cursor.at < cursor.word.length && !'[]{},'.includes(cursor.word[cursor.at]!)) cursor.at += 1;
  return { kind: 'text', text: cursor.word.slice(start, cursor.at) };
}

function parseBracket(cursor: Cursor): Part {
  const { word, at: column } = cursor;
  let end = column + 1;
  while (end < word.length && !'[]{}'.includes(word[end]!)) end += 1;
  if (word[end] === undefined || word[end] === '[') throw unclosed(word, column);
  if (word[end] !== ']') {
    throw fault({
      word,
      column: end,
      reason: `"${word[end]}" is not allowed between [ and ]`,
      hint: 'put the brackets inside the braces, as in {web[1:2],db}',
    });
  }
  cursor.at = end + 1;
  return {
    kind: 'bracket',
    column,
    spans: parseSpans({ word, text: word.slice(column + 1, end), column: column + 1 }),
  };
}

function parseBraces(cursor: Cursor): Part {
  const { word, at: column } = cursor;
  if (cursor.depth >= MAX_DEPTH) throw fault({ word, column, reason: `braces are nested deeper than ${MAX_DEPTH}` });
  cursor.depth += 1;
  const choices: Sequence[] = [];
  do {
    cursor.at += 1;
    const start = cursor.at;
    const choice = parseSequence(cursor);
    if (cursor.at >= word.length) throw unclosed(word, column);
    if (choice.length === 0) throw emptyChoice(cursor, { column, start, first: choices.length === 0 });
    choices.push(choice);
  } while (word[cursor.at] === ',');
  cursor.at += 1;
  cursor.depth -= 1;
  return { kind: 'braces', column, choices };
}

function emptyChoice({ word, at }: Cursor, where: { column: number; start: number; first: boolean }): PatternError {
  const nothing = where.first && word[at] === '}';
  return fault({
    word,
    column: nothing ? where.column : where.start,
    reason: nothing ? 'the braces are empty' : 'an item in the braces is empty',
    hint: nothing ? 'write words in them, as in {web,db}' : 'remove a comma',
  });
}

function unclosed(word: string, column: number): PatternError {
  const close = word[column] === '[' ? ']' : '}';
  return fault({ word, column, reason: `"${word[column]}" is never closed`, hint: `close it with "${close}"` });
}

function unopened({ word, at }: Cursor): PatternError {
  const open = word[at] === ']' ? '[' : '{';
  return fault({
    word,
    column: at,
    reason: `"${word[at]}" has no "${open}" before it`,
    hint: `remove it, or open it with "${open}"`,
  });
}
