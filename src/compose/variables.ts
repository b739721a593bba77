// What variables stand for in Compose files: the environment first, then files such as .env.

import type { At } from './desired.ts';
import { parseEnv } from './env-text.ts';
import type { Files } from './files.ts';
import { type Report, short } from './report.ts';
import { type Interpolated, interpolate, type Lookup } from './template.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** belt's own token: a cloned folder's Compose file says which image gets what it names. Elsewhere it may be set as any other. */
const KEPT_BACK = new Set(['DIGITALOCEAN_ACCESS_TOKEN', 'DIGITALOCEAN_TOKEN']);

/** What is said of a variable that has no value. */
export function unsetWords(name: string): { text: string; hint: string } {
  return KEPT_BACK.has(name)
    ? {
        text: `${name} is not taken from the environment: it is belt's own token`,
        hint: `to give it to a service all the same, set it in .env, or export it under another name`,
      }
    : { text: `${short(name)} is not set`, hint: `set ${short(name)} in .env or the environment` };
}

interface FromFile {
  value: string;
  /** Told when the variable is used: a file may hold much that is for others. */
  problem?: () => void;
}

export interface VariableOptions {
  environment: Environment;
  report: Report;
  /** A variable without a value is empty, and told as a warning. */
  allowUnset: boolean;
}

export class Variables {
  readonly #options: VariableOptions;
  readonly #fromFiles: Map<string, FromFile>;

  constructor(options: VariableOptions, fromFiles: ReadonlyMap<string, FromFile> = new Map()) {
    this.#options = options;
    this.#fromFiles = new Map(fromFiles);
  }

  readonly lookup: Lookup = (name) => {
    const own = KEPT_BACK.has(name) ? undefined : this.#options.environment[name];
    if (own !== undefined) return own;
    const found = this.#fromFiles.get(name);
    found?.problem?.();
    return found?.value;
  };

  /** The same with those of a file, which take precedence over those of files before it. */
  with(files: Files, path: string): Variables {
    const { report } = this.#options;
    const more = new Variables(this.#options, this.#fromFiles);
    const file = files.shown(path);
    const { lines, problems } = parseEnv(files.read(path)?.toString() ?? '');
    for (const { line, text } of problems) report.error({ file, line, column: 1 }, text);
    for (const { name, value, isLiteral, line } of lines) {
      if (value === undefined) continue;
      more.#fromFiles.set(name, more.#fileValue(value, isLiteral, { file, line, column: 1 }));
    }
    return more;
  }

  #fileValue(value: string, isLiteral: boolean, at: At): FromFile {
    if (isLiteral || !value.includes('$')) return { value };
    const found = interpolate(value, this.lookup);
    const isFine = found.excess === undefined && found.unset.length + found.missing.length + found.wrong.length === 0;
    return { value: found.text, ...(!isFine && { problem: () => this.#tell(value, found, at, IN_FILE) }) };
  }

  /** A text of a Compose file with its variables replaced; what is wrong with it goes to the report. */
  replace(text: string, at: At): string {
    if (!text.includes('$')) return text;
    const found = interpolate(text, this.lookup);
    this.#tell(text, found, at, undefined);
    return found.text;
  }

  /** The same for a value of a file of variables, where those before it count too. */
  replaceInFile(value: string, at: At, before: Lookup): string {
    const found = interpolate(value, (name) => before(name) ?? this.lookup(name));
    this.#tell(value, found, at, IN_FILE);
    return found.text;
  }

  /** `escaping` is how dollar signs are written that are text, where doubling them is not the way. */
  #tell(text: string, found: Interpolated, at: At, escaping: string | undefined): void {
    const { report, allowUnset } = this.#options;
    if (found.excess !== undefined) return report.error(at, found.excess);
    for (const { name, why } of found.missing) {
      const { text: words, hint } = unsetWords(name);
      report.error(at, `${words}${why === '' ? '' : `: ${short(why)}`}`, { hint });
    }
    if (found.wrong.length > 0 || HASH.test(text)) {
      const hint = `for dollar signs as text ${escaping ?? 'write each twice: $$'}`;
      return report.error(at, 'a dollar sign that begins no variable', { hint });
    }
    for (const name of new Set(found.unset)) {
      const bare = new RegExp(`\\$${name}(?![_a-zA-Z0-9])`).exec(text);
      const isInside = bare !== null && !BEGINNING.test(text.slice(0, bare.index));
      const what = isInside ? 'a $ in the value begins a variable that' : name;
      const other = bare
        ? `; for a dollar sign as text ${escaping ?? (isInside ? 'write it twice: $$' : `write $$${name}`)}`
        : `, or give a default: \${${name}:-…}`;
      if (KEPT_BACK.has(name)) {
        const { text: words, hint } = unsetWords(name);
        report.error(at, words, { hint });
      } else if (allowUnset) report.warn(at, `${what} is not set: it is empty here`);
      else report.error(at, `${what} is not set`, { hint: `set it in .env or the environment${other}` });
    }
  }
}

/** What may stand before a variable that is meant as one. Behind other text it may be the rest of a password: pa$word */
const BEGINNING = /^(?:[\w.-]+=)?$/;

const IN_FILE = 'put the value in single quotes';

/** The beginnings of password hashes, whose names look like variables: $apr1$… Nothing of the text is told: it may be secret. */
const HASH = /(?<!\$)(?:\$\$)*\$(?:2[abxy]?|apr1|argon2(?:id?|d)|sha\d+|scrypt|pbkdf2[\w-]*)\$(?!\$)/i;
