// The last lines of what was done in several tasks: how many went well, and which do not run.
import { EXIT } from '../errors.ts';
import type { Out } from '../output/out.ts';
import { statesOf, type Waiting } from './find.ts';

export interface TaskEnd {
  name: string;
  exitCode: number;
}

/** Gives the exit code: 3 where some failed, or `isPartial` says that some were left out, else the highest. At least one has ended. */
export function tellEnds(
  out: Out,
  ends: readonly TaskEnd[],
  { others, isPartial = false }: { others: readonly Waiting[]; isPartial?: boolean },
): number {
  const failed = ends.filter(({ exitCode }) => exitCode !== 0).map(({ name }) => name);
  if (!out.json && ends.length > 1) {
    out.note(
      `${ends.length - failed.length} ok${failed.length === 0 ? '' : `, ${failed.length} failed: ${failed.join(', ')}`}`,
    );
  }
  if (others.length > 0) {
    const names = others.map(({ name }) => name);
    out.warn(`${names.join(', ')} ${names.length === 1 ? 'does' : 'do'} not run (${statesOf(others)})`, {
      tasks: names,
    });
  }
  const isMixed = isPartial || others.length > 0 || (failed.length > 0 && failed.length < ends.length);
  return isMixed ? EXIT.someNodesFailed : Math.max(...ends.map(({ exitCode }) => exitCode));
}
