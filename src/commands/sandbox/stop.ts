import type { Context } from '../../context.ts';
import { BeltError } from '../../errors.ts';
import { listSandboxes, stopSandbox } from '../../sandbox/control.ts';
import { type NamedSandbox, sandboxFolder } from './place.ts';

/** `belt sandbox stop` — ends it, its droplets and its folder. */
export async function sandboxStop(context: Context, { name }: NamedSandbox): Promise<void> {
  const folder = sandboxFolder(context);
  if (await stopSandbox(folder, name)) return context.out.line(`sandbox "${name}" stopped`);
  const others = listSandboxes(folder).map((info) => info.name);
  throw new BeltError(`no sandbox "${name}" runs`, {
    hint: others.length > 0 ? `these do: ${others.join(', ')} (--name)` : 'start one: belt sandbox start',
  });
}
