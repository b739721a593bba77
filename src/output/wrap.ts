// Wraps sentences at spaces on a terminal, which would break them in the middle of a word. In a pipe a line stays one line.

/** The width of a stream's terminal; undefined if it is not a terminal or does not report one. */
export function columnsOf(stream: { isTTY?: boolean; columns?: number }): number | undefined {
  return stream.isTTY && stream.columns ? stream.columns : undefined;
}

/** Below this width, wrapped lines are no easier to read. */
const NARROWEST = 20;

/** `belt` with words of a command, not `belt adds a key` or `belt could not log in`. */
const BELT = String.raw`(?:[A-Z_]+=\S+ )*belt (?!(?!ls\b)[a-z]+s |could |cannot |will )`;
/** How other commands begin that hints have: `tar -c . | belt docker build -`, and words that are added to one. */
const OTHER = String.raw`(?:tar -|chmod \d|envsubst '|export [A-Z_]+=|--?[a-z-]+ (?:\S+ < |\S+="\$))`;

/** A name with its address. */
const ADDRESS = String.raw`\S+ \(?(?:\d{1,3}\.){3}\d{1,3}\b\S*`;

/**
 * A word with the spaces before it. What is to be copied is one word: a command at the beginning, behind a colon or in a list of ways,
 * up to the end of its clause. Broken over two lines it would be pasted as two commands.
 */
const WORD = new RegExp(
  String.raw`( *)((?:(?<=^|: |\u00b7 |\b(?:then|or) )${BELT}|(?<=^|: |\u00b7 )${OTHER}).*?(?=$| \u00b7|[;,] | \(|\))[;,)]*|${ADDRESS}|\S+)`,
  'g',
);

/**
 * Breaks lines at spaces; what follows is indented by two more than its line. A word that is longer than a line stays whole.
 * `used`: columns that are taken on the first line already. Without `columns` the text stays as it is.
 */
export function wrap(text: string, columns: number | undefined, used = 0): string {
  if (columns === undefined || columns < NARROWEST) return text;
  return text
    .split('\n')
    .map((line, n) => wrapLine(line, columns, n === 0 ? used : 0))
    .join('\n');
}

function wrapLine(line: string, columns: number, used: number): string {
  if (used + line.length <= columns) return line;
  const [indent] = /^ */.exec(line)!;
  const done: string[] = [];
  let current = indent;
  for (const [, gap, word] of line.slice(indent.length).matchAll(WORD)) {
    const room = columns - (done.length === 0 ? used : 0);
    if (current.trim() !== '' && current.length + gap!.length + word!.length > room) {
      done.push(current);
      current = `${indent}  ${word}`;
    } else {
      current += `${gap}${word}`;
    }
  }
  return [...done, current].join('\n');
}
