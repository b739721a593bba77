import { ageOf } from '../../age.ts';
import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { withManager } from '../../stack/manager.ts';
import { observeSwarm } from '../../stack/observe.ts';
import { stacksOf } from '../../stack/overview.ts';

export default command({
  summary: 'list the stacks of the swarm',
  description:
    'Lists the stacks of the swarm, as a manager that answers tells it: their services, how many of their tasks run ' +
    'and are to run, and who last deployed them when. A stack without services is one of which parts were left behind.',
  examples: [
    ['belt stack ls', ''],
    ['belt stack ls -q', 'their names'],
  ],
  run: stackLs,
});

/** `belt stack ls` — the stacks of the swarm. */
async function stackLs(context: Context): Promise<void> {
  const { out, clock } = context;
  const stacks = await withManager(context, async (engine) => stacksOf(await observeSwarm(engine, { status: true })));
  if (out.json) return out.document(stacks);
  if (out.quiet) return out.lines(stacks.map(({ name }) => name));
  if (stacks.length === 0) return out.note('the swarm has no stack yet; deploy one: belt deploy');
  const rows = stacks.map(({ name, services, running, desired, deployed, by }) => {
    const age = ageOf(deployed, clock.now());
    return [name, String(services), `${running}/${desired}`, by === undefined ? '' : `${age} ago, by ${by}`];
  });
  out.table(['Stack', 'Services', 'Running', 'Deployed'], rows, { cut: ['Stack'] });
}
