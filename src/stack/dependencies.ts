// `depends_on` with a condition: what has to be healthy, or to have completed, before a service is sent.
import type { Context } from '../context.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { BeltError } from '../errors.ts';
import type { Progress } from './apply.ts';
import { converge, type Wait, type Watched } from './converge.ts';
import type { ServicePlan, StackPlan } from './plan.ts';

export interface Depending {
  plan: StackPlan;
  progress: Progress;
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
  /** Of the whole run, ms since the epoch. */
  deadline: number;
  timeoutS: number;
  since: NonNullable<Wait['since']>;
}

/** Waits until what a service depends on is as it says. @throws BeltError naming what is not */
export async function waitFor(
  context: Context,
  engine: StackEngine,
  { name, waitsFor, now }: ServicePlan,
  { plan, progress, earlier, deadline, timeoutS, since }: Depending,
): Promise<void> {
  const services = waitsFor.flatMap(({ service, condition }): Watched[] => {
    const other = plan.services.find((one) => one.name === service);
    const own = progress.applied.find((one) => one.name === service);
    if (own?.error !== undefined) throw notStarted(service, 'it was not deployed');
    const isToComplete = condition === 'service_completed_successfully';
    return other
      ? [{ name: service, fullName: other.spec.Name, wrote: own?.changed ? progress.mark : undefined, isToComplete }]
      : [];
  });
  if (services.length === 0) return;
  const names = services.map((one) => one.name);
  context.out.tell('waiting', { service: name, for: names }, `${name} waits for ${names.join(', ')}`);
  const of = { stack: plan.stack };
  const [failed] = await converge(context, engine, { of, services, earlier, deadline, timeoutS, since });
  if (failed) throw notStarted(failed.watched.name, failed.verdict.why);

  function notStarted(service: string, why: string): BeltError {
    return new BeltError(`not ${now ? 'updated' : 'created'}, as it depends on ${service}: ${why}`);
  }
}
