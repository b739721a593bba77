import { command, flag, oneOf, type Values } from '../../cli/command.ts';
import { sandboxName } from '../../cli/options.ts';
import type { Context } from '../../context.ts';
import { sandboxEnv as environment, findSandbox, SANDBOX_VARIABLES } from '../../sandbox/control.ts';
import { shellOf } from '../../shell.ts';
import { sandboxFolder } from './place.ts';
import { setLines, unsetLines } from './shell-words.ts';

const options = {
  name: sandboxName,
  unset: flag('print shell lines that restore the previous variables'),
  shell: oneOf(
    '<name>',
    ['sh', 'fish'],
    'whose lines (sh is for bash and zsh too); by default those of the shell that asks',
  ),
};

export type SandboxEnvOptions = Values<typeof options>;

export default command({
  summary: 'print shell lines that point belt (or doctl, Terraform …) at it',
  options,
  examples: [
    ['eval "$(belt sandbox env)"', ''],
    ['eval "$(belt sandbox env --unset)"', 'back to the real account'],
    ['belt sandbox env | source', 'the same in fish'],
  ],
  run: (context, _given, options) => sandboxEnv(context, options),
});

/** `belt sandbox env` — shell words that point belt, or another DigitalOcean client, at the sandbox, and back. */
async function sandboxEnv(context: Context, { name, unset, shell }: SandboxEnvOptions): Promise<void> {
  const { out } = context;
  const reader = shell ?? (shellOf(context) === 'fish' ? 'fish' : 'sh');
  // Also after the sandbox stopped: its words are still in the shell.
  if (unset) return out.lines(unsetLines(SANDBOX_VARIABLES, reader));
  const variables = environment(findSandbox(sandboxFolder(context), name));
  if (out.json) return out.document(variables);
  out.lines(setLines(variables, reader));
}
