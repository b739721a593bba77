import type { Context } from '../../context.ts';
import { noSandbox, stopSandbox } from '../../sandbox/control.ts';
import { type NamedSandbox, sandboxFolder } from './place.ts';

/** `belt sandbox stop` — ends it, its droplets and its folder. */
export async function sandboxStop(context: Context, { name }: NamedSandbox): Promise<void> {
  const folder = sandboxFolder(context);
  if (await stopSandbox(folder, name)) return context.out.line(`sandbox "${name}" stopped`);
  throw noSandbox(folder, name);
}
