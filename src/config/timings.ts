// How long new nodes took, kept under `.belt/` for the estimates of later runs: a cache, which may be missing or lost.

import { PHASES } from '../model/phase.ts';
import { mergedTimings, type Sample, type Timings } from '../output/progress/estimate.ts';
import type { State } from './state.ts';

const FILE = 'timings.json';

/** By kind, then by phase: pairs of ms. Anything else is ignored. */
export function readTimings(state: State): Timings {
  const kept = read(state);
  const kinds = isRecord(kept) ? Object.entries(kept) : [];
  return new Map(kinds.flatMap(([kind, phases]) => (isRecord(phases) ? [[kind, samplesOf(phases)]] : [])));
}

/** Adds the times of a run; does not fail if the folder cannot be written to. */
export function rememberTimings(state: State, timings: Timings): void {
  if (timings.size === 0) return;
  try {
    state.writeJson(FILE, Object.fromEntries(mergedTimings(timings, readTimings(state))));
  } catch {
    // The next run just estimates less.
  }
}

function read(state: State): unknown {
  try {
    return state.readJson(FILE);
  } catch {
    return undefined;
  }
}

const samplesOf = (phases: Record<string, unknown>) =>
  Object.fromEntries(
    PHASES.flatMap((phase) => (Array.isArray(phases[phase]) ? [[phase, phases[phase].filter(isSample)]] : [])),
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSample = (value: unknown): value is Sample =>
  Array.isArray(value) && value.length === 2 && value.every((ms) => Number.isFinite(ms) && ms >= 0);
