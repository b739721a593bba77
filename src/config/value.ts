// Reads one value, from the file or the environment, as its key requires.
import { UsageError } from '../errors.ts';
import type { Key } from './keys.ts';
import type { Place } from './kinds.ts';

/** Something that was given for a key: a scalar's text, or a description of what else it is. */
export interface Given {
  readonly type: 'text' | 'number' | 'boolean' | 'other';
  /** The text as it was written; for `other` what to call it ("a list"). */
  readonly text: string;
  /** What to name in an error: `.belt.yaml:5:12: ssh_port`, or the variable. */
  readonly at: string;
}

const LONGEST_SHOWN = 60;

/** The key's value, or a list for a key of many. Throws a UsageError that says where and what it must be. */
export function readValue({ kind, secret }: Key, given: readonly Given[], place: Place): unknown {
  const values = given.map(({ type, text, at }) => {
    const value = type !== 'other' && kind.takes.includes(type) ? kind.read(text, place) : undefined;
    if (value !== undefined) return value;
    const instead = secret ? '' : `, not ${shown(type, text)}`;
    throw new UsageError(`${at} must be ${kind.wants}${instead}`, { hint: kind.hint });
  });
  return kind.many ? values : values[0];
}

function shown(type: Given['type'], text: string): string {
  const short = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
  return type === 'text' ? JSON.stringify(short) : short;
}

/** The text of a key of many, cut at its commas; any other key's text whole. */
export function split({ kind }: Key, given: Given): Given[] {
  if (!kind.many || given.type !== 'text') return [given];
  return given.text.split(',').map((text) => ({ ...given, text: text.trim() }));
}
