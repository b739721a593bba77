import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import { clusterSpec } from './shared/spec.ts';
import { type Doom, observe, pricesOf } from './up/observe.ts';
import { changes, showPlan } from './up/show.ts';

/** `belt plan` — what `belt up` would do with the same words, with the price; it changes nothing. */
export async function plan(context: Context, doom: Doom): Promise<number> {
  const spec = await clusterSpec(context);
  const cloud = await context.cloud();
  const [observed, sizes] = await Promise.all([observe(context, spec, doom), cloud.sizes()]);
  showPlan(context, spec, observed, pricesOf(sizes));
  return changes(observed) > 0 ? EXIT.planned : 0;
}
