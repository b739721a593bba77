// From the words of a command line to its exit code.
import { below, find, isCommand } from './cli/find.ts';
import type { Context, Edges } from './context.ts';
import { UsageError } from './errors.ts';

/** Runs the words and gives the exit code. @throws BeltError */
export async function runCli(words: readonly string[], edges: Edges): Promise<number> {
  if (words[0] === '__complete') return complete(words.slice(1), edges);
  const { names, read } = await find(words);
  const help = async (topic: readonly string[]): Promise<number> => {
    edges.stdout.write(await (await import('./cli/help.ts')).page(topic));
    return 0;
  };
  if (names[0] === 'help') return await help(await topicOf(words.slice(read)));
  if (words.length === 0) {
    edges.stdout.write(await (await import('./cli/help.ts')).firstPage());
    return 0;
  }
  const asksForHelp = ['-h', '--help'].includes(words[read] ?? '');
  if (asksForHelp && !isCommand(names)) return await help(names);
  const { parse } = await import('./cli/parse.ts');
  let wrote = false;
  const parsed = await parse(words, names, (text) => {
    wrote = true;
    edges.stdout.write(text);
  });
  if (!parsed) return wrote ? 0 : await help(names);
  const { createContext } = await import('./context.ts');
  const options = parsed.command.ownConnections ? { ...parsed.globals, keep: false as const } : parsed.globals;
  const context: Context = await createContext(edges, options);
  return (await parsed.command.run(context, parsed.given, parsed.options)) ?? 0;
}

/** The build has an entry point of its own for it, which starts sooner. */
async function complete(words: readonly string[], edges: Edges): Promise<number> {
  const [{ answer }, { declaredCommands }] = await Promise.all([
    import('./cli/complete/answer.ts'),
    import('./cli/complete/declared.ts'),
  ]);
  edges.stdout.write(await answer(words, await declaredCommands(), edges));
  return 0;
}

/** What `belt help` is asked about. @throws UsageError when there is no such command */
async function topicOf(words: readonly string[]): Promise<string[]> {
  const topic = words.filter((word) => !word.startsWith('-'));
  const { names, read } = await find(topic);
  if (names[0] === 'help') return [];
  if (read === topic.length) return names;
  throw new UsageError(`unknown command '${topic.join(' ')}'`, {
    hint: below(names).length > 0 ? `see: belt help ${names.join(' ')}` : 'see: belt help',
  });
}
