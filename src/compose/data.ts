// Configs and secrets: their contents, and the files that they become in a service's containers.

import { by, some } from './bodies.ts';
import type { At, DesiredData } from './desired.ts';
import { DATA_KEYS, REFERENCE_KEYS } from './known-keys.ts';
import { Reader } from './read.ts';
import { quoted, short } from './report.ts';
import type { FileTarget } from './spec.ts';
import { declarations, namedOf, type StackContext, stackLabels } from './stack-context.ts';
import type { Value } from './tree.ts';
import { checkKeys } from './unknown-keys.ts';
import { unsetWords } from './variables.ts';

export type DataKind = 'configs' | 'secrets';

/** Bytes that the swarm takes. */
const MOST: Readonly<Record<DataKind, number>> = { configs: 1_023_999, secrets: 511_999 };
const SOURCES = ['file', 'environment', 'content'];
const READABLE_BY_ALL = 0o444;

export function readData(context: StackContext, kind: DataKind): Map<string, DesiredData> {
  return new Map(declarations(context, kind).map(([key, value]) => [key, readOne(context, kind, key, value)]));
}

function readOne(context: StackContext, kind: DataKind, key: string, value: Value): DesiredData {
  const { report } = context;
  const reader = new Reader(value, report, `${kind}.${key}`);
  checkKeys(reader, DATA_KEYS);
  const { name, isNamed, external } = namedOf(context, reader, key);
  const driver = reader.text('driver');
  const options = reader.labels('driver_opts');
  const data = external || driver !== undefined ? undefined : contentOf(context, reader, kind, value.at);
  return some<DesiredData>({
    key,
    name,
    isNamed,
    external,
    data,
    driver:
      driver === undefined ? undefined : { Name: driver, ...(Object.keys(options).length > 0 && { Options: options }) },
    templateDriver: reader.text('template_driver'),
    labels: stackLabels(context, reader.labels('labels')),
    at: value.at,
  });
}

function contentOf(context: StackContext, reader: Reader, kind: DataKind, at: At): Buffer | undefined {
  const { report } = context;
  const sources = SOURCES.filter((source) => reader.has(source));
  const [source] = sources;
  const name = reader.name();
  if (source === undefined || sources.length > 1) {
    report.error(
      at,
      `${name} needs one of file, environment, content and external${source ? `, not ${sources.join(' and ')}` : ''}`,
    );
    return undefined;
  }
  const data = fromSource(context, reader, source);
  if (data === undefined) return undefined;
  const place = reader.get(source)!;
  if (data.length === 0) report.error(place, `${name} is empty, which the swarm does not take`);
  if (data.length > MOST[kind]) {
    report.error(place, `${name} has ${data.length} bytes; the swarm takes ${MOST[kind]}`);
  }
  return data;
}

function fromSource({ files, report, variables }: StackContext, reader: Reader, source: string): Buffer | undefined {
  const value = reader.get(source)!;
  const text = reader.text(source);
  if (text === undefined) return undefined;
  if (source === 'content') return Buffer.from(text);
  if (source === 'environment') {
    const found = variables.lookup(text);
    if (found === undefined) {
      const { text: words, hint } = unsetWords(text);
      report.error(value, words, { hint });
    }
    return found === undefined ? undefined : Buffer.from(found);
  }
  const path = files.resolve(value.folder, text);
  const data = files.read(path);
  if (data === undefined) report.error(value, `there is no file ${short(files.shown(path))}`);
  return data;
}

export interface Reference {
  key: string;
  data: DesiredData;
  file: FileTarget;
}

/** Those that a service names, in the order of their names in the swarm, as Docker sends them. */
export function referencesOf(service: Reader, kind: DataKind, declared: ReadonlyMap<string, DesiredData>): Reference[] {
  const found = service.items(kind).flatMap((item) => referenceOf(service, kind, item, declared) ?? []);
  return found.sort(by(({ data, file }) => `${data.name}\0${file.Name}`));
}

function referenceOf(
  { report }: Reader,
  kind: DataKind,
  item: Value,
  declared: ReadonlyMap<string, DesiredData>,
): Reference | undefined {
  const reader = new Reader(item.kind === 'scalar' ? undefined : item, report, kind);
  checkKeys(reader, REFERENCE_KEYS);
  const key = item.kind === 'scalar' ? item.text : reader.text('source');
  const data = declared.get(key ?? '');
  if (key === undefined || !data) {
    report.error(
      item,
      key === undefined ? `${kind} needs a source` : `${kind}: there is no ${kind.slice(0, -1)} ${quoted(key)}`,
    );
    return undefined;
  }
  const file = {
    Name: reader.text('target') ?? key,
    UID: reader.text('uid') ?? '0',
    GID: reader.text('gid') ?? '0',
    Mode: modeOf(reader) ?? READABLE_BY_ALL,
  };
  return { key, data, file };
}

/** `0440` is octal, with or without quotes; `440` is not, and is told. */
function modeOf(reader: Reader): number | undefined {
  const value = reader.get('mode');
  if (value?.kind !== 'scalar') return undefined;
  const written = value.written ?? value.text;
  if (/^0o?[0-7]+$/.test(written)) return Number.parseInt(written.replace('o', ''), 8);
  const mode = reader.integer('mode');
  if (mode !== undefined && /^[0-7]{3,4}$/.test(written)) {
    reader.report.warn(value, `${reader.name('mode')}: ${written} is decimal, and means 0${mode.toString(8)}`, {
      hint: `for the usual meaning write 0${written}`,
    });
  }
  return mode;
}
