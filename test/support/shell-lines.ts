// Lines for a shell, as help and documents show them: which commands of belt they run.

export interface ShellCommand {
  words: string[];
  /** Variables before it: `A=b belt ls`. */
  env: Record<string, string>;
  /** It reads a pipe or a file. */
  hasInput: boolean;
}

/** What stands in a word where a command's output would. */
export const OUTPUT = 'output';

/** The commands of a line, those in `$(…)` and `<(…)` too. @throws Error for a quote or a parenthesis without its end */
export function shellCommands(line: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  new Reader(line, commands).read('');
  return commands;
}

/** The commands of belt in it. */
export const beltCommands = (line: string): ShellCommand[] =>
  shellCommands(line)
    .filter(({ words }) => words[0] === 'belt')
    .map((command) => ({ ...command, words: command.words.slice(1) }));

class Reader {
  readonly #line: string;
  readonly #commands: ShellCommand[];
  #at = 0;

  constructor(line: string, commands: ShellCommand[]) {
    this.#line = line;
    this.#commands = commands;
  }

  /** Reads to `end`, or to the end of the line. */
  read(end: '' | ')'): void {
    let command = empty();
    let word: string | undefined;
    let redirected: '<' | '>' | undefined;
    const finishWord = () => {
      const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(word ?? '') ?? [];
      if (word === undefined) return;
      if (redirected !== undefined) command.hasInput ||= redirected === '<';
      else if (command.words.length === 0 && name !== undefined) command.env[name] = value!;
      else command.words.push(word);
      redirected = undefined;
      word = undefined;
    };
    const finishCommand = () => {
      finishWord();
      if (command.words.length > 0) this.#commands.push(command);
      command = empty();
    };
    for (; this.#at < this.#line.length; this.#at++) {
      const rest = this.#line.slice(this.#at);
      const [letter] = rest;
      const substitution = /^[$<]\(/.exec(rest);
      if (end !== '' && letter === end) return finishCommand();
      if (substitution) {
        this.#substitute();
        word = `${word ?? ''}${OUTPUT}`;
      } else if (letter === '"' || letter === "'") word = `${word ?? ''}${this.#quoted(letter)}`;
      else if (letter === '\\') word = `${word ?? ''}${this.#line[++this.#at] ?? ''}`;
      else if (/\s/.test(letter!)) finishWord();
      else if (letter === '#' && word === undefined) break;
      else if (/^[|;&]/.test(rest)) {
        const isPipe = /^\|(?!\|)/.test(rest);
        finishCommand();
        command.hasInput = isPipe;
        this.#at += Number(/^(\|\||&&)/.test(rest));
      } else if (letter === '<' || letter === '>') {
        // The number before it is a descriptor.
        if (!/^\d$/.test(word ?? '')) finishWord();
        word = undefined;
        redirected = letter;
        this.#at += Number(rest.startsWith('>>'));
      } else word = `${word ?? ''}${letter}`;
    }
    if (end !== '') throw new Error(`no ${end} in: ${this.#line}`);
    finishCommand();
  }

  #substitute(): void {
    this.#at += 2;
    this.read(')');
  }

  #quoted(quote: string): string {
    let text = '';
    for (this.#at++; this.#line[this.#at] !== quote; this.#at++) {
      if (this.#at >= this.#line.length) throw new Error(`no ${quote} in: ${this.#line}`);
      if (quote === '"' && this.#line.startsWith('$(', this.#at)) {
        this.#substitute();
        text += OUTPUT;
      } else text += this.#line[this.#at];
    }
    return text;
  }
}

const empty = (): ShellCommand => ({ words: [], env: {}, hasInput: false });
