// What every `inspect` prints: an indented JSON array, or a template an object; what was not found, at the end.

import { EngineError } from '../../errors.ts';
import { Failure } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import type { GoType } from './goTypes.ts';
import { compile, FieldFault, TemplateFault } from './template.ts';
import { goJson } from './values.ts';

export interface Inspection {
  names: string[];
  get: (name: string) => unknown;
  /** What to say of a name that is not found; the engine's words without it. */
  missing?: (name: string) => string;
  format: string | undefined;
  type: GoType;
}

/** Prints what was found and returns the exit code. */
export async function inspectAll(
  process: CliProcess,
  { names, get, missing, format, type }: Inspection,
): Promise<number> {
  const found: unknown[] = [];
  const faults: string[] = [];
  const print = printer(format, type);
  for (const name of names) {
    try {
      const thing = get(name);
      found.push(print === undefined ? thing : print(thing));
    } catch (error) {
      faults.push(faultText(error as Error, missing?.(name)));
    }
  }
  if (print !== undefined) await process.out(found.map((text) => `${text}\n`).join('') || '\n');
  else await process.out(`${goJson(found, format === 'json' ? undefined : 4)}\n`);
  if (faults.length > 0) throw new Failure(faults.join('\n'));
  return 0;
}

function printer(format: string | undefined, type: GoType): ((value: unknown) => string) | undefined {
  if (format === undefined || format === '' || format === 'json') return undefined;
  try {
    return compile(format, { type });
  } catch (error) {
    if (error instanceof TemplateFault) throw new Failure(`template parsing error: ${error.message}`);
    throw error;
  }
}

/** What is said of a thing that could not be had, or not be shown as asked. */
export function faultText(error: Error, missing: string | undefined): string {
  if (error instanceof FieldFault) return `template parsing error: ${error.message}`;
  if (missing !== undefined && error instanceof EngineError && error.status === 404) return missing;
  return `Error response from daemon: ${error.message}`;
}
