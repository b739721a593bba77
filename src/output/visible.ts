// Foreign text on a screen: names, tags and error texts from APIs, hosts and files. What would steer a terminal, or have a
// person read something else than stands there, is shown and does nothing.

/**
 * Controls (C0, DEL, C1), line and paragraph separators, lone surrogates, and characters that have no face of their own, among
 * them those that turn the direction of text. Left: tab, and the two joiners that words and emoji are written with.
 */
const CONTROLS = /(?![\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text on one line, controls written out as in a string of JavaScript: `\x1b`, `\n`, `\u202e`. */
export const visible = (text: string): string => text.replace(CONTROLS, escaped);

/** The same for a column of a table, where a tab would tear it. */
export const visibleCell = (text: string): string => visible(text).replaceAll('\t', '\\t');

/** The same over several lines: all but the first are indented, so that none can pose as one of belt's own. */
export const visibleLines = (text: string): string =>
  text
    .trimEnd()
    .split(/\r?\n/)
    .map((line, n) => visible(n === 0 || line === '' ? line : `  ${line}`))
    .join('\n');

/** JSON whose strings hold no raw control: JSON.stringify leaves all but C0 as they are. */
export const visibleJson = (json: string): string =>
  // Outside of strings JSON has no characters but ASCII ones.
  json.replace(/(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) =>
    Array.from({ length: found.length }, (_, n) => `\\u${hex(found.charCodeAt(n), 4)}`).join(''),
  );

function escaped(found: string): string {
  const code = found.codePointAt(0)!;
  if (NAMED[found] !== undefined) return NAMED[found];
  if (code < 0x100) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 1)}}`;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
