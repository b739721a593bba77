import type { Context } from '../../context.ts';
import { cleanSandboxes } from '../../sandbox/control.ts';
import { sandboxFolder } from './place.ts';

/** `belt sandbox clean` — takes away what sandboxes left that were killed. */
export async function sandboxClean(context: Context): Promise<void> {
  const cleaned = await cleanSandboxes(sandboxFolder(context));
  if (context.out.json) return context.out.document(cleaned);
  if (cleaned.length === 0) return context.out.line('nothing is left behind');
  context.out.lines(cleaned.map((name) => `sandbox "${name}": what it left is gone`));
}
