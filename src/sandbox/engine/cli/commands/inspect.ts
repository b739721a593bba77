// `docker node inspect` and `docker service inspect`: JSON, a template, or words for people.
import type { Engine } from '../../model/engine.ts';
import { inspectAll } from '../format/inspect.ts';
import { atLeast, type Command, Failure, flag, text } from '../framework/command.ts';

interface Inspected {
  usage: string;
  summary: string;
  get: (engine: Engine, name: string) => unknown;
  /** What is said of one that is not there, where that is not the engine's own word. */
  missing?: (name: string) => string;
  pretty: (engine: Engine, name: string) => string;
}

export const inspectCommand = (path: string, { usage, summary, get, missing, pretty }: Inspected): Command => ({
  path,
  usage,
  summary,
  options: [
    text('format', "'json', or a Go template", 'f'),
    flag('pretty', 'Print the information in a human friendly format'),
  ],
  arity: atLeast(1),
  async run({ engine, process, values, args }) {
    if (!values.is('pretty')) {
      return await inspectAll(process, {
        names: args,
        get: (name) => get(engine, name),
        ...(missing && { missing }),
        format: values.text('format'),
      });
    }
    if (values.has('format')) throw new Failure('--format is incompatible with human friendly format');
    for (const name of args) await process.out(pretty(engine, name));
    return 0;
  },
});
