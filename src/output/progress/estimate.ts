// Estimates how long it takes until all nodes are ready: from how long this run's nodes took, and earlier runs' while few of this
// one are ready. Without any such data there is no estimate.

import type { Phase } from '../../model/phase.ts';
import type { NodeAt } from './nodes.ts';

/** How long a node that became ready was in a phase, and from entering it to ready, in ms. */
export type Sample = readonly [stayMs: number, restMs: number];

/** How long nodes took, by their kind and phase. */
export type Timings = ReadonlyMap<string, Readonly<Partial<Record<Phase, readonly Sample[]>>>>;

/** This many samples are as good as all. */
const ENOUGH = 40;
/** A node that has been in a phase this much longer than any other may stay there forever. */
const OVERDUE = 1.5;
const LENIENCE_MS = 1_000;

/** How long the ready nodes took. */
export function timingsOf(nodes: readonly NodeAt[]): Timings {
  const timings = new Map<string, Partial<Record<Phase, Sample[]>>>();
  for (const { kind, visits, end, sinceMs } of nodes) {
    if (end !== 'ready') continue;
    const own = timings.get(kind) ?? {};
    timings.set(kind, own);
    visits.forEach(({ phase, atMs }, n) => {
      const leftAt = visits[n + 1]?.atMs ?? sinceMs;
      own[phase] ??= [];
      own[phase].push([leftAt - atMs, sinceMs - atMs]);
    });
  }
  return timings;
}

/** The newer and, as far as there is room, the older. */
export function mergedTimings(newer: Timings, older: Timings): Timings {
  const merged = new Map(older);
  for (const [kind, phases] of newer) {
    const both = { ...merged.get(kind) };
    for (const [phase, samples] of Object.entries(phases) as [Phase, readonly Sample[]][]) {
      both[phase] = [...some(samples), ...(both[phase] ?? [])].slice(0, ENOUGH);
    }
    merged.set(kind, both);
  }
  return merged;
}

/** ms until the last of the nodes is ready; undefined when that is unknown, or none is on its way. */
export function timeLeft(nodes: readonly NodeAt[], earlier: Timings, nowMs: number): number | undefined {
  const working = nodes.filter(({ end }) => end === undefined);
  const own = timingsOf(nodes);
  let most: number | undefined;
  for (const node of working) {
    const seen = some(own.get(node.kind)?.[node.phase] ?? []);
    // The first nodes to be ready are the quick ones: rely on them alone only once half of the nodes are ready.
    const samples = seen.length >= working.length ? seen : [...seen, ...(earlier.get(node.kind)?.[node.phase] ?? [])];
    const left = nodeLeft(samples, nowMs - node.sinceMs, working.length);
    if (left === undefined) return undefined;
    most = Math.max(most ?? 0, left);
  }
  return most;
}

/** Uses the nodes that were in this phase for longer than this one so far; the fleet waits for the slowest of them. */
function nodeLeft(samples: readonly Sample[], inPhaseMs: number, working: number): number | undefined {
  const alike = samples.filter(([stay]) => stay > inPhaseMs);
  if (alike.length > 0) {
    return quantile(
      alike.map(([, rest]) => rest - inPhaseMs),
      working / (working + 1),
    );
  }
  const longest = Math.max(...samples.map(([stay]) => stay));
  if (samples.length === 0 || inPhaseMs > longest * OVERDUE + LENIENCE_MS) return undefined;
  // It may leave this phase at any moment: then the following phases remain.
  return quantile(
    samples.map(([stay, rest]) => rest - stay),
    working / (working + 1),
  );
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** An even selection, since the quick ones come first. */
function some(samples: readonly Sample[]): readonly Sample[] {
  if (samples.length <= ENOUGH) return samples;
  return Array.from({ length: ENOUGH }, (_, n) => samples[Math.floor((n * samples.length) / ENOUGH)]!);
}
