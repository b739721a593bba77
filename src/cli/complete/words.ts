// Which words may stand where, told to a shell that completes a line.
import { oldSlugs } from '../../cloud/sizes.ts';
import { readSshWords } from '../../ssh/openssh/words.ts';
import { GLOBALS, readGlobal } from '../globals.ts';
import { wordsBelow } from '../tree.ts';
import type { Declared, DeclaredCommands, DeclaredOption } from './declared.ts';
import type { Known } from './known.ts';

export interface Candidate {
  word: string;
  /** What it is for; the shells that can show it do. */
  about?: string | undefined;
}

export interface Completion {
  candidates: Candidate[];
  /** Names of files fit, too. */
  files?: true;
}

const NOTHING: Completion = { candidates: [] };
const FILES: Completion = { candidates: [], files: true };
const plain = (words: readonly string[]): Completion => ({ candidates: words.map((word) => ({ word })) });

const SELECTORS = ['@all', '@manager', '@worker'];

/** What may stand in place of `current` after the words before it. `known` is asked where names are wanted. */
export async function completion(
  line: { before: readonly string[]; current: string },
  declared: DeclaredCommands,
  known: () => Promise<Known>,
): Promise<Completion> {
  const found = await completionOf(line, declared, async () => typeable(await known()));
  return { ...found, candidates: found.candidates.filter(({ word }) => word.startsWith(line.current)) };
}

/**
 * A name that some shell would read as more than a name: a droplet may be called `$(reboot)`, and what stands on the line is run
 * with the next Enter. It is left out, since each shell quotes otherwise.
 */
const TYPEABLE = /^\w[\w.:@+=/-]*$/;

const typeable = (known: Known): Known => ({
  nodes: known.nodes.filter((name) => TYPEABLE.test(name)),
  clusters: known.clusters.filter((name) => TYPEABLE.test(name)),
  sizes: known.sizes.filter((name) => TYPEABLE.test(name)),
  regions: known.regions.filter((name) => TYPEABLE.test(name)),
  images: known.images.filter((name) => TYPEABLE.test(name)),
});

async function completionOf(
  { before, current }: { before: readonly string[]; current: string },
  { commands, groups }: DeclaredCommands,
  known: () => Promise<Known>,
): Promise<Completion> {
  const all = Object.keys(commands);
  const names: string[] = [];
  let at = 0;
  for (; at < before.length && !Object.hasOwn(commands, names.join(' ')); at++) {
    const word = before[at]!;
    const global = word.startsWith('-') ? readGlobal(word) : undefined;
    if (global) at += Number(global.takesNext);
    else if (wordsBelow(all, names[0] === 'help' ? names.slice(1) : names).includes(word)) names.push(word);
    else return NOTHING;
  }
  const command = commands[names.join(' ')];
  if (command && at <= before.length) return ofCommand({ names, command, given: before.slice(at), current }, known);
  if (names[0] === 'help') return plain(wordsBelow(all, names.slice(1)));
  if (at > before.length) return before.at(-1) === '--host' ? nodes(current, known) : FILES;
  if (current.startsWith('-')) return { candidates: globals(GLOBALS) };
  return {
    candidates: wordsBelow(all, names).map((word) => {
      const words = [...names, word].join(' ');
      return { word, about: groups[words] ?? commands[words]?.about };
    }),
  };
}

interface Place {
  names: readonly string[];
  command: Declared;
  /** The words behind the command. */
  given: readonly string[];
  current: string;
}

async function ofCommand(place: Place, known: () => Promise<Known>): Promise<Completion> {
  const { command, given, current } = place;
  if (command.passThrough === 'all' || given.includes('--')) return FILES;
  if (command.passThrough) return behindNode(given, current, known);
  const [inline, ...value] = current.split('=');
  if (value.length > 0) {
    const option = command.options.find(({ flags }) => flags.includes(inline!));
    const { candidates } = option ? await valuesOf(option, value.join('='), known) : NOTHING;
    return { candidates: candidates.map(({ word }) => ({ word: `${inline}=${word}` })) };
  }
  const { awaiting, at } = readGiven(given, command.options);
  if (awaiting && !(awaiting.isOver && current.startsWith('-'))) return valuesOf(awaiting, current, known);
  if (current.startsWith('-')) {
    const own = command.options.map(({ flags, about }) => ({ word: flags[0]!, about }));
    return { candidates: [...own, ...globals(GLOBALS.filter(({ first }) => !first))] };
  }
  return argumentsOf(place, at, known);
}

/** `belt ssh`: the node, and then what is the node's. */
async function behindNode(given: readonly string[], current: string, known: () => Promise<Known>): Promise<Completion> {
  try {
    const { destination } = readSshWords(given);
    return destination === undefined && !current.startsWith('-') ? nodes(current, known) : NOTHING;
  } catch {
    // An option waits for its value.
    return FILES;
  }
}

type Awaiting = DeclaredOption & { isOver: boolean };

/** The option whose value comes next, and how many arguments there were. */
function readGiven(
  given: readonly string[],
  options: readonly DeclaredOption[],
): { awaiting: Awaiting | undefined; at: number } {
  let awaiting: Awaiting | undefined;
  let at = 0;
  for (const word of given) {
    const option = options.find(({ flags }) => flags.includes(word));
    if (option) awaiting = option.value === undefined ? undefined : { ...option, isOver: false };
    else if (word.startsWith('-')) awaiting = undefined;
    else if (awaiting?.variadic) awaiting = { ...awaiting, isOver: true };
    else if (awaiting) awaiting = undefined;
    else at += 1;
  }
  return { awaiting, at };
}

/** By what the help calls a value, and where that says less, by the option. */
async function valuesOf(option: DeclaredOption, current: string, known: () => Promise<Known>): Promise<Completion> {
  const { key, value, choices } = option;
  if (choices) return plain(choices);
  if (value === '<file>') return FILES;
  if (value?.startsWith('<pattern')) return nodes(current, known);
  if (key === 'region') return plain((await known()).regions);
  if (key === 'image') return plain((await known()).images);
  if (/size$/i.test(key)) return plain((await known()).sizes);
  return NOTHING;
}

async function argumentsOf(
  { names, command: { places: all, choices }, current }: Place,
  at: number,
  known: () => Promise<Known>,
): Promise<Completion> {
  const place = all[Math.min(at, all.length - 1)] ?? '';
  if (at >= all.length && !place.includes('...')) return NOTHING;
  if (choices) return plain(choices);
  if (names[0] === 'create') return at === 0 ? plain([...oldSlugs, ...(await known()).sizes]) : NOTHING;
  if (/node|pattern|manager/.test(place)) return nodes(current, known);
  if (/source|destination/.test(place)) return names[0] === 'scp' ? places(current, known) : FILES;
  return names[0] === 'cluster' ? plain((await known()).clusters) : NOTHING;
}

/** A file here, or a node whose path follows: of what is there nothing is known. */
async function places(current: string, known: () => Promise<Known>): Promise<Completion> {
  if (/^[^/]*:/.test(current)) return NOTHING;
  const { candidates } = await nodes(current, known);
  return { candidates: candidates.map(({ word }) => ({ word: `${word}:` })), files: true };
}

/** Of several names with commas between, the last. */
async function nodes(current: string, known: () => Promise<Known>): Promise<Completion> {
  const start = current.slice(0, current.lastIndexOf(',') + 1);
  const named = start.split(',');
  const others = [...(await known()).nodes, ...SELECTORS].filter((name) => !named.includes(name));
  return plain(others.map((name) => `${start}${name}`));
}

const globals = (all: typeof GLOBALS): Candidate[] =>
  all.map(({ flags, summary }) => ({ word: /--[a-z-]+/.exec(flags)![0], about: summary }));
