// A stack that is piped in is read by a docker on the node: its variables and files would be the node's. Pure.
import { parseAllDocuments } from 'yaml';
import type { Here } from './docker-files.ts';

export interface StackOfNode {
  /** Variables without a default, and those that have a value here. */
  variables: string[];
  /** Files and folders that it names. */
  files: string[];
}

/** What a stack's text would read from the node; nothing if it is not YAML, which docker reports itself. */
export function stackOfNode(text: string, here: Pick<Here, 'isSet'>): StackOfNode {
  const documents = parseAllDocuments(text);
  const found: StackOfNode = { variables: [], files: [] };
  if (!Array.isArray(documents)) return found;
  for (const document of documents) {
    if (document.errors.length > 0) return { variables: [], files: [] };
    const stack = contentOf(document);
    found.variables.push(...texts(stack).flatMap((each) => variablesIn(each, here)));
    found.files.push(...filesIn(stack));
  }
  return { variables: [...new Set(found.variables)], files: [...new Set(found.files)] };
}

function contentOf(document: { toJS(options: { maxAliasCount: number }): unknown }): unknown {
  try {
    return document.toJS({ maxAliasCount: 1_000 });
  } catch {
    return undefined;
  }
}

/** Every text among the values: docker looks for variables neither in keys nor in comments. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(texts);
}

const VARIABLE = /\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)(?:(:?[-?+])|\}))/gi;

function variablesIn(text: string, { isSet }: Pick<Here, 'isSet'>): string[] {
  return [...text.matchAll(VARIABLE)].flatMap(([, escaped, plain, braced, fallback]) => {
    const name = plain ?? braced;
    if (escaped !== undefined || name === undefined) return [];
    // If it has no value here either, the default or docker's own error is what is meant.
    return fallback === undefined || isSet(name) ? [name] : [];
  });
}

type Fields = Record<string, unknown>;

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const isText = (value: unknown): value is string => typeof value === 'string';

function filesIn(stack: unknown): string[] {
  const { services, configs, secrets } = fieldsOf(stack);
  const kept = [configs, secrets].flatMap((group) =>
    Object.values(fieldsOf(group)).map((each) => fieldsOf(each)['file']),
  );
  const read = Object.values(fieldsOf(services)).flatMap((service) => {
    const { env_file, volumes } = fieldsOf(service);
    const env = listOf(env_file).map((file) => (isText(file) ? file : fieldsOf(file)['path']));
    return [...env, ...listOf(volumes).map(boundFolder)];
  });
  return [...kept, ...read].filter(isText);
}

/** The folder of a bind mount whose path is relative to the stack. */
function boundFolder(volume: unknown): string | undefined {
  const { type, source } = fieldsOf(volume);
  const folder = isText(volume) && volume.includes(':') ? volume.split(':')[0] : type === 'bind' ? source : undefined;
  return isText(folder) && /^(\.\.?|~)(\/|$)/.test(folder) ? folder : undefined;
}
