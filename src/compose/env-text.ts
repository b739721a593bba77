// Files of variables. `.env` and most env_files are read as Compose reads them (compose-go, dotenv/parser.go), those with
// `format: raw` and, elsewhere, all of `docker stack deploy`'s, line by line as they stand (docker/cli, pkg/kvfile).

export interface EnvLine {
  name: string;
  /** Undefined for a name alone: its value is that of the environment. */
  value: string | undefined;
  /** In single quotes: no variables in it. */
  isLiteral: boolean;
  /** From 1. */
  line: number;
  /** Docker's own reader of env_files takes the line for something else. */
  differs: boolean;
}

export interface EnvText {
  lines: EnvLine[];
  problems: { line: number; text: string }[];
}

const KEY = /^(?:export\s+)?([\w.\-[\]]+)\s*(?:([=:])[^\S\n]*|$)/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v' };

/** KEY=VALUE lines with comments, quotes and escapes. */
export function parseEnv(text: string): EnvText {
  const found: EnvText = { lines: [], problems: [] };
  const rows = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let n = 0; n < rows.length; n += 1) {
    const row = rows[n]!.trimStart();
    if (row === '' || row.startsWith('#')) continue;
    const key = KEY.exec(row);
    if (key === null) {
      found.problems.push({ line: n + 1, text: 'the line is not NAME=VALUE' });
      continue;
    }
    const rest = row.slice(key[0].length);
    const name = key[1]!;
    if (key[2] === undefined) {
      found.lines.push({ name, value: undefined, isLiteral: true, line: n + 1, differs: row !== name });
      continue;
    }
    const quoted = /^["']/.test(rest) ? readQuoted(rows, n, rest) : undefined;
    if (quoted === 'open') {
      found.problems.push({ line: n + 1, text: `the quote in the value of ${name} has no end` });
      return found;
    }
    const value = quoted?.value ?? withoutComment(rest);
    found.lines.push({
      name,
      value,
      isLiteral: quoted?.isLiteral ?? false,
      line: n + 1,
      differs: rows[n] !== `${name}=${value}`,
    });
    n += quoted?.more ?? 0;
  }
  return found;
}

const withoutComment = (text: string): string => text.replace(/(?:^|\s)#.*$/, '').trimEnd();

interface Quoted {
  value: string;
  isLiteral: boolean;
  /** How many more lines it has. */
  more: number;
}

/** From the quote on, over as many lines as it takes. */
function readQuoted(rows: readonly string[], first: number, start: string): Quoted | 'open' {
  const quote = start[0]!;
  let raw = '';
  let row = start.slice(1);
  for (let more = 0; ; more += 1) {
    const end = endOfQuote(row, quote);
    if (end !== undefined) {
      raw += row.slice(0, end);
      const isLiteral = quote === "'";
      return { value: isLiteral ? raw.replaceAll("\\'", "'") : unescaped(raw), isLiteral, more };
    }
    const next = rows[first + more + 1];
    if (next === undefined) return 'open';
    raw += `${row}\n`;
    row = next;
  }
}

function endOfQuote(row: string, quote: string): number | undefined {
  for (let n = 0; n < row.length; n += 1) {
    if (row[n] === '\\') n += 1;
    else if (row[n] === quote) return n;
  }
  return undefined;
}

/** An escaped dollar sign is left as $$, since variables are looked for afterwards. */
function unescaped(raw: string): string {
  return raw.replace(/\\(?:([abfnrtv])|(["\\])|(\$)|0([0-7]{1,3}))/g, (_all, letter, plain, dollar, octal) => {
    if (letter) return ESCAPES[letter]!;
    if (plain) return plain;
    return dollar ? '$$' : String.fromCharCode(Number.parseInt(octal, 8));
  });
}

/** KEY=VALUE lines as they stand: quotes, blanks and `# …` belong to the value. */
export function parseRawEnv(text: string): EnvText {
  const found: EnvText = { lines: [], problems: [] };
  for (const [n, written] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const row = written.trimStart();
    if (row === '' || row.startsWith('#')) continue;
    const [, name, value] = /^([^=]*)(?:=(.*))?$/s.exec(row)!;
    if (name === '' || /\s/.test(name!)) {
      found.problems.push({ line: n + 1, text: 'the name of a variable cannot be empty or have blanks' });
    } else found.lines.push({ name: name!, value, isLiteral: true, line: n + 1, differs: false });
  }
  return found;
}
