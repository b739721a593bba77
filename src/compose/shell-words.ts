// The words of a command that is written as one text, by the rules of Go's google/shlex, with which Docker's tools read it: blanks
// part words, quotes and backslashes keep them together, `#` begins a comment.

/** Undefined where a quote has no end. */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let n = 0; n < text.length; n += 1) {
    const letter = text[n]!;
    if (/[ \t\r\n]/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (letter === '#' && word === undefined) {
      n = endOfLine(text, n);
    } else if (letter === '\\') {
      n += 1;
      if (n >= text.length) return undefined;
      word = (word ?? '') + text[n]!;
    } else if (letter === '"' || letter === "'") {
      const quoted = readQuoted(text, n);
      if (!quoted) return undefined;
      word = (word ?? '') + quoted.text;
      n = quoted.end;
    } else word = (word ?? '') + letter;
  }
  return word === undefined ? words : [...words, word];
}

const endOfLine = (text: string, from: number): number => {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
};

/** In double quotes a backslash keeps whatever follows it. */
function readQuoted(text: string, start: number): { text: string; end: number } | undefined {
  const quote = text[start];
  let found = '';
  for (let n = start + 1; n < text.length; n += 1) {
    if (text[n] === quote) return { text: found, end: n };
    if (text[n] === '\\' && quote === '"') n += 1;
    found += text[n] ?? '';
  }
  return undefined;
}
