import type { Context } from '../../context.ts';
import { noSandbox, stopSandbox } from '../../sandbox/control.ts';
import { type NamedSandbox, sandboxFolder, tellKept } from './place.ts';

/** `belt sandbox stop` — ends it and its droplets, and removes its folder, but for the user's descriptions of clusters. */
export async function sandboxStop(context: Context, { name }: NamedSandbox): Promise<void> {
  const folder = sandboxFolder(context);
  const { running, kept } = await stopSandbox(folder, name);
  tellKept(context, kept);
  if (running) return context.out.line(`sandbox "${name}" stopped`);
  throw noSandbox(folder, name);
}
