// One question to a person: a number of the choices, a word, or Enter for the default. What will not do is told, and asked again.
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { Declined } from '../../output/declined.ts';
import type { Dialogue } from '../../output/prompt.ts';
import { table } from '../../output/table.ts';

export interface Question<T> {
  /** `Region, by number or slug` */
  words: string;
  /** What the option says, which is not asked then. */
  given: string | undefined;
  /** For Enter, and where there is nobody to ask. */
  otherwise: string;
  choices?: Choices;
  /** @throws UsageError for a word that will not do */
  read(word: string): T | Promise<T>;
}

export interface Choices {
  header: readonly string[];
  /** What the choice says is read, and the cells that are shown for it. */
  rows: readonly { word: string; cells: readonly string[] }[];
  /** Titles of amounts. */
  right?: readonly string[];
}

/**
 * The answer: the option's, the person's, or the default. `talk` is undefined where there is nobody to ask.
 * @throws UsageError for an option that will not do; Declined where the person gives none
 */
export async function answer<T>(context: Context, talk: Dialogue | undefined, question: Question<T>): Promise<T> {
  const { words, given, otherwise, choices, read } = question;
  if (given !== undefined) return read(given);
  if (!talk) return read(otherwise);
  for (const line of choices ? choiceLines(choices) : []) context.out.note(line);
  for (;;) {
    const typed = await talk.ask(`${words} [${otherwise}]: `);
    if (typed === undefined) throw new Declined();
    try {
      return await read(chosen(typed.trim(), question));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      context.out.note(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
    }
  }
}

function chosen<T>(typed: string, { otherwise, choices }: Question<T>): string {
  if (typed === '') return otherwise;
  return (/^\d{1,2}$/.test(typed) ? choices?.rows[Number(typed) - 1]?.word : undefined) ?? typed;
}

function choiceLines({ header, rows, right = [] }: Choices): string[] {
  const numbered = rows.map(({ cells }, n) => [String(n + 1).padStart(3), ...cells]);
  return table(['', ...header], numbered, { right });
}
