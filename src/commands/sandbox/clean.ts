import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { cleanSandboxes } from '../../sandbox/control.ts';
import { sandboxFolder, tellKept } from './place.ts';

export default command({
  summary: 'remove what killed sandboxes left behind',
  examples: [['belt sandbox clean', '']],
  run: sandboxClean,
});

/** `belt sandbox clean` — removes what killed sandboxes left. */
async function sandboxClean(context: Context): Promise<void> {
  const cleaned = await cleanSandboxes(sandboxFolder(context));
  for (const { kept } of cleaned) tellKept(context, kept);
  if (context.out.json) return context.out.document(cleaned.map(({ name }) => name));
  if (cleaned.length === 0) return context.out.line('nothing to clean up');
  context.out.lines(cleaned.map(({ name }) => `sandbox "${name}": leftovers removed`));
}
