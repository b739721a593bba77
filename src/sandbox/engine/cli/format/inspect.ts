// What every `inspect` prints: an indented JSON array, or a template an object; what was not found, at the end.

import { Failure } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import { compile } from './template.ts';
import { goJson } from './values.ts';

export interface Inspection {
  names: string[];
  get: (name: string) => unknown;
  /** What to say of a name that is not found; the engine's words without it. */
  missing?: (name: string) => string;
  format: string | undefined;
}

/** Prints what was found and returns the exit code. */
export async function inspectAll(process: CliProcess, { names, get, missing, format }: Inspection): Promise<number> {
  const found: unknown[] = [];
  const faults: string[] = [];
  for (const name of names) {
    try {
      found.push(get(name));
    } catch (error) {
      faults.push(missing?.(name) ?? `Error response from daemon: ${(error as Error).message}`);
    }
  }
  if (format === undefined || format === '' || format === 'json') {
    await process.out(format === 'json' ? `${goJson(found)}\n` : `${goJson(found, 4)}\n`);
  } else {
    const print = compile(format);
    await process.out(found.map((item) => `${print(item)}\n`).join('') || (faults.length > 0 ? '\n' : ''));
  }
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return 0;
}
