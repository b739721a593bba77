import { command, flag, type Values } from '../../cli/command.ts';
import { composing } from '../../cli/options.ts';
import { openStack } from '../../compose/open.ts';
import { tellFindings } from '../../compose/tell.ts';
import type { Context } from '../../context.ts';
import { deploy } from '../../stack/deploy.ts';

const options = {
  ...composing,
  prune: flag('with what deploy --prune would remove'),
  values: flag('the values of variables, commands and labels too, which may be secret'),
};

export default command({
  arguments: '[stack]',
  summary: 'show what a deployment of Compose files would change, field by field',
  description:
    'Compares what Compose files ask for with what the swarm runs, as `belt deploy` with the same files would, and ' +
    'shows each field that would change: as it is → as it would be. It changes nothing. ' +
    'Exit code 0: nothing differs, 4: something does.',
  options,
  examples: [
    ['belt stack diff', 'the compose.yaml here'],
    ['belt stack diff shop -c stack.yml --json', 'for a program'],
  ],
  run: (context, { stack }, options) => stackDiff(context, stack, options),
});

/** `belt stack diff` — what a deployment would change, field by field. */
async function stackDiff(
  context: Context,
  name: string | undefined,
  { values = false, ...given }: Values<typeof options>,
): Promise<number> {
  const wanted = await openStack(context, name, { ...given, builds: 'later' });
  tellFindings(context.out, wanted, given);
  return deploy(context, wanted, { prune: given.prune, plan: true, diff: { values }, timeout: 0 });
}
