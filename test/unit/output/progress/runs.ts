// Runs whose truth is known, and a display of one.
import { vi } from 'vitest';
import { PHASES, type Phase } from '../../../../src/model/phase.ts';
import type { Out } from '../../../../src/output/out.ts';
import type { Timings } from '../../../../src/output/progress/estimate.ts';
import type { NodeStart } from '../../../../src/output/progress/nodes.ts';
import { Progress, type ProgressOptions } from '../../../../src/output/progress/progress.ts';

export const KIND = 'sgp1 docker-20-04';

/** The system's clock, which a test holds. */
export const clock = { now: () => Date.now() };

/** Nodes that are to be made. */
export const fresh = (...names: string[]): NodeStart[] =>
  names.map((name) => ({ name, phase: 'creating', kind: KIND }));

export const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `node${n + 1}`);

/** A display of nodes that are to be made. */
export function displayOf(out: Out, names: readonly string[], options: Partial<ProgressOptions> = {}): Progress {
  return new Progress(out, clock, fresh(...names), { earlier: new Map(), detail: 'nodes', ...options });
}

/** What nodes of an earlier run took that were so many seconds in each phase; the last three phases took none. */
export function earlierRun(...runs: [creating: number, booting: number, ssh: number][]): Timings {
  const samples = (at: number) =>
    runs.map((stays) => {
      const rest = stays.slice(at).reduce((sum, stay) => sum + stay, 0);
      return [(stays[at] ?? 0) * 1_000, rest * 1_000] as const;
    });
  const phases: Partial<Record<Phase, ReturnType<typeof samples>>> = {};
  for (const [at, phase] of PHASES.slice(0, 5).entries()) phases[phase] = samples(at);
  return new Map([[KIND, phases]]);
}

/** Lets so many ms pass. */
export const pass = (ms: number): void => void vi.advanceTimersByTime(ms);
