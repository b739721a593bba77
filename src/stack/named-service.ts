// The service that a word means.
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import { STACK } from './labels.ts';

interface Service {
  ID: string;
  Spec: { Name: string; Labels?: Record<string, string> | null | undefined };
}

/**
 * What a word may mean: the one of this name or id; else, as people type the name that is in their file, those of any stack whose name
 * it is there: `web` for `shop_web`.
 */
export function servicesCalled<T extends Service>(word: string, services: readonly T[]): T[] {
  const exact = services.find(({ ID, Spec }) => Spec.Name === word || ID === word);
  return exact ? [exact] : services.filter(({ Spec }) => isInStack(Spec, word));
}

/** Not by the end of its name alone: `shop_api_web` is no `web`. */
const isInStack = ({ Name, Labels }: Service['Spec'], word: string): boolean => {
  const stack = Labels?.[STACK];
  return Boolean(stack) && Name === `${stack}_${word}`;
};

/** The one that a word means. @throws UsageError where there is none, or more than one */
export function serviceNamed<T extends Service>(word: string, services: readonly T[]): T {
  const found = servicesCalled(word, services);
  if (found.length === 1) return found[0]!;
  const namesOf = (some: readonly T[]) => some.map(({ Spec }) => Spec.Name);
  throw found.length === 0 ? noService(word, namesOf(services)) : ambiguous(word, namesOf(found).toSorted());
}

/** The error for a word that names no service, with what may be meant. */
function noService(word: string, names: readonly string[]): UsageError {
  const alike = names.filter((one) => one.endsWith(`_${word}`));
  const [meant] = alike.length > 0 ? alike : nearest(word, names);
  return new UsageError(`the swarm has no service ${word}`, {
    hint: `${meant === undefined ? '' : `did you mean ${meant}? · `}see: belt docker service ls`,
  });
}

const ambiguous = (word: string, names: readonly string[]): UsageError =>
  new UsageError(`several stacks have a service ${word}: ${names.join(', ')}`, {
    hint: `name one, such as ${quoteWord(names[0]!)}`,
  });
