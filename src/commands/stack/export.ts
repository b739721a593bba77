import { command, flag, type Values } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { exportStack } from '../../stack/export.ts';
import { withManager } from '../../stack/manager.ts';
import { noStack, observe, servicesOf } from '../../stack/observe.ts';

const options = {
  digests: flag('images with the digest that runs, not as their file named them'),
};

export default command({
  arguments: '<stack>',
  summary: 'print a Compose file of a stack as it runs',
  description:
    'Prints a Compose file of what runs, which `belt deploy` takes without a change. The contents of configs and the values of ' +
    'environment variables are in it, secret ones too; secrets, which Swarm does not give back, are external. The file is read ' +
    'again and compared with the swarm; what it cannot say is told, in its comments too. What Swarm does not keep is not ' +
    'in it: build, depends_on, profiles, and the subnets of networks. With --digests a deployment into this swarm changes the ' +
    'names of the images.',
  options,
  examples: [
    ['belt stack export shop > shop.yml', 'then: belt deploy -c shop.yml --plan'],
    ['belt stack export shop --digests', 'for another swarm, with the very same images'],
  ],
  run: (context, { stack }, options) => stackExport(context, stack, options),
});

/** `belt stack export` — a Compose file of what runs. */
async function stackExport(
  context: Context,
  stack: string,
  { digests = false }: Values<typeof options>,
): Promise<void> {
  const { out, clock } = context;
  const existing = await withManager(context, (engine) => observe(engine, stack));
  if (servicesOf(existing, stack).length === 0) throw noStack(stack);
  const { toYaml } = await import('../../stack/export-yaml.ts');
  const { file, text, notes } = exportStack(stack, existing, { digests, nowMs: clock.now(), stringify: toYaml });
  for (const note of notes) out.warn(note);
  if (out.json) return out.document({ file, notes });
  const comments = [
    `# ${stack} as it ran at ${new Date(clock.now()).toISOString()}`,
    ...notes.map((note) => `# ${note}`),
  ];
  // Blank lines at the end may be a content's own.
  out.lines([...comments, ...text.replace(/\n$/, '').split('\n')]);
}
