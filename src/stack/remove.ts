// Takes away what a stack no longer needs.
import type { Context } from '../context.ts';
import { EngineError } from '../engine/engine.ts';
import type { StackEngine } from '../engine/stack-calls.ts';
import { messageOf } from '../errors.ts';
import { retry } from '../wait.ts';
import type { Removal } from './observe.ts';

/** Removes those services that are not in `removed` yet, which then has them. @throws EngineError */
export async function removeServices(
  { out }: Context,
  engine: StackEngine,
  removals: readonly Removal[],
  removed: Set<string>,
): Promise<void> {
  for (const { kind, id, name } of removals) {
    if (kind !== 'services' || removed.has(id)) continue;
    const wasThere = await engine.remove(kind, id);
    removed.add(id);
    tellRemoved(out, { kind: 'service', name }, wasThere);
  }
}

function tellRemoved(out: Context['out'], about: { kind: string; name: string }, wasThere: boolean): void {
  if (wasThere) out.tell('removed', about, `removed ${about.kind} ${about.name}`);
  else out.tell('gone', about, `${about.kind} ${about.name} was gone already`);
}

const IN_USE_MS = 20_000;
const IN_USE_EVERY_MS = 1_000;
const isInUse = (error: unknown): boolean =>
  error instanceof EngineError && /in use|active endpoints/.test(error.message);

/**
 * Removes what is no longer needed; what somebody uses after all stays, and is told. `patient`: after waiting until it is not used.
 * Gives what stays.
 */
export async function removeParts(
  context: Context,
  engine: StackEngine,
  removals: readonly Removal[],
  { patient }: { patient: boolean },
): Promise<Removal[]> {
  const { out, clock } = context;
  const deadline = clock.now() + IN_USE_MS;
  // A network is in use until the last task of a service that was removed has ended.
  const patience = { ...context, deadline, isPassing: isInUse, pausesMs: () => IN_USE_EVERY_MS };
  const left: Removal[] = [];
  for (const removal of removals) {
    const { kind, id, name } = removal;
    const singular = kind.slice(0, -1);
    const remove = () => engine.remove(kind, id);
    try {
      const wasThere = await (patient ? retry(remove, patience) : remove());
      tellRemoved(out, { kind: singular, name }, wasThere);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      left.push(removal);
      const later = patient ? '' : '; the same command later removes it';
      out.warn(`${singular} ${name} was not removed: ${messageOf(error)}${later}`, { kind: singular, name });
    }
  }
  return left;
}
