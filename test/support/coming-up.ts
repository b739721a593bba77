// What belt says without a terminal of nodes that come up, told apart from what else it says.
import { expand } from '../../src/patterns/index.ts';
import type { Outcome } from './world.ts';

/** Phases that are over, which are worth a line only where they took a second, and steps back: they depend on the machine. */
const BETWEEN = /^\S+: ((has an address|SSH answers|cloud-init finished|Docker answers) \([\d.]+ s\)|back to .*)$/;
const COUNTS = /^\d+ of \d+ ready, /;
const NODES = /^(\S+): (created \([\d.]+ s\)|ready after [\d.]+ s|failed after [\d.]+ s: .*)$/;

export interface Apart extends Outcome {
  /** A line a node and change, sorted, its seconds as `N s`. */
  nodes: string[];
}

/** Takes the lines about nodes out of stderr. */
export function apart({ code, stdout, stderr }: Outcome): Apart {
  const nodes: string[] = [];
  const rest = stderr.split('\n').filter((line) => {
    const [, names, what] = NODES.exec(line) ?? [];
    if (names === undefined) return !BETWEEN.test(line) && !COUNTS.test(line);
    nodes.push(...expand([names]).map((name) => `${name}: ${what!.replace(/[\d.]+ s/, 'N s')}`));
    return false;
  });
  return { code, stdout, stderr: rest.join('\n'), nodes: nodes.toSorted() };
}

/** The lines of nodes that are made, and become ready. */
export const cameUp = (...names: string[]): string[] =>
  names.flatMap((name) => [`${name}: created (N s)`, `${name}: ready after N s`]).toSorted();
