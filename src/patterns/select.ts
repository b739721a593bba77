// Selects nodes by the user's words.

import { UsageError } from '../errors.ts';
import type { Role } from '../model/swarm-node.ts';
import { addressIn, withoutScheme } from './address.ts';
import { AmbiguousName } from './errors.ts';
import { type Expanded, expandItems } from './expand.ts';
import { globMatches, isGlob } from './glob.ts';
import { naturalCompare } from './natural.ts';
import { nearest } from './nearest.ts';

/** What a word can choose by. */
export interface Selectable {
  id: number;
  name: string;
  tags: readonly string[];
  publicAddress?: string | undefined;
  privateAddress?: string | undefined;
  /**
   * Its role in the swarm: `none` outside of a swarm, `unknown` where that cannot be determined. Undefined until it was queried:
   * then a role word is an error (see `needsRoles`).
   */
  role?: SelectableRole | undefined;
}

export type SelectableRole = Role | 'none' | 'unknown';

export interface Selection<T> {
  /** In the requested order, each once. */
  chosen: T[];
  /** Names, globs and selectors that matched nothing, as the user wrote them. */
  missing: string[];
  /** Candidates whose role is unknown, where a role word would decide. They are neither selected nor excluded. */
  unsure: T[];
}

/** A role word was evaluated before the swarm was queried: a bug, which must never select everything. */
export class RolesUnresolved extends Error {
  override readonly name = 'RolesUnresolved';
}

const SELECTORS = ['@all', '@manager', '@worker', '@tag:NAME'];

/**
 * The candidates that the words mean: names and ranges in the requested order, globs and selectors (`@all`,
 * `@manager`, `@worker`, `@tag:NAME`) in natural order, an address (public or private, a port is ignored) or a droplet's id where no
 * candidate has that very name, and exclusions of all of these. An exclusion that matches nothing is not missing. `nodes://` before
 * a word is ignored.
 * Throws a PatternError for a bad pattern, AmbiguousName for a name that several share, a UsageError for an unknown
 * selector, RolesUnresolved for a role word where a candidate has no role.
 */
export function select<T extends Selectable>(words: readonly string[], candidates: readonly T[]): Selection<T> {
  const find = finder(candidates);
  const chosen = new Set<T>();
  const missing = new Set<string>();
  const unsure = new Set<T>();
  for (const { excluded, names } of itemsOf(words)) {
    for (const name of names) {
      const found = find(name);
      const open = isRole(name) ? candidates.filter(({ role }) => role === 'unknown') : [];
      for (const one of open) if (chosen.has(one) === excluded) unsure.add(one);
      for (const candidate of found) {
        if (excluded) chosen.delete(candidate);
        else chosen.add(candidate);
        // A word that names the candidate outright decides, whatever its role.
        if (!isRole(name)) unsure.delete(candidate);
      }
      if (found.length === 0 && open.length === 0 && !excluded) missing.add(name);
    }
  }
  return { chosen: [...chosen], missing: [...missing], unsure: [...unsure] };
}

/** Whether the words choose by role, so that the swarm has to be asked first. Throws a PatternError for a bad pattern. */
export function needsRoles(words: readonly string[]): boolean {
  return itemsOf(words).some(({ names }) => names.some(isRole));
}

/** Whether nodes that do not exist yet may match the words, beyond those that they name one by one. */
export const isOpen = (words: readonly string[]): boolean =>
  words.some((word) => /[*?@!]/.test(word)) || hasAddresses(words);

/** The ports in the words: those of `192.168.99.[101:103]:2375` are 2375. Throws a PatternError for a bad pattern. */
export function portsIn(words: readonly string[]): string[] {
  const names = itemsOf(words).flatMap((item) => item.names);
  return [...new Set(names.flatMap((name) => addressIn(name)?.port ?? []))];
}

/** Whether some of the words are addresses. Throws a PatternError for a bad pattern. */
export const hasAddresses = (words: readonly string[]): boolean =>
  itemsOf(words).some(({ names }) => names.some((name) => addressIn(name) !== undefined));

const PATTERN = /^[@!]|[[\]{}*?,:]/;

/** Whether a word that may also name something else, such as a service, means nodes, whatever they are called. */
export const isNodePattern = (word: string): boolean => PATTERN.test(word) || addressIn(word) !== undefined;

const itemsOf = (words: readonly string[]): Expanded[] => expandItems(words.map(withoutScheme));

const isRole = (name: string): boolean => name === '@manager' || name === '@worker';

/**
 * The names and ids that are written out one by one and not excluded: what a person names, unlike a range, glob, selector or address.
 * Throws a PatternError for a bad pattern.
 */
export function literals(words: readonly string[]): string[] {
  const plain = itemsOf(words).filter(({ excluded, plain: isPlain }) => isPlain && !excluded);
  return plain
    .flatMap(({ names }) => names)
    .filter((name) => !name.startsWith('@') && !isGlob(name) && addressIn(name) === undefined);
}

function finder<T extends Selectable>(candidates: readonly T[]): (name: string) => readonly T[] {
  const byName = new Map<string, T[]>();
  for (const candidate of candidates) byName.set(candidate.name, [...(byName.get(candidate.name) ?? []), candidate]);
  const byId = new Map(candidates.map((candidate) => [String(candidate.id), candidate]));
  const sorted = [...candidates].sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
  return (name) => {
    if (name.startsWith('@')) return sorted.filter(selector(name));
    if (isGlob(name)) return sorted.filter((candidate) => globMatches(name, candidate.name));
    const named = byName.get(name) ?? [];
    if (named.length > 1) throw ambiguous(name, named);
    if (named.length > 0) return named;
    const { address } = addressIn(name) ?? {};
    if (address !== undefined) return atAddress(address, sorted);
    const withId = byId.get(name);
    return withId ? [withId] : [];
  };
}

/** Private addresses are unique within a VPC alone. */
function atAddress<T extends Selectable>(address: string, candidates: readonly T[]): T[] {
  const found = candidates.filter((one) => one.publicAddress === address || one.privateAddress === address);
  if (found.length <= 1) return found;
  const names = found.map(({ name }) => name).join(', ');
  throw new AmbiguousName(`${address}: ${found.length} droplets have this address (${names}): use a name instead`);
}

function selector(word: string): (candidate: Selectable) => boolean {
  if (word === '@all') return () => true;
  if (isRole(word)) return (candidate) => `@${resolved(word, candidate)}` === word;
  const hint = `selectors are ${SELECTORS.join(', ')}`;
  const [, tag] = /^@tag:(.*)$/.exec(word) ?? [];
  if (tag === '') throw new UsageError('@tag: the tag name is missing', { hint: 'write @tag:NAME' });
  // DigitalOcean compares tags case-insensitively.
  if (tag !== undefined) return ({ tags }) => tags.some((one) => globMatches(tag.toLowerCase(), one.toLowerCase()));
  const [near] = nearest(word, [...SELECTORS, '@tag']);
  const meant = near === undefined ? '' : ` (did you mean ${near === '@tag' ? '@tag:NAME' : near}?)`;
  throw new UsageError(`${word}: no such selector${meant}`, { hint });
}

function resolved(word: string, { name, role }: Selectable): SelectableRole {
  if (role === undefined)
    throw new RolesUnresolved(`${word} was read before the swarm was asked for the role of ${name}`);
  return role;
}

function ambiguous(name: string, named: readonly Selectable[]): AmbiguousName {
  const ids = named.map(({ id }) => id).sort((a, b) => a - b);
  return new AmbiguousName(
    `${name}: ${named.length} droplets have this name (ids ${ids.join(', ')}): use an id instead`,
  );
}
