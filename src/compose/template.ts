// Variables in a text, by the Compose specification's grammar: $VAR ${VAR} ${VAR:-d} ${VAR-d} ${VAR:?e} ${VAR?e} ${VAR:+x} ${VAR+x},
// nested, and $$ for a dollar sign. https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md

export interface Interpolated {
  text: string;
  /** Variables without a value and without a default; they are empty in the text. */
  unset: string[];
  /** Of ${VAR:?why} without a value. */
  missing: { name: string; why: string }[];
  /** Where a dollar sign begins nothing that the grammar knows; it stays in the text. */
  wrong: number[];
  /** Why the text was not read to its end. */
  excess?: string;
}

const MOST_NESTED = 50;
/** Characters. A few lines of variables, each of which has another twice, would fill the memory. */
const LONGEST = 1024 * 1024;

/** The value of a variable; undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

const NAME = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const OPERATOR = /:?[-?+]/y;

/** What is wrong with the text is in the answer; nothing is thrown. */
export function interpolate(text: string, lookup: Lookup): Interpolated {
  const reader = new Reader(text, lookup);
  return { text: reader.read({ isNested: false }), ...reader.found };
}

class Reader {
  readonly found: Omit<Interpolated, 'text'> = { unset: [], missing: [], wrong: [] };
  readonly #text: string;
  readonly #lookup: Lookup;
  #at = 0;
  /** In a part that is not used, such as the default of a variable that is set. */
  #isUnused = false;
  #depth = 0;
  /** Where braces begin that have no end: they are read once. */
  readonly #open = new Set<number>();

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  read({ isNested }: { isNested: boolean }): string {
    let out = '';
    while (this.#at < this.#text.length) {
      const letter = this.#text[this.#at]!;
      if (isNested && letter === '}') break;
      if (letter === '$') out += this.#dollar();
      else {
        out += letter;
        this.#at += 1;
      }
      if (out.length > LONGEST) this.#stop('a value is longer than 1 MiB');
    }
    return out;
  }

  #dollar(): string {
    const start = this.#at;
    this.#at += 1;
    const next = this.#text[this.#at];
    if (next === '$') {
      this.#at += 1;
      return '$';
    }
    if (next === '{') {
      const braced = this.#open.has(start) ? undefined : this.#braced();
      if (braced !== undefined) return braced;
      if (this.found.excess !== undefined) return '';
      this.#open.add(start);
      this.#at = start + 1;
    } else {
      const name = this.#match(NAME);
      if (name !== undefined) return this.#plain(name);
    }
    this.found.wrong.push(start);
    return '$';
  }

  /** Undefined for what is no variable in braces. */
  #braced(): string | undefined {
    this.#at += 1;
    const name = this.#match(NAME);
    if (name === undefined) return undefined;
    const operator = this.#match(OPERATOR) ?? '';
    const value = this.#lookup(name);
    const has = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
    const kind = operator.at(-1);
    const wanted = kind === '+' ? has : !has;
    const operand = kind === undefined ? '' : this.#operand({ isUsed: wanted });
    if (this.#text[this.#at] !== '}') return undefined;
    this.#at += 1;
    if (kind === undefined) return this.#plain(name);
    if (wanted && kind === '?' && !this.#isUnused) this.found.missing.push({ name, why: operand });
    if (kind === '+' || kind === '-') return wanted ? operand : kind === '+' ? '' : value!;
    return value ?? '';
  }

  #operand({ isUsed }: { isUsed: boolean }): string {
    const before = this.#isUnused;
    this.#isUnused ||= !isUsed;
    this.#depth += 1;
    if (this.#depth > MOST_NESTED) this.#stop(`variables are nested more than ${MOST_NESTED} deep`);
    const operand = this.read({ isNested: true });
    this.#depth -= 1;
    this.#isUnused = before;
    return operand;
  }

  #stop(why: string): void {
    this.found.excess = why;
    this.#at = this.#text.length;
  }

  #plain(name: string): string {
    const value = this.#lookup(name);
    if (value === undefined && !this.#isUnused) this.found.unset.push(name);
    return value ?? '';
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const [found] = form.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }
}
