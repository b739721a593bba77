import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { noSandbox, stopSandbox } from '../../sandbox/control.ts';
import { meantSandbox, type NamedSandbox, runningSandbox, sandboxFolder, tellKept } from './place.ts';

export default command({
  summary: 'stop the sandbox and remove all its droplets',
  options: { name: runningSandbox },
  examples: [['belt sandbox stop', '']],
  run: (context, _given, options) => sandboxStop(context, options),
});

/** `belt sandbox stop` — ends it and its droplets, and removes its folder, but for the user's descriptions of clusters. */
async function sandboxStop(context: Context, given: NamedSandbox): Promise<void> {
  const folder = sandboxFolder(context);
  const name = meantSandbox(context, given);
  const { running, kept } = await stopSandbox(folder, name);
  tellKept(context, kept);
  if (running) return context.out.line(`sandbox "${name}" stopped`);
  throw noSandbox(folder, name);
}
