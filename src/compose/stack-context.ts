// What the readers of a stack's parts have at hand.
import type { DesiredData, DesiredNetwork } from './desired.ts';
import type { Files } from './files.ts';
import { Reader } from './read.ts';
import type { Report } from './report.ts';
import { NAMESPACE } from './stack-name.ts';
import { child, type Value } from './tree.ts';
import type { Variables } from './variables.ts';

/** What has `build:` is built before the stack is deployed; `later`: nothing is deployed now, and whoever does that may have it built. */
export type Builds = 'now' | 'later';

export interface StackContext {
  /** The stack's name. */
  name: string;
  files: Files;
  report: Report;
  variables: Variables;
  /** The whole of the files. */
  whole: Value;
  builds: Builds | undefined;
}

/** What services refer to, by its key. */
export interface Declared {
  networks: ReadonlyMap<string, DesiredNetwork>;
  volumes: ReadonlyMap<string, DeclaredVolume>;
  configs: ReadonlyMap<string, DesiredData>;
  secrets: ReadonlyMap<string, DesiredData>;
}

export interface DeclaredVolume {
  name: string;
  external: boolean;
  labels: Record<string, string>;
  driver: { Name?: string; Options?: Record<string, string> } | undefined;
}

export const scoped = ({ name }: StackContext, key: string): string => `${name}_${key}`;

export const stackLabels = ({ name }: StackContext, labels: Record<string, string>): Record<string, string> => ({
  ...labels,
  [NAMESPACE]: name,
});

interface Named {
  name: string;
  isNamed: boolean;
  external: boolean;
}

/** `name` and `external`, which all kinds of resources have. */
export function namedOf(context: StackContext, reader: Reader, key: string): Named {
  const outer = reader.get('external');
  // The old form: external: {name: …}
  const old =
    outer?.kind === 'mapping' ? new Reader(outer, context.report, reader.name('external')).text('name') : undefined;
  const external = outer?.kind === 'mapping' ? true : reader.boolean('external') === true;
  const given = reader.text('name') ?? old;
  return { name: given ?? (external ? key : scoped(context, key)), isNamed: given !== undefined, external };
}

/** The declarations of one kind: their keys and values, those with nothing in them as well. */
export function declarations({ whole }: StackContext, section: string): [string, Value][] {
  const found = child(whole, section);
  return found?.kind === 'mapping' ? [...found.entries].map(([key, { value }]) => [key, value]) : [];
}
