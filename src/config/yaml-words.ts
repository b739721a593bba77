// What the YAML parser found wrong, in the words of somebody who writes files and not parsers. Pure.

const NOT_CLOSED = (bracket: string) =>
  `the "${bracket}" that begins before this is not closed, or what is in it is not indented`;

const PLAIN: readonly (readonly [RegExp, string | ((...found: string[]) => string)])[] = [
  [/^Flow map in block collection/, NOT_CLOSED('{')],
  [/^Flow sequence in block collection/, NOT_CLOSED('[')],
  [
    /^Nested mappings are not allowed/,
    'a key cannot begin here: check the indentation, or quote a text that has ": " in it',
  ],
  [/^Tabs are not allowed/, 'indent with spaces, not with tabs'],
  [/^Missing closing (["'])quote/, (_, quote = '') => `a text that begins with ${quote} is not closed`],
  [/^Implicit (map )?keys need/, 'a key without ":" after it'],
  [/^Plain value cannot start with .*(\S)$/, (_, first = '') => `a text that begins with ${first} needs quotes`],
  [
    /^Unexpected .*(at node end|in YAML stream)/,
    'this does not belong here: check the indentation, brackets and quotes',
  ],
  [/^All (mapping|sequence) items must start/, 'this is not indented like the lines that it belongs to'],
  [/^Invalid escape sequence/, 'in double quotes \\ begins an escape: write \\\\, or use single quotes'],
  [/^Source contains multiple documents/, 'one document a file: another begins here'],
  [/^Maximum call stack size exceeded/, 'it is nested too deeply'],
];

/** One line. What the parser quotes from the file may be a token, so quotes are removed. */
export function yamlReason(message: string): string {
  for (const [pattern, words] of PLAIN) {
    const found = pattern.exec(message);
    if (found) return typeof words === 'string' ? words : words(...found);
  }
  return message
    .split('\n')[0]!
    .replace(/: ".*$/, '')
    .replace(/[\w-]{24,}/g, '…');
}
