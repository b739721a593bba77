// The nodes of a run while they come up: the phase of each, since when, and its history. Pure: times are passed in.
import type { Phase } from '../../model/phase.ts';

/** A node before the run starts to work on it. */
export interface NodeStart {
  name: string;
  phase: Phase;
  /** What nodes with similar timings have in common: region, image. */
  kind: string;
}

/** A phase that a node entered, ms since the epoch. */
export interface Visit {
  phase: Phase;
  atMs: number;
}

export interface NodeAt extends NodeStart {
  /** The last error while it waits in this phase, or why it failed; one line, '' for none. */
  detail: string;
  /** When it entered the phase, or ended. */
  sinceMs: number;
  /** Its history, the current phase last. */
  visits: Visit[];
  end?: 'ready' | 'failed';
}

export class Nodes {
  readonly startMs: number;
  readonly #byName = new Map<string, NodeAt>();

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  get all(): NodeAt[] {
    return [...this.#byName.values()];
  }

  /** Does nothing for a known node; returns the node if it was added. */
  add(start: NodeStart, nowMs: number): NodeAt | undefined {
    if (this.#byName.has(start.name)) return undefined;
    const visits = [{ phase: start.phase, atMs: nowMs }];
    const node = { ...start, detail: '', sinceMs: nowMs, visits };
    this.#byName.set(start.name, node);
    return node;
  }

  /** The node is in a phase; returns the node if it just entered it. Unknown nodes, and those that ended, are ignored. */
  enter(name: string, phase: Phase, detail: string, nowMs: number): NodeAt | undefined {
    const node = this.#byName.get(name);
    if (!node || node.end) return undefined;
    node.detail = detailOf(name, detail);
    if (node.phase === phase) return undefined;
    node.phase = phase;
    node.sinceMs = nowMs;
    node.visits.push({ phase, atMs: nowMs });
    return node;
  }

  /** The node is ready or failed; returns the node unless it was before. */
  end(name: string, end: 'ready' | 'failed', detail: string, nowMs: number): NodeAt | undefined {
    const node = this.#byName.get(name);
    if (!node || node.end) return undefined;
    return Object.assign(node, { end, detail: detailOf(name, detail), sinceMs: nowMs });
  }
}

/** One line, or the display could not be cleared; and without the node's name, which precedes it. */
function detailOf(name: string, text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  const rest = line.startsWith(name) ? line.slice(name.length) : '';
  return /^(?: \([^)]*\))?: (.+)$/.exec(rest)?.[1] ?? line;
}
