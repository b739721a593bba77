// A key that is not known is an error, since a typing mistake would change what is deployed; one that Swarm does not support is told.
import { nearest } from '../patterns/index.ts';
import type { Keys } from './known-keys.ts';
import type { Reader } from './read.ts';
import { quoted } from './report.ts';

export function checkKeys(reader: Reader, { honoured, dropped, elsewhere = {} }: Keys): void {
  if (reader.value?.kind !== 'mapping') return;
  for (const [key, { at, value }] of reader.value.entries) {
    if (honoured.includes(key) || value.tag === 'reset') continue;
    const why = own(dropped, key);
    const name = reader.name(key);
    if (why) reader.report.drop(at, `${name}: ${why.text}`, { hint: why.hint });
    else {
      const near = own(elsewhere, key) ?? nearest(key, [...honoured, ...Object.keys(dropped)], { most: 1 })[0];
      const guess = near === undefined ? '' : ` (did you mean "${near}"?)`;
      reader.report.error(at, `unknown key ${quoted(name)}${guess}`);
    }
  }
}

/** A key of the files may also be called `constructor`. */
const own = <T>(of: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(of, key) ? of[key] : undefined;
