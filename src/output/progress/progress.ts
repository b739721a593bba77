// How far the nodes of a run are, while it works: live on a terminal, plain lines elsewhere, events for programs. All say it
// in the same words (model/phase.ts).

import type { Clock } from '../../clock.ts';
import type { Phase } from '../../model/phase.ts';
import type { Out } from '../out.ts';
import { type Timings, timeLeft, timingsOf } from './estimate.ts';
import { ProgressEvents } from './events.ts';
import { Live } from './live.ts';
import { type NodeAt, type NodeStart, Nodes } from './nodes.ts';
import { Plain } from './plain.ts';
import type { Now, Renderer } from './renderer.ts';

const FRAME_MS = 100;
/** How often the estimate is recomputed; in between it counts down. */
const ESTIMATE_MS = 1_000;

export interface ProgressOptions {
  /** What nodes of earlier runs took. */
  earlier: Timings;
  /** `counts`: plain lines and events speak of the fleet, not of each node. */
  detail: 'nodes' | 'counts';
}

export class Progress {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #nodes: Nodes;
  readonly #renderers: readonly Renderer[];
  readonly #earlier: Timings;
  readonly #timer: NodeJS.Timeout | undefined;
  #estimate: { atMs: number; leftMs: number | undefined } | undefined;

  constructor(out: Out, clock: Pick<Clock, 'now'>, nodes: readonly NodeStart[], { earlier, detail }: ProgressOptions) {
    this.#clock = clock;
    this.#nodes = new Nodes(clock.now());
    this.#earlier = earlier;
    this.#renderers = renderersFor(out, () => this.#now(), detail);
    for (const node of nodes) this.add(node);
    if (this.#renderers.length === 0) return;
    this.#timer = setInterval(() => this.#tick(), FRAME_MS);
    this.#timer.unref();
    this.#tick();
  }

  /** One that is there already stays as it is. */
  add(node: NodeStart): void {
    this.#tell('entered', this.#nodes.add(node, this.#clock.now()));
  }

  /** The node entered a phase; `detail` is the last error while it waits there. */
  phase(name: string, phase: Phase, detail = ''): void {
    this.#tell('entered', this.#nodes.enter(name, phase, detail, this.#clock.now()));
  }

  /** The node is ready, or failed of `detail`. */
  end(name: string, end: 'ready' | 'failed', detail = ''): void {
    this.#tell('ended', this.#nodes.end(name, end, detail, this.#clock.now()));
  }

  /** Takes the display off the screen. */
  stop(): void {
    clearInterval(this.#timer);
    for (const renderer of this.#renderers) renderer.stop();
  }

  /** What the nodes took that are ready. */
  timings(): Timings {
    return timingsOf(this.#nodes.all);
  }

  #tell(what: 'entered' | 'ended', node: NodeAt | undefined): void {
    if (node) for (const renderer of this.#renderers) renderer[what](node);
  }

  #tick(): void {
    for (const renderer of this.#renderers) renderer.tick();
  }

  #now(): ReturnType<Now> {
    const nowMs = this.#clock.now();
    const nodes = this.#nodes.all;
    return { nodes, startMs: this.#nodes.startMs, nowMs, leftMs: this.#left(nodes, nowMs) };
  }

  #left(nodes: readonly NodeAt[], nowMs: number): number | undefined {
    if (nodes.every(({ end }) => end !== undefined)) return undefined;
    if (this.#estimate === undefined || nowMs - this.#estimate.atMs >= ESTIMATE_MS)
      this.#estimate = { atMs: nowMs, leftMs: timeLeft(nodes, this.#earlier, nowMs) };
    const { atMs, leftMs } = this.#estimate;
    return leftMs === undefined ? undefined : Math.max(0, leftMs - (nowMs - atMs));
  }
}

/** With events, nothing is said twice: of the rest only a live display is left. */
function renderersFor(out: Out, now: Now, detail: 'nodes' | 'counts'): Renderer[] {
  const events = out.tellsEvents ? [new ProgressEvents(out, now, { detail })] : [];
  if (out.quiet) return events;
  if (out.live) return [...events, new Live(out, now)];
  return out.tellsEvents ? events : [new Plain(out, now, { detail })];
}
