import { command, type Values } from '../../cli/command.ts';
import { composing } from '../../cli/options.ts';
import { openStack } from '../../compose/open.ts';
import { printable } from '../../compose/print.ts';
import { tellFindings } from '../../compose/tell.ts';
import type { Context } from '../../context.ts';

export default command({
  arguments: '[stack]',
  summary: 'check Compose files and print the stack that they ask for',
  description:
    'Reads Compose files on this machine as the Compose specification has them (several merged, .env, include, ' +
    'extends, profiles), and prints what a swarm would be asked for: the specs of the services, networks, configs and ' +
    'secrets without their contents. What is wrong, what means something else in a swarm and what Swarm does not ' +
    'support is told with file, line and column. It asks no node and no account. ' +
    'Without -c it reads compose.yaml, docker-compose.yml or stack.yml here.',
  options: composing,
  examples: [
    ['belt stack config', 'the compose.yaml here'],
    ['belt stack config -c stack.yml -c stack.prod.yml --env-file prod.env shop', ''],
    ['belt stack config --strict -q > /dev/null', 'for a check: exit code 2 for what is wrong or left out'],
  ],
  run: (context, { stack }, options) => stackConfig(context, stack, options),
});

/** `belt stack config` — the stack that Compose files ask for. */
async function stackConfig(
  context: Context,
  name: string | undefined,
  options: Values<typeof composing>,
): Promise<void> {
  const stack = await openStack(context, name, { ...options, builds: 'later' });
  const { out } = context;
  tellFindings(out, stack, options);
  if (out.json) return out.document({ ...printable(stack), findings: stack.findings });
  const { stringify } = await import('yaml');
  out.lines(stringify(printable(stack), { aliasDuplicateObjects: false }).trimEnd().split('\n'));
}
