// A stack as it ran before its last deployment, its configs and secrets among it: Swarm keeps the spec before the last change.
import { isDeepStrictEqual } from 'node:util';
import { agreed, confirm } from '../agree.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { BeltError, EXIT } from '../errors.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { quoteWord } from '../quote.ts';
import type { Cause } from './causes.ts';
import { sendChange } from './change.ts';
import type { Watched } from './converge.ts';
import { withEvents } from './events.ts';
import { halfway } from './halfway.ts';
import { DEPLOYMENT, isOf } from './labels.ts';
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
export async function rollBack(context: Context, stack: string, options: RollbackOptions): Promise<number> {
  const sent: Sent = { refused: [], watched: [], left: [], earlier: new Set() };
  try {
    return await withEvents(context, { stack }, options, (engine) => goBack(context, engine, stack, { options, sent }));
  } catch (error) {
    if (sent.watched.length === 0) throw error;
    const { watched, left } = sent;
    const rest = left.length > 0 ? `; not yet: ${left.join(', ')}` : '';
    const again = 'the same command again goes on with the others';
    throw halfway(
      error,
      `already rolling back: ${watched.map(({ name }) => name).join(', ')}${rest}`,
      // What is on its way back already cannot be gone back from once more.
      left.length > 0 ? again : `see how far they are: belt stack ps ${quoteWord(stack)}`,
    );
  }
}

async function goBack(
  context: Context,
  engine: StackEngine,
  stack: string,
  { options, sent }: { options: RollbackOptions; sent: Sent },
): Promise<number> {
  const { out } = context;
  let seen = await look(engine, stack);
  if (options.plan) {
    showRollback(context, stack, { back: seen.back.map(nameOf), all: seen.services.map(nameOf) });
    tellCreated(context, seen);
    return EXIT.planned;
  }
  for (;;) {
    out.note(`to go back to what they were: ${seen.back.map(nameOf).join(', ')}`);
    tellCreated(context, seen);
    if (context.interactive) {
      const consent = { yes: options.yes, asks: '--rollback asks', hint: 'add --yes if you are sure' };
      await agreed(context, consent, () => confirm(context, `Roll ${stack} back?`));
    }
    const { now, isSame } = await alone(context, stack, async () => {
      const now = await look(engine, stack);
      const isSame = identityOf(now) === identityOf(seen);
      if (isSame) await send(context, engine, now.back, { stack, sent });
      return { now, isSame };
    });
    if (isSame) return await end(context, engine, { stack, options, all: now.services.length, ...sent });
    seen = now;
    out.note('the stack changed in the meantime');
  }
}

/** Not while a deployment of the stack is half sent, either. */
function alone<T>(context: Context, stack: string, work: () => Promise<T>): Promise<T> {
  const what = 'belt deploy --rollback';
  return exclusively(context, what, () => exclusively(context, what, work), { stack });
}

interface Look extends LastChanges {
  services: ApiService[];
}

/** @throws as `lastChanges` */
async function look(engine: StackEngine, stack: string): Promise<Look> {
  const services = (await engine.services()).filter(({ Spec: { Labels } }) => isOf(Labels, stack));
  return { services, ...lastChanges(stack, services) };
}

function tellCreated({ out }: Context, { created }: LastChanges): void {
  if (created.length > 0)
    out.note(`created by the last deployment, and not removed: ${created.map(nameOf).join(', ')}`);
}

/** What would be undone, and what would run then: what was agreed to. Not how far an update is. */
const identityOf = ({ back, created }: LastChanges): string =>
  JSON.stringify([back.map(({ ID, Spec, PreviousSpec }) => [ID, Spec, PreviousSpec]), created.map(({ ID }) => ID)]);

/** How far a run got. */
interface Sent {
  refused: Cause[];
  watched: Watched[];
  /** The names of services that are still to be sent back. */
  left: string[];
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
}

async function send(
  { out, signal }: Context,
  engine: StackEngine,
  services: readonly ApiService[],
  { stack, sent }: { stack: string; sent: Sent },
): Promise<void> {
  sent.earlier = new Set((await engine.tasks({ stack })).map(({ ID }) => ID));
  sent.left = services.map(nameOf);
  for (const service of services) {
    const name = nameOf(service);
    try {
      await sendBack(engine, service);
      const wrote = service.PreviousSpec?.Labels?.[DEPLOYMENT];
      sent.watched.push({ name, fullName: service.Spec.Name, wrote });
      out.tell('rolled back', { kind: 'service', name }, `rolling back service ${name}`);
    } catch (error) {
      signal.throwIfAborted();
      sent.refused.push(refusal(name, error));
    }
    sent.left.shift();
  }
}

/** Never twice: what was before is then what this very run left. @throws as `sendChange` */
export function sendBack(
  engine: Pick<StackEngine, 'services' | 'rollbackService'>,
  service: ApiService,
): Promise<void> {
  const { Spec: spec, PreviousSpec: before } = service;
  return sendChange(engine, service, {
    send: (latest) => engine.rollbackService(latest),
    // Whoever did it: Swarm itself does where the update fails.
    isDone: ({ Spec }) => isDeepStrictEqual(Spec, before),
    isMeant: ({ Spec, PreviousSpec }) => isDeepStrictEqual([Spec, PreviousSpec], [spec, before]),
  });
}

/** Waits, and says what failed. Gives the exit code. */
async function end(
  context: Context,
  engine: StackEngine,
  { stack, options, all, refused, watched, earlier }: Sent & { stack: string; options: RollbackOptions; all: number },
): Promise<number> {
  const { detach, timeout } = options;
  const settling = { of: { stack }, services: watched, earlier, timeoutS: timeout };
  const failed = detach ? [] : await settle(context, engine, settling);
  throwFailed(stack, all, [...refused, ...failed]);
  if (detach) context.out.note(notWaiting(stack));
  else context.out.note(`${stack}: ${count(watched.length, 'service')} rolled back`);
  return 0;
}

export interface LastChanges {
  /** What there is to go back to. */
  back: ApiService[];
  created: ApiService[];
}

/**
 * What the last deployment changed, and what it created. What is as before it already is in neither.
 * @throws BeltError where there is nothing to go back to, or where going back would undo something else than the deployment
 */
export function lastChanges(stack: string, services: readonly ApiService[]): LastChanges {
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
