// What is not as the file says, folded: nodes with the same finding are said together.

import { compact } from '../patterns/index.ts';

/** Without what stands in brackets. */
export const shortOf = (text: string): string => text.replace(/ \(.*\)/, '');

const OF_SEVERAL: Readonly<Record<string, string>> = {
  is: 'are',
  has: 'have',
  differs: 'differ',
  exists: 'exist',
  does: 'do',
};

/** Of several nodes: `are powered off`. */
export const shortFor = (nodes: number, short: string): string =>
  nodes === 1 ? short : short.replace(/^\w+/, (verb) => OF_SEVERAL[verb] ?? verb);

/** A line for each finding; nodes of which the same is said, to the hint, share one. */
export function findingLines(findings: readonly { name: string; text: string; hint: string }[]): string[] {
  const names = new Map<string, { text: string; hint: string; names: string[] }>();
  for (const { name, text, hint } of findings) {
    const same = names.get(`${text}; ${hint}`) ?? { text, hint, names: [] };
    names.set(`${text}; ${hint}`, { ...same, names: [...same.names, name] });
  }
  return [...names.values()].map(
    ({ text, hint, names: some }) => `${compact(some)} ${shortFor(some.length, text)}; ${hint}`,
  );
}

/** The names with each finding, in the order of the findings. */
export function byShort(findings: readonly { name: string; short: string }[]): { short: string; names: string[] }[] {
  return [...new Set(findings.map(({ short }) => short))].map((short) => ({
    short,
    names: [...new Set(findings.filter((one) => one.short === short).map(({ name }) => name))],
  }));
}
