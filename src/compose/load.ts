// Several Compose files, those that they include, and services that others extend → one tree.
import { dirname } from 'node:path';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import type { Files } from './files.ts';
import { merge, nothing, plain } from './merge.ts';
import { quoted, type Report } from './report.ts';
import { readSource } from './source.ts';
import { child, type Entry, isNull, type Mapping, type Scalar, type Value, withEntries } from './tree.ts';
import type { Variables } from './variables.ts';

export interface Loading {
  files: Files;
  report: Report;
  /** Undefined: dollar signs are text. */
  variables: Variables | undefined;
}

const SECTIONS = ['services', 'networks', 'volumes', 'configs', 'secrets'];
const TOP = [...SECTIONS, 'name', 'version', 'include', 'models'];

/** Large stacks have tens of each; what goes beyond would hold belt up for as long as somebody likes. */
const MOST_INCLUDED = 100;
const MOST_SERVICES = 1000;
const MOST_EXTENDS = 50;

/** With what was read before: many files may include, or extend, the same. */
interface LoadingOn extends Loading {
  /** The files of variables that count here, as a part of keys. */
  scope: readonly string[];
  /** By scope, folder and path. */
  read: Map<string, Mapping>;
  included: Map<string, Mapping>;
  extended: Map<Mapping, Map<string, Extended>>;
}

interface Extended {
  value: Value;
  /** How many services it extends, one through the other. */
  depth: number;
}

/**
 * Absolute paths, one over the other; relative paths in all of them count from `folder`.
 * @throws UsageError for a file that is not YAML, and for more files or services than belt will read
 */
export const loadFiles = (loading: Loading, paths: readonly string[], folder: string): Mapping =>
  loadOn({ ...loading, scope: [], read: new Map(), included: new Map(), extended: new Map() }, paths, folder, []);

function loadOn(loading: LoadingOn, paths: readonly string[], folder: string, includedBy: readonly string[]): Mapping {
  const shown = loading.files.shown(paths[0]!);
  let merged: Value = nothing({ file: shown, line: 1, column: 1 }, folder);
  for (const path of paths) merged = merge(merged, readFile(loading, path, folder));
  const whole = withIncluded(loading, merged as Mapping, [...includedBy, ...paths]);
  return extended(loading, whole, paths[0]!);
}

function readFile(loading: LoadingOn, path: string, folder: string): Mapping {
  const key = JSON.stringify([loading.scope, folder, path]);
  const found = loading.read.get(key) ?? readNew(loading, path, folder);
  loading.read.set(key, found);
  return found;
}

function readNew({ files, report, variables }: Loading, path: string, folder: string): Mapping {
  const shown = files.shown(path);
  const empty = nothing({ file: shown, line: 1, column: 1 }, folder);
  const content = files.read(path);
  if (content === undefined) {
    report.error(empty, 'there is no such file');
    return empty;
  }
  const value = readSource({ text: content.toString('utf8'), shown, folder, variables });
  if (isNull(value)) return empty;
  if (value.kind !== 'mapping') {
    report.error(value, 'a Compose file is a mapping with the key "services"');
    return empty;
  }
  return checkedTop(value, report);
}

/** Without sections that are no mappings. */
function checkedTop(file: Mapping, report: Report): Mapping {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of file.entries) {
    const isSection = SECTIONS.includes(key);
    if (!TOP.includes(key)) {
      const [near] = nearest(key, TOP, { most: 1 });
      report.error(entry.at, `unknown key ${quoted(key)}${near === undefined ? '' : ` (did you mean "${near}"?)`}`);
    } else if (isSection && !isNull(entry.value) && entry.value.kind !== 'mapping') {
      report.error(entry.value, `${key} must be a mapping of names`);
    } else if (!isSection || !isNull(entry.value)) entries.set(key, entry);
  }
  return withEntries(file, entries);
}

/** `include` brings the resources of other files in; what is in both must be the same. */
function withIncluded(loading: LoadingOn, file: Mapping, includedBy: readonly string[]): Mapping {
  const include = child(file, 'include');
  if (include === undefined || isNull(include)) return file;
  if (include.kind !== 'list') {
    loading.report.error(include, 'include must be a list of files');
    return file;
  }
  let whole: Mapping = file;
  for (const item of include.items) {
    const part = loadIncluded(loading, item, includedBy);
    if (part) whole = joined(whole, part, loading.report);
  }
  return whole;
}

function loadIncluded(loading: LoadingOn, item: Value, includedBy: readonly string[]): Mapping | undefined {
  const { files, report, variables } = loading;
  const listed = texts(item.kind === 'mapping' ? child(item, 'path') : item);
  const [first] = listed;
  if (loading.included.size >= MOST_INCLUDED || listed.length > MOST_INCLUDED) {
    tooMany(item, `over ${MOST_INCLUDED} files are included`);
  }
  if (first === undefined) {
    report.error(item, 'an include needs the path of a file');
    return undefined;
  }
  const paths = listed.map(({ folder, text }) => files.resolve(folder, text));
  const again = paths.find((path) => includedBy.includes(path));
  if (again !== undefined) {
    report.error(item, `${files.shown(again)} includes itself`);
    return undefined;
  }
  const missing = listed.find((_, n) => files.read(paths[n]!) === undefined);
  if (missing) {
    report.error(missing, `there is no file ${files.shown(files.resolve(missing.folder, missing.text))}`);
    return undefined;
  }
  const [own] = texts(child(item, 'project_directory'));
  const folder = own ? files.resolve(own.folder, own.text) : dirname(paths[0]!);
  const given = texts(child(item, 'env_file')).map((one) => files.resolve(one.folder, one.text));
  const envFiles = given.length > 0 ? given : [files.resolve(folder, '.env')].filter((path) => files.read(path));
  const scope = [...loading.scope, ...envFiles];
  const key = JSON.stringify([scope, folder, paths]);
  const before = loading.included.get(key);
  if (before) return before;
  const inner = envFiles.reduce((outer, path) => outer?.with(files, path), variables);
  const found = loadOn({ ...loading, scope, variables: inner }, paths, folder, includedBy);
  loading.included.set(key, found);
  return found;
}

/** @throws UsageError */
function tooMany({ at }: Value, what: string): never {
  throw new UsageError(`${at.file}:${at.line}:${at.column}: ${what}, which is more than belt will read`);
}

const texts = (value: Value | undefined): Scalar[] => {
  const all = value?.kind === 'list' ? value.items : value === undefined ? [] : [value];
  return all.filter((one): one is Scalar => one.kind === 'scalar' && one.text !== '');
};

function joined(file: Mapping, part: Mapping, report: Report): Mapping {
  const entries = new Map(file.entries);
  for (const section of SECTIONS) {
    const [mine, theirs] = [child(file, section), child(part, section)];
    if (theirs?.kind !== 'mapping') continue;
    const all = new Map(mine?.kind === 'mapping' ? mine.entries : []);
    for (const [name, entry] of theirs.entries) {
      const own = all.get(name);
      if (own && own.value !== entry.value && JSON.stringify(plain(own.value)) !== JSON.stringify(plain(entry.value))) {
        const { file: other, line } = entry.at;
        report.error(own.at, `${section}.${name} is also in ${other}:${line}, which is included, and differs`);
      } else all.set(name, entry);
    }
    entries.set(section, { at: theirs.at, value: withEntries(theirs, all) });
  }
  return withEntries(file, entries);
}

/** Each service with what it extends. */
function extended(loading: LoadingOn, file: Mapping, path: string): Mapping {
  const services = child(file, 'services');
  if (services?.kind !== 'mapping') return file;
  if (services.entries.size > MOST_SERVICES) tooMany(services, `${services.entries.size} services`);
  const entries = new Map<string, Entry>();
  for (const [name, { at, value }] of services.entries) {
    entries.set(name, { at, value: extendedService(loading, { services, path, name }, value, []).value });
  }
  const whole = { at: services.at, value: withEntries(services, entries) };
  return withEntries(file, new Map([...file.entries, ['services', whole]]));
}

interface Extending {
  services: Mapping;
  /** Of the file that the service is in. */
  path: string;
  name: string;
}

function extendedService(loading: LoadingOn, from: Extending, service: Value, before: readonly string[]): Extended {
  const known = loading.extended.get(from.services) ?? new Map<string, Extended>();
  const extend = child(service, 'extends');
  const depth = before.length + (known.get(from.name)?.depth ?? 0);
  if (depth > MOST_EXTENDS) tooMany(extend ?? service, `extends goes through over ${MOST_EXTENDS} services`);
  const found = known.get(from.name) ?? withBase(loading, from, service, before);
  loading.extended.set(from.services, known.set(from.name, found));
  return found;
}

function withBase(loading: LoadingOn, from: Extending, service: Value, before: readonly string[]): Extended {
  const extend = child(service, 'extends');
  if (service.kind !== 'mapping' || extend === undefined) return { value: service, depth: 0 };
  const own = withEntries(service, new Map([...service.entries].filter(([key]) => key !== 'extends')));
  const id = `${from.path}\0${from.name}`;
  const base = before.includes(id) ? undefined : baseOf(loading, from, extend);
  if (before.includes(id)) loading.report.error(extend, `${from.name} extends itself`);
  if (!base) return { value: own, depth: 0 };
  const found = extendedService(loading, base.from, base.service, [...before, id]);
  return { value: merge(found.value, own, ['services', from.name]), depth: found.depth + 1 };
}

function baseOf(loading: LoadingOn, from: Extending, extend: Value): { from: Extending; service: Value } | undefined {
  const { files, report } = loading;
  const [name] = texts(extend.kind === 'mapping' ? child(extend, 'service') : extend);
  const [file] = texts(child(extend, 'file'));
  if (!name) {
    report.error(extend, 'extends needs the name of a service');
    return undefined;
  }
  const path = file ? files.resolve(file.folder, file.text) : from.path;
  if (file && files.read(path) === undefined) {
    report.error(file, `there is no file ${files.shown(path)}`);
    return undefined;
  }
  const services =
    file && path !== from.path ? child(readFile(loading, path, dirname(path)), 'services') : from.services;
  const service = child(services, name.text);
  if (services?.kind !== 'mapping' || service === undefined) {
    report.error(name, `there is no service ${quoted(name.text)} to extend${file ? ` in ${files.shown(path)}` : ''}`);
    return undefined;
  }
  return { from: { services, path, name: name.text }, service };
}
