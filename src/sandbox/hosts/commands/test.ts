// `test` and `[`: questions about texts, numbers and the host's tiny file system.
import { notPlayed } from '../../engine/failure.ts';
import type { Command, HostView } from './types.ts';

const isFolder = (host: HostView, path: string) => [...host.files.keys()].some((name) => name.startsWith(`${path}/`));

const UNARY: Record<string, (word: string, host: HostView) => boolean> = {
  '-n': (word) => word !== '',
  '-z': (word) => word === '',
  '-e': (word, host) => host.files.has(word) || isFolder(host, word),
  '-f': (word, host) => host.files.has(word),
  '-d': (word, host) => isFolder(host, word),
};

const BINARY: Record<string, (a: string, b: string) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '-eq': (a, b) => Number(a) === Number(b),
  '-ne': (a, b) => Number(a) !== Number(b),
};

/** Undefined for a question that is not supported. */
function answer(host: HostView, words: readonly string[]): boolean | undefined {
  const [first = '', second = '', third = ''] = words;
  if (words.length <= 1) return first !== '';
  if (first === '!') {
    const negated = answer(host, words.slice(1));
    return negated === undefined ? undefined : !negated;
  }
  if (words.length === 2) return Object.hasOwn(UNARY, first) ? UNARY[first]!(second, host) : undefined;
  return words.length === 3 && Object.hasOwn(BINARY, second) ? BINARY[second]!(first, third) : undefined;
}

export const test: Command = ({ host, words }) => {
  const isBracket = words[0] === '[';
  if (isBracket && words.at(-1) !== ']') throw notPlayed('[ without ]');
  const found = answer(host, words.slice(1, isBracket ? -1 : undefined));
  if (found === undefined) throw notPlayed(words.join(' '));
  return found ? 0 : 1;
};
