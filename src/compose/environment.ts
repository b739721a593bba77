// A service's environment and labels, with those from files.
import { type EnvText, parseEnv, parseRawEnv } from './env-text.ts';
import { Reader } from './read.ts';
import type { StackContext } from './stack-context.ts';
import type { Scalar, Value } from './tree.ts';

/** `NAME=value`, and a bare NAME for one that the image should not set; sorted, as Docker sends them. */
export function environmentOf(context: StackContext, service: Reader): string[] {
  const found = new Map<string, string | undefined>();
  for (const item of service.items('env_file')) {
    for (const [name, value] of fromFile(context, service, item)) found.set(name, value);
  }
  for (const [name, value] of service.pairs('environment')) found.set(name, givenValue(context, service, name, value));
  return [...found].map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).sort();
}

/** A name without a value has that of the environment. */
function givenValue(
  { variables, report }: StackContext,
  service: Reader,
  name: string,
  value: Scalar,
): string | undefined {
  if (value.value !== null) return service.said(value, `environment.${name}`);
  const own = variables.lookup(name);
  // An item of a list that is no NAME=VALUE may be a value.
  const whose = service.get('environment')?.kind === 'list' ? 'a name without a value' : name;
  if (own === undefined) report.warn(value, `environment: ${whose} is not set here: the service does not have it`);
  return own;
}

/** `label_file`, then `labels`. */
export function labelsOf(context: StackContext, service: Reader): Record<string, string> {
  const found: Record<string, string> = {};
  for (const item of service.items('label_file')) {
    for (const [name, value] of fromFile(context, service, item)) found[name] = value ?? '';
  }
  return { ...found, ...service.labels('labels') };
}

function fromFile(context: StackContext, service: Reader, item: Value): [string, string | undefined][] {
  const { files, report } = context;
  const reader = new Reader(item.kind === 'scalar' ? undefined : item, report, service.name('env_file'));
  const path = item.kind === 'scalar' ? item.text : reader.text('path');
  if (path === undefined) {
    report.error(item, 'env_file needs a path');
    return [];
  }
  const whole = files.resolve(item.folder, path);
  const text = files.read(whole)?.toString();
  if (text === undefined) {
    if (reader.boolean('required') !== false) report.error(item, `there is no file ${files.shown(whole)}`);
    return [];
  }
  const isRaw = reader.text('format') === 'raw';
  return values(context, isRaw ? parseRawEnv(text) : parseEnv(text), files.shown(whole));
}

const NO_VALUE = 'the line is a name without a value, and no variable of this name is set here';

function values({ report, variables }: StackContext, { lines, problems }: EnvText, file: string) {
  for (const { line, text } of problems) report.error({ file, line, column: 1 }, text);
  const different = lines.find(({ differs, value }) => differs && value !== undefined);
  if (different) {
    report.warn(
      { file, line: different.line, column: 1 },
      `${different.name} is read as Compose reads it; docker stack deploy keeps quotes and comments`,
    );
  }
  const found = new Map<string, string | undefined>();
  for (const { name, value, isLiteral, line } of lines) {
    const at = { file, line, column: 1 };
    const own = variables.lookup(name);
    // It may be a line of a key that was not quoted, so it is not told which name.
    if (value === undefined && own === undefined) report.warn(at, NO_VALUE, { hint: 'quote a value of several lines' });
    if (value === undefined) found.set(name, own);
    else found.set(name, isLiteral ? value : variables.replaceInFile(value, at, (asked) => found.get(asked)));
  }
  return [...found];
}
