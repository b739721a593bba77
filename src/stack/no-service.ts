import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';

/** The error for a word that names no service, with what may be meant. */
export function noService(word: string, names: readonly string[]): UsageError {
  // Of a stack's services people type the name that is in their file.
  const inStacks = names.filter((one) => one.endsWith(`_${word}`));
  const [meant] = inStacks.length > 0 ? inStacks : nearest(word, names);
  return new UsageError(`the swarm has no service ${word}`, {
    hint: `${meant === undefined ? '' : `did you mean ${meant}? · `}see: belt docker service ls`,
  });
}
