// Words that no command has.
import type { Command, CommanderError } from 'commander';
import { UsageError } from '../errors.ts';

/** The command that the words name. @throws UsageError when there is none */
export async function commandNamed(program: Command, words: readonly string[]): Promise<Command> {
  let found = program;
  for (const word of words) {
    const next = found.commands.find((command) => command.name() === word);
    if (!next) {
      const { nearest } = await import('../patterns/index.ts');
      const near = nearest(
        word,
        found.commands.map((command) => command.name()),
      );
      const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'see: belt help';
      throw new UsageError(`unknown command '${words.join(' ')}'`, { hint });
    }
    found = next;
  }
  return found;
}

/** commander's words for wrong words, as one of belt's errors. */
export function wordsError(error: CommanderError, program: Command, words: readonly string[]): UsageError {
  const named = topic(program, words);
  const belt = ['belt', ...named].join(' ');
  const see = `see: ${['belt help', ...named].join(' ')}`;
  // A group alone (`belt swarm`): commander would print its help.
  if (error.code === 'commander.help') return new UsageError(`${belt} needs a command after it`, { hint: see });
  if (error.code === 'commander.missingArgument') {
    const [argument] = /(?<=')[^']+(?=')/.exec(error.message) ?? [];
    return new UsageError(`${belt} needs a ${argument}`, { hint: see });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\(|\)$/g, '') ?? see;
  return new UsageError(message, { hint: hint.replace(/^Did/, 'did') });
}

/** The command that the words begin with, for `belt help …`. */
function topic(program: Command, words: readonly string[]): string[] {
  const names: string[] = [];
  let at = program;
  for (const word of words.filter((each) => !each.startsWith('-'))) {
    const next = at.commands.find((command) => command.name() === word);
    if (!next) break;
    names.push(word);
    at = next;
  }
  return names;
}
