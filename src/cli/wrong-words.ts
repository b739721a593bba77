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
export function wordsError(error: CommanderError, words: readonly string[]): UsageError {
  // A group alone (`belt swarm`): commander would print its help.
  if (error.code === 'commander.help') {
    return new UsageError(`belt${helpTopic(words)} needs a command after it`, {
      hint: `see: belt help${helpTopic(words)}`,
    });
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\(|\)$/g, '') ?? `see: belt help${helpTopic(words)}`;
  return new UsageError(message, { hint: hint.replace(/^Did/, 'did') });
}

/** The command that the words begin with, for `belt help …`. */
function helpTopic(words: readonly string[]): string {
  const [first] = words.filter((word) => !word.startsWith('-'));
  return first !== undefined && /^(create|ls|active|ip|docker|swarm|rm|trust|sandbox)$/.test(first) ? ` ${first}` : '';
}
