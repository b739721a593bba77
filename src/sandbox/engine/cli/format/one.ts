// `--format` of a command that prints one thing.

import { Failure } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import type { GoType } from './goTypes.ts';
import { compile, FieldFault, TemplateFault } from './template.ts';
import { goJson } from './values.ts';

interface Wanted {
  format: string;
  /** The template's name in its errors. */
  name?: string;
  type: GoType;
}

/** Prints the value as asked. The line ends even where the template does not get to its end. */
export async function templateText(process: CliProcess, value: unknown, { format, ...rest }: Wanted): Promise<void> {
  try {
    const text = format === 'json' ? goJson(value) : compile(format, rest)(value);
    await process.out(`${text}\n`);
  } catch (error) {
    if (error instanceof TemplateFault) throw new Failure(`template parsing error: ${error.message}`, 64);
    if (!(error instanceof FieldFault)) throw error;
    await process.out('\n');
    throw new Failure(error.message);
  }
}
