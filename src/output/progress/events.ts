// Progress for programs: an event for each change of a node, and the counts now and then.
import type { Out } from '../out.ts';
import type { NodeAt } from './nodes.ts';
import { COUNTS_EVERY_MS, type Now, type Renderer } from './renderer.ts';
import { countOf, phaseCounts, tenths } from './words.ts';

export class ProgressEvents implements Renderer {
  readonly #out: Out;
  readonly #now: Now;
  readonly #detail: 'nodes' | 'counts';
  #toldMs: number;

  /** `counts`: no event a node. */
  constructor(out: Out, now: Now, { detail }: { detail: 'nodes' | 'counts' }) {
    this.#out = out;
    this.#now = now;
    this.#detail = detail;
    this.#toldMs = now().nowMs;
  }

  entered({ name, phase, detail, sinceMs }: NodeAt): void {
    this.#tell('phase', { node: name, phase, seconds: this.#since(sinceMs), ...(detail && { detail }) });
  }

  ended({ name, end, phase, detail, sinceMs }: NodeAt): void {
    const seconds = this.#since(sinceMs);
    if (end === 'failed') this.#tell('failed', { node: name, phase, seconds, error: detail });
    else this.#tell('ready', { node: name, seconds });
  }

  tick(): void {
    const { nodes, startMs, nowMs, leftMs } = this.#now();
    if (nodes.length === 0 || nowMs - this.#toldMs < COUNTS_EVERY_MS) return;
    this.#toldMs = nowMs;
    this.#out.event('progress', {
      nodes: nodes.length,
      ready: countOf(nodes, 'ready'),
      failed: countOf(nodes, 'failed'),
      phases: Object.fromEntries(phaseCounts(nodes)),
      seconds: tenths(nowMs - startMs),
      secondsLeft: leftMs === undefined ? null : tenths(leftMs),
    });
  }

  stop(): void {}

  #tell(event: string, fields: object): void {
    if (this.#detail === 'nodes') this.#out.event(event, fields);
  }

  #since(ms: number): number {
    return tenths(ms - this.#now().startMs);
  }
}
