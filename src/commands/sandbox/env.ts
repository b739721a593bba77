import type { Context } from '../../context.ts';
import { sandboxEnv as environment, findSandbox, SANDBOX_VARIABLES } from '../../sandbox/control.ts';
import { type NamedSandbox, sandboxFolder } from './place.ts';
import { type Shell, setLines, unsetLines } from './shell-words.ts';

export interface SandboxEnvOptions extends NamedSandbox {
  unset?: boolean;
  shell?: Shell;
}

/** `belt sandbox env` — shell words that point belt, or another DigitalOcean client, at the sandbox, and back. */
export async function sandboxEnv(context: Context, { name, unset, shell }: SandboxEnvOptions): Promise<void> {
  const { out, env } = context;
  if (shell === undefined && !out.json && /(^|\/)fish$/.test(env['SHELL'] ?? '')) {
    out.note('these lines are for sh, bash and zsh; for fish: belt sandbox env --shell fish | source');
  }
  // Also after the sandbox stopped: its words are still in the shell.
  if (unset) return out.lines(unsetLines(SANDBOX_VARIABLES, shell ?? 'sh'));
  const variables = environment(findSandbox(sandboxFolder(context), name));
  if (out.json) return out.document(variables);
  out.lines(setLines(variables, shell ?? 'sh'));
}
