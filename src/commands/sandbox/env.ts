import type { Context } from '../../context.ts';
import { sandboxEnv as environment, findSandbox, SANDBOX_VARIABLES } from '../../sandbox/control.ts';
import { type NamedSandbox, sandboxFolder } from './place.ts';

/** `belt sandbox env` — shell words that point belt, or another DigitalOcean client, at the sandbox, and back. */
export async function sandboxEnv(context: Context, options: NamedSandbox & { unset?: boolean }): Promise<void> {
  // Also after the sandbox stopped: its words are still in the shell.
  if (options.unset) return context.out.line(`unset ${SANDBOX_VARIABLES.join(' ')}`);
  const variables = environment(findSandbox(sandboxFolder(context), options.name));
  if (context.out.json) return context.out.document(variables);
  const { quoteWord } = await import('../../quote.ts');
  context.out.lines(SANDBOX_VARIABLES.map((name) => `export ${name}=${quoteWord(variables[name])}`));
}
