// A removal that a person agrees to: shown, asked about, looked at once more, and done while no other run changes the cluster.

import { agreed, type Consent } from '../agree.ts';
import type { Context } from '../context.ts';
import { Interrupted } from '../errors.ts';
import { exclusively } from '../fleet/exclusive.ts';
import type { Line } from './tell.ts';

export interface AgreedRemoval<Found, Result> {
  /** What is being done, for others that wait. */
  what: string;
  consent: Consent;
  /** Looks, and changes nothing. */
  look: () => Promise<Found>;
  /** What a person reads of it. */
  lines: (found: Found) => Promise<Line[]>;
  /** Nothing is left to ask about. */
  isNothing: (found: Found) => boolean;
  ask: (found: Found) => Promise<boolean>;
  work: (found: Found) => Promise<Result>;
}

/**
 * Does the work once it is agreed to. What changed while a person was asked is shown and asked about again.
 * @throws BeltError when they say no
 * @throws Interrupted saying that nothing was removed, until the work begins
 */
export async function agreedRemoval<Found, Result>(
  context: Context,
  removal: AgreedRemoval<Found, Result>,
): Promise<Result> {
  const { what, consent, look, isNothing, ask, work } = removal;
  let working = false;
  const begin = (found: Found) => {
    working = true;
    return work(found);
  };
  try {
    if (consent.yes) {
      return await exclusively(context, what, async () => {
        const found = await look();
        show(context, await removal.lines(found));
        return await begin(found);
      });
    }
    let found = await look();
    let lines = await removal.lines(found);
    for (;;) {
      show(context, lines);
      if (!isNothing(found)) await agreed(context, consent, () => ask(found));
      const seen = textOf(lines);
      const end = await exclusively(context, what, async () => {
        found = await look();
        lines = await removal.lines(found);
        return textOf(lines) === seen ? { result: await begin(found) } : undefined;
      });
      if (end) return end.result;
      context.out.note('this changed in the meantime:');
    }
  } catch (error) {
    if (working || !context.signal.aborted) throw error;
    throw new Interrupted('interrupted: nothing was removed');
  }
}

function show({ out }: Context, lines: readonly Line[]): void {
  for (const { text, warn } of lines) {
    if (warn) out.warn(text);
    else out.note(text);
  }
}

const textOf = (lines: readonly Line[]): string => lines.map(({ text }) => text).join('\n');
