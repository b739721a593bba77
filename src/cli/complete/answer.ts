// `belt __complete =CURRENT WORDS…`, which the scripts of `belt completion` run at each Tab. A line a word, with what it is for
// behind a tab; `:files` where names of files fit, too. It never fails, asks or waits for the network.
import { visible } from '../../output/visible.ts';
import type { DeclaredCommands } from './declared.ts';
import { type Here, type Known, known } from './known.ts';
import { completion } from './words.ts';

const NONE: Known = { nodes: [], clusters: [], sizes: [], regions: [], images: [] };

/** What to print. `=` stands before the current word, since some shells leave out an empty one. */
export async function answer(
  [current = '=', ...before]: readonly string[],
  declared: DeclaredCommands,
  here: Here,
): Promise<string> {
  const line = { before, current: current.slice(1) };
  const { candidates, files } = await completion(line, declared, () => known(here).catch(() => NONE));
  const words = candidates.map(({ word, about }) =>
    about === undefined ? visible(word) : `${visible(word)}\t${about}`,
  );
  return [...words, ...(files ? [':files'] : [])].map((text) => `${text}\n`).join('');
}
