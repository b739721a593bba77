// What costs money or cannot be undone is asked about first.
import type { Context } from './context.ts';
import { UsageError } from './errors.ts';
import { Declined } from './output/declined.ts';

export interface Consent {
  yes?: boolean | undefined;
  /** What the command does without it, for one that cannot ask: `rm asks before it deletes`. */
  asks: string;
  hint: string;
}

/**
 * The user agrees: said so with the words, or answers so.
 * @throws UsageError where nobody can answer
 * @throws Declined when the answer is no
 */
export async function agreed(context: Context, consent: Consent, ask: () => Promise<boolean>): Promise<void> {
  if (consent.yes) return;
  if (context.interactive) {
    if (await ask()) return;
    throw new Declined();
  }
  throw new UsageError(`${consent.asks}, but there is no terminal to ask on`, { hint: consent.hint });
}

/** Asks a question that takes y or n. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  return (await import('./output/prompt.ts')).confirm(context, question);
}
