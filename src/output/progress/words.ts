// How far a fleet is, in words. Pure: what is known in, lines out; no colour, no width.

import { isBeyond, OVER, PHASES } from '../../model/phase.ts';
import type { NodeAt } from './nodes.ts';

/** How far the fleet is at a moment. */
export interface Moment {
  nodes: readonly NodeAt[];
  startMs: number;
  nowMs: number;
  /** ms until all are ready, if known. */
  leftMs: number | undefined;
}

const LONGEST_PHASE = Math.max(...PHASES.map((phase) => phase.length));

/** Seconds as a log has them: tenths while they are few. */
export const seconds = (ms: number): string => (ms < 9_950 ? `${tenths(ms).toFixed(1)} s` : wholeSeconds(ms));

/** Seconds with one decimal. */
export const tenths = (ms: number): number => Math.round(Math.max(0, ms) / 100) / 10;

export const wholeSeconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;

/** An estimate is no more exact than this. */
export function about(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms / 1000));
  if (whole > 90) return `about ${Math.round(whole / 60)} min`;
  return `about ${whole > 20 ? Math.ceil(whole / 5) * 5 : whole} s`;
}

/**
 * A line a node: its name, its phase, the seconds in it, its last error. Once it ended, the seconds that it took. Where so
 * many columns do not hold as much, the seconds stand before the phase: lines are cut at their end.
 */
export function nodeLines({ nodes, startMs, nowMs }: Moment, columns: number): string[] {
  const longest = Math.max(0, ...nodes.map(({ name }) => name.length));
  const fits = longest + LONGEST_PHASE + '    600 s'.length <= columns;
  return nodes.map(({ name, phase, end, sinceMs, detail }) => {
    const took = wholeSeconds(end ? sinceMs - startMs : nowMs - sinceMs).padStart(5);
    const words = end ?? phase;
    const middle = fits ? `${words.padEnd(LONGEST_PHASE)} ${took}` : `${took}  ${words}`;
    return `${name.padEnd(longest)}  ${middle}${detail && `  ${detail}`}`;
  });
}

/** How many are ready, since when, and how long it will take: `3 of 8 ready, 31 s, about 20 s left`. */
export function tally({ nodes, startMs, nowMs, leftMs }: Moment): string {
  const failed = countOf(nodes, 'failed');
  return [
    `${countOf(nodes, 'ready')} of ${nodes.length} ready`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    wholeSeconds(nowMs - startMs),
    ...(leftMs === undefined ? [] : [`${about(leftMs)} left`]),
  ].join(', ');
}

/** The tally, and how many are in which phase. */
export function counts(moment: Moment): string {
  const parts = phaseCounts(moment.nodes).map(([phase, count]) => `${phase} ${count}`);
  return parts.length === 0 ? tally(moment) : `${tally(moment)}: ${parts.join(', ')}`;
}

/** The counts, with the last error of the node that has been waiting longest. */
export function standstill(moment: Moment): string {
  const [stuck] = moment.nodes
    .filter(({ end, detail }) => end === undefined && detail !== '')
    .toSorted((a, b) => a.sinceMs - b.sinceMs);
  return stuck === undefined ? counts(moment) : `${counts(moment)} (${stuck.name}: ${stuck.detail})`;
}

/** How many nodes that did not end are in which phase, in the order of the phases. */
export const phaseCounts = (nodes: readonly NodeAt[]): [phase: string, count: number][] =>
  PHASES.map((phase): [string, number] => [
    phase,
    nodes.filter((node) => node.phase === phase && node.end === undefined).length,
  ]).filter(([, count]) => count > 0);

export const countOf = (nodes: readonly NodeAt[], end: 'ready' | 'failed'): number =>
  nodes.filter((node) => node.end === end).length;

/** A phase that took less is not worth a line: nobody waited for it. A creation costs money and is always reported. */
const WORTH_A_LINE_MS = 1_000;

/** What a log says of a node that entered a phase; undefined for what is not worth a line. */
export function changeWords({ phase, detail, visits }: NodeAt): string | undefined {
  const [before, now] = visits.slice(-2);
  if (!before || !now) return undefined;
  if (!isBeyond(phase, before.phase)) return `back to ${phase}${detail && `: ${detail}`}`;
  const tookMs = now.atMs - before.atMs;
  if (tookMs < WORTH_A_LINE_MS && before.phase !== 'creating') return undefined;
  return `${OVER[before.phase]} (${seconds(tookMs)})`;
}

/** What a log says of a node that ended; `startMs` is when the run began. */
export const endWords = ({ end, sinceMs, detail }: NodeAt, startMs: number): string =>
  `${end} after ${seconds(sinceMs - startMs)}${detail && `: ${detail}`}`;
