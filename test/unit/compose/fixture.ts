// A stack from files that exist in a test alone.
import type { DesiredService, DesiredStack } from '../../../src/compose/desired.ts';
import { readStack, type StackOptions } from '../../../src/compose/stack.ts';

type Given = Partial<Omit<StackOptions, 'readFile'>>;

/** The files are in /shop; `compose.yaml` is read unless `options.files` says another. */
export function stackOf(files: Readonly<Record<string, string>> | string, options: Given = {}): DesiredStack {
  const all = typeof files === 'string' ? { 'compose.yaml': files } : files;
  const named = new Map(Object.entries(all).map(([name, text]) => [`/shop/${name}`, Buffer.from(text)]));
  return readStack({ files: [], environment: {}, cwd: '/shop', ...options, readFile: (path) => named.get(path) });
}

/** The findings as one line each. */
export const found = ({ findings }: DesiredStack): string[] =>
  findings.map(({ severity, service, text, hint, at }) => {
    const subject = service === undefined ? '' : `${service}: `;
    return `${severity} ${at.file}:${at.line}:${at.column} ${subject}${text}${hint === undefined ? '' : ` (${hint})`}`;
  });

export function service(stack: DesiredStack, name: string): DesiredService {
  const one = stack.services.find((each) => each.name === name);
  if (!one) throw new Error(`no service ${name}`);
  return one;
}

export const container = (stack: DesiredStack, name = 'web') => service(stack, name).spec.TaskTemplate.ContainerSpec;
