import { isRight } from '../cluster/plan.ts';
import type { Context } from '../context.ts';
import { clusterSpec } from '../descriptions/spec.ts';
import { EXIT } from '../errors.ts';
import { observe } from './observe.ts';
import { checkOrder } from './order.ts';
import { pricesFor, showPlan } from './show.ts';
import type { RemovalRequest } from './to-remove.ts';

export interface PlanOptions extends RemovalRequest {
  /** Takes nodes out of other swarms. */
  force?: boolean | undefined;
  /** What stands before commands in hints: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
}

/**
 * `belt plan` — what `belt up` would do with the same words, with the price; it changes nothing. What cannot be asked is shown as
 * unknown.
 * @throws UsageError or BeltError where what is to be created will not do
 */
export async function plan(context: Context, options: PlanOptions): Promise<number> {
  const spec = await clusterSpec(context);
  const observed = await observe(context, spec, options);
  const order = await checkOrder(context, spec, observed);
  showPlan(context, spec, observed, await pricesFor(context, observed, order?.sizes));
  const { unknown, steps, plan: found } = observed;
  if (unknown) {
    context.out.warn(`${unknown.message}${unknown.hint === undefined ? '' : ` (${unknown.hint})`}`);
  }
  const right = steps.length === 0 && found.extra.length === 0 && found.nodes.every(isRight);
  return right && !unknown ? 0 : EXIT.planned;
}
