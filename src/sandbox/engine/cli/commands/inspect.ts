// `docker node inspect` and `docker service inspect`: JSON, a template, or words for people.

import { EngineError } from '../../errors.ts';
import type { Engine } from '../../model/engine.ts';
import type { GoType } from '../format/goTypes.ts';
import { faultText, inspectAll } from '../format/inspect.ts';
import { atLeast, type Command, Failure } from '../framework/command.ts';
import { told } from '../framework/told.ts';

interface Inspected {
  get: (engine: Engine, name: string) => unknown;
  /** What is said of one that is not there, where that is not the engine's own word. */
  missing?: (name: string) => string;
  pretty: (engine: Engine, name: string) => string;
  type: GoType;
  /** What is said of `--format 'pretty …'`. */
  refusal: string;
}

export const inspectCommand = (path: string, { get, missing, pretty, type, refusal }: Inspected): Command => ({
  ...told(path),
  arity: atLeast(1),
  async run({ engine, process, values, args }) {
    const format = values.text('format');
    if (!values.is('pretty') && format !== 'pretty') {
      if (format?.startsWith('pretty')) throw new Failure(refusal);
      const how = { names: args, get: (name: string) => get(engine, name), format, type };
      return await inspectAll(process, { ...how, ...(missing && { missing }) });
    }
    const texts: string[] = [];
    const faults: string[] = [];
    for (const name of args) {
      try {
        texts.push(pretty(engine, name));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        faults.push(faultText(error, missing?.(name)));
      }
    }
    if (faults.length > 0) throw new Failure(faults.join('\n'));
    await process.out(texts.join(''));
    return 0;
  },
});
