// The names that things of the files have in the swarm: those that it takes, and each one thing's alone.
import type { At } from './desired.ts';
import { quoted } from './report.ts';
import { type Declared, type StackContext, scoped } from './stack-context.ts';
import { child } from './tree.ts';

interface Rule {
  form: RegExp;
  /** Characters. */
  most: number;
  letters: string;
}

// github.com/moby/swarmkit, manager/controlapi/common.go
const DNS: Rule = { form: /^[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?$/, most: 63, letters: '"-" and "_"' };
const DATA: Rule = { form: /^[a-zA-Z0-9](?:[\w.-]*[a-zA-Z0-9])?$/, most: 64, letters: '"-", "_" and "."' };
// github.com/moby/moby, volume/local
const VOLUME: Rule = { form: /^[a-zA-Z0-9][\w.-]+$/, most: 255, letters: '"-", "_" and "."' };

const SECTIONS = [
  ['networks', DNS],
  ['configs', DATA],
  ['secrets', DATA],
  ['volumes', VOLUME],
] as const;

/** What a network, config, secret or volume is called. */
interface Named {
  name: string;
  external: boolean;
  /** Missing for a network or a volume, whose names stay as they are. */
  isNamed?: boolean;
}

export function checkNames(context: StackContext, declared: Declared): void {
  for (const [key, at] of placesOf(context, 'services')) checkName(context, at, scoped(context, key), DNS, key);
  for (const [section, rule] of SECTIONS) {
    const places = placesOf(context, section);
    const all: ReadonlyMap<string, Named> = declared[section];
    for (const [key, one] of all) {
      // A name that gets a hash is shortened for it.
      const rest = one.isNamed === false ? { ...rule, most: Number.POSITIVE_INFINITY } : rule;
      checkName(context, places.get(key)!, one.name, one.external ? { ...rule, form: /./ } : rest, `${section}.${key}`);
    }
    if (section !== 'volumes') checkAlone(context, section, all, places);
  }
}

function checkName({ report }: StackContext, at: At, name: string, { form, most, letters }: Rule, key: string): void {
  if (!form.test(name)) {
    report.error(at, `${quoted(key)}: Swarm takes no name ${quoted(name)}`, {
      hint: `letters, digits, ${letters}, a letter or a digit first and last`,
    });
  } else if (name.length > most) {
    report.error(at, `${quoted(key)}: the name ${quoted(name)} has ${name.length} characters, Swarm takes ${most}`);
  }
}

/** Two keys may stand for one thing that exists already, but not for one that is to be created. */
function checkAlone(
  { report }: StackContext,
  section: string,
  all: ReadonlyMap<string, Named>,
  places: ReadonlyMap<string, At>,
): void {
  const seen = new Map<string, { key: string; external: boolean }>();
  for (const [key, { name, external }] of all) {
    const other = seen.get(name);
    if (other && !(other.external && external)) {
      report.error(places.get(key)!, `${section}.${key} and ${section}.${other.key} are both called ${quoted(name)}`, {
        hint: 'give one of them another name',
      });
    } else seen.set(name, { key, external });
  }
}

/** Where each key of a section is. */
function placesOf({ whole }: StackContext, section: string): Map<string, At> {
  const found = child(whole, section);
  return new Map(found?.kind === 'mapping' ? [...found.entries].map(([key, { at }]) => [key, at]) : []);
}
