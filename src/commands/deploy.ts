import { command, flag, type Values } from '../cli/command.ts';
import { composing, timeout, yes } from '../cli/options.ts';
import { openStack } from '../compose/open.ts';
import { tellFindings } from '../compose/tell.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { deploy } from '../stack/deploy.ts';
import { preparePush, unbuilt } from '../stack/push.ts';
import { rollBack } from '../stack/rollback.ts';

const options = {
  ...composing,
  plan: flag('only show what would change: exit code 0: nothing, 4: something'),
  push: flag('build what has build:, and put images that only this machine has on the nodes that may run them'),
  prune: flag('remove what is of the stack and no longer in the files'),
  rollback: flag('go back to what ran before the last deployment of the stack'),
  yes,
  detach: flag('do not wait until the services run', 'd'),
  timeout: timeout(600, 'give up on services that do not run by then'),
};

export default command({
  arguments: '[stack]',
  summary: 'deploy Compose files from here as a stack, and see it run',
  description:
    'Reads Compose files on this machine, shows what changes in the swarm, makes it so through a manager that answers, and ' +
    'waits until each service runs, has completed or cannot run: then it says why. Exit code 3: a service failed or was ' +
    'rolled back. The same files again change nothing. Configs and secrets are named by their content, so that a new ' +
    'content reaches the services that use it. Without -c it reads compose.yaml, docker-compose.yml or stack.yml here; ' +
    'the stack is named by the file, else by the folder.',
  options,
  examples: [
    ['belt deploy', 'the compose.yaml here'],
    ['belt deploy shop -c stack.yml -c stack.prod.yml', 'two files, merged'],
    ['belt deploy --push', 'what has build: built here, and put on the nodes without a registry'],
    ['belt deploy --plan', 'what would change'],
    ['belt deploy --rollback shop', 'the services that the last deployment changed, as they were'],
    ['belt deploy --prune --yes', 'in a script, after a service was taken out of the file'],
  ],
  run: (context, { stack }, options) => deployFiles(context, stack, options),
});

/** `belt deploy` — the stack that Compose files ask for. */
async function deployFiles(context: Context, name: string | undefined, given: Values<typeof options>): Promise<number> {
  if (given.rollback) {
    checkRollback(name, given);
    return rollBack(context, name ?? (await openStack(context, name, given)).name, given);
  }
  const { push: pushes, ...others } = given;
  const builds = pushes ? 'now' : given.plan ? 'later' : undefined;
  const wanted = await openStack(context, name, { ...given, builds });
  tellFindings(context.out, wanted, given);
  if (!pushes) return deploy(context, wanted, others);
  if (given.plan) return deploy(context, unbuilt(wanted), others);
  const { stack, push, close } = await preparePush(context, wanted);
  try {
    return await deploy(context, stack, { ...others, push });
  } finally {
    close();
  }
}

/** It reads files for nothing but the stack's name. @throws UsageError for options about them */
function checkRollback(name: string | undefined, given: Values<typeof options>): void {
  const naming = { '-c': given.composeFile, '--env-file': given.envFile, '--profile': given.profile };
  const pointless = [
    ...(given.prune ? ['--prune'] : []),
    ...(given.push ? ['--push'] : []),
    ...(given.strict ? ['--strict'] : []),
    ...(name === undefined ? [] : Object.entries(naming).flatMap(([word, values]) => (values?.length ? [word] : []))),
  ];
  if (pointless.length === 0) return;
  throw new UsageError(
    `--rollback cannot be used with ${pointless.join(', ')}: it goes back to what the swarm ran before`,
    {
      hint: `see what it would do: belt deploy --rollback --plan${name === undefined ? '' : ` ${quoteWord(name)}`}`,
    },
  );
}
