// A stack as it ran before its last deployment, its configs and secrets among it: Swarm keeps the spec before the last change.
import { agreed, confirm } from '../agree.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { BeltError, EXIT } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import type { Cause } from './causes.ts';
import { withEvents } from './events.ts';
import { isOf } from './labels.ts';
import { markOf, newestMark } from './mark.ts';
import { nameOf, noStack } from './observe.ts';
import { notWaiting, refusal, settle, throwFailed } from './settle.ts';
import { showRollback } from './show.ts';

export interface RollbackOptions {
  /** Only shows what would be done. */
  plan?: boolean | undefined;
  yes?: boolean | undefined;
  /** Does not wait. */
  detach?: boolean | undefined;
  /** Seconds. */
  timeout: number;
}

/**
 * Sets the services that the last deployment changed back to what they were, and waits until they run. Gives the exit code.
 * @throws BeltError where there is nothing to go back to; NodesFailed naming the services that do not run, and why
 */
export const rollBack = (context: Context, stack: string, options: RollbackOptions): Promise<number> =>
  withEvents(context, { stack }, options, async (engine) => {
    const services = (await engine.services()).filter(({ Spec: { Labels } }) => isOf(Labels, stack));
    const { back, created } = lastChanges(stack, services);
    const { out } = context;
    if (options.plan) showRollback(context, stack, { back: back.map(nameOf), all: services.map(nameOf) });
    else out.note(`to go back to what they were: ${back.map(nameOf).join(', ')}`);
    if (created.length > 0)
      out.note(`created by the last deployment, and not removed: ${created.map(nameOf).join(', ')}`);
    if (options.plan) return EXIT.planned;
    if (context.interactive) {
      const consent = { yes: options.yes, asks: '--rollback asks', hint: 'add --yes if you are sure' };
      await agreed(context, consent, () => confirm(context, `Roll ${stack} back?`));
    }
    const refused = await sendAll(context, engine, back);
    const watched = back
      .filter((service) => refused.every(({ name }) => name !== nameOf(service)))
      .map((service) => ({ name: nameOf(service), fullName: service.Spec.Name, wrote: undefined }));
    const settling = { of: { stack }, services: watched, earlier: new Set<string>(), timeoutS: options.timeout };
    const failed = options.detach ? [] : await settle(context, engine, settling);
    throwFailed(stack, services.length, [...refused, ...failed]);
    if (options.detach) out.note(notWaiting(stack));
    else out.note(`${stack}: ${count(back.length, 'service')} rolled back`);
    return 0;
  });

/** Refusals, each of one service. */
async function sendAll(
  { out, signal }: Context,
  engine: StackEngine,
  services: readonly ApiService[],
): Promise<Cause[]> {
  const refused: Cause[] = [];
  for (const service of services) {
    const name = nameOf(service);
    try {
      await engine.rollbackService(service);
      out.tell('rolled back', { kind: 'service', name }, `rolling back service ${name}`);
    } catch (error) {
      signal.throwIfAborted();
      refused.push(refusal(name, error));
    }
  }
  return refused;
}

/**
 * What the last deployment changed, and what it created. What is as before it already is in neither.
 * @throws BeltError where there is nothing to go back to, or where going back would undo something else than the deployment
 */
export function lastChanges(
  stack: string,
  services: readonly ApiService[],
): { back: ApiService[]; created: ApiService[] } {
  if (services.length === 0) throw noStack(stack);
  const last = newestMark(services);
  const changed = services.filter(({ Spec }) => last !== undefined && markOf(Spec) === last);
  const byHand = services.filter((service) => isByHand(service, last));
  if (byHand.length > 0) throw changedSince(stack, byHand);
  const back = changed.filter(({ PreviousSpec }) => PreviousSpec);
  if (back.length === 0) {
    throw new BeltError(`nothing to go back to: ${whyNot(stack, last, { services, changed })}`, {
      hint: `see: belt stack ps ${quoteWord(stack)}`,
    });
  }
  // Its mark went with the spec that failed: these others may be of an older deployment.
  const failed = services.find(
    ({ Spec, PreviousSpec, UpdateStatus }) =>
      isRollback(UpdateStatus) && !PreviousSpec && (markOf(Spec) ?? last) === last,
  );
  if (failed) {
    throw new BeltError(
      `Swarm itself rolled ${nameOf(failed)} back when the last deployment of ${stack} failed: which other services that deployment changed is no longer known`,
      { hint: `see: belt stack ps ${quoteWord(stack)}` },
    );
  }
  return { back, created: changed.filter(({ PreviousSpec }) => !PreviousSpec) };
}

function whyNot(
  stack: string,
  last: string | undefined,
  { services, changed }: { services: readonly ApiService[]; changed: readonly ApiService[] },
): string {
  if (last === undefined) return `${stack} was not deployed by belt`;
  const isBack = changed.length === 0 || services.some(({ UpdateStatus }) => isRollback(UpdateStatus));
  if (isBack) return `the last deployment of ${stack} was rolled back already`;
  return `the last deployment of ${stack} created ${changed.map(nameOf).join(', ')}, and changed nothing that was there before`;
}

const isRollback = (status: ApiService['UpdateStatus']): boolean => status?.State?.startsWith('rollback_') ?? false;

/** Swarm keeps one spec, that before the last change. Where that is the deployment's own, something else came after it. */
const isByHand = ({ Spec, PreviousSpec, UpdateStatus }: ApiService, last: string | undefined): boolean => {
  const own = markOf(Spec);
  if (last === undefined || markOf(PreviousSpec) !== last) return false;
  return own === last || (own === undefined && !isRollback(UpdateStatus));
};

function changedSince(stack: string, services: readonly ApiService[]): BeltError {
  const names = services.map(nameOf);
  const were = names.length === 1 ? 'was' : 'were';
  return new BeltError(
    `${names.join(', ')} ${were} changed by hand since the last deployment of ${stack}: Swarm no longer knows what ran before it`,
    { hint: `deploy the files of that time; to see what is there: belt stack ps ${quoteWord(stack)}` },
  );
}
