// A droplet that an earlier run made, which may still be booting.
import type { Droplet } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { BeltError } from '../../errors.ts';
import { nodeReady } from '../create/ready.ts';

const POLL_MS = 2_000;

/** Waits until the droplet is ready, and gives it as it is then. @throws BeltError at the deadline, ms since the epoch */
export async function reachable(context: Context, droplet: Droplet, deadline: number): Promise<Droplet> {
  const { clock, signal } = context;
  const found = await addressed(context, droplet, deadline);
  await nodeReady(context, found, {
    deadline,
    signal,
    limit: (task) => task(),
    onPhase: (phase, trouble) => context.trace?.(`${found.name} ${phase}${trouble ? `: ${trouble}` : ''}`),
  });
  signal.throwIfAborted();
  context.trace?.(`${found.name} can be asked at ${clock.now()}`);
  return found;
}

async function addressed(context: Context, droplet: Droplet, deadline: number): Promise<Droplet> {
  const cloud = await context.cloud();
  for (let now = droplet; ; ) {
    if (now.publicAddress !== undefined) return now;
    if (context.clock.now() >= deadline) throw new BeltError(`${droplet.name} had no address in time`);
    await context.clock.sleep(POLL_MS, context.signal);
    const next = await cloud.droplet(droplet.id);
    if (next === undefined) throw new BeltError(`${droplet.name} is gone`, { hint: 'run the same command again' });
    now = next;
  }
}
