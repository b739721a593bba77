// Without a terminal, in a pipe or a CI log: lines that stay. A line a change of a node while the fleet is small, counts
// when it is large, and the counts as well when nothing has changed for a while. (Design rule 8 has no progress in a pipe;
// issue 4 is newer.)
import { compact } from '../../patterns/index.ts';
import type { Out } from '../out.ts';
import type { NodeAt } from './nodes.ts';
import { COUNTS_EVERY_MS, MOST_LINES, type Now, type Renderer } from './renderer.ts';
import { changeWords, countOf, counts, endWords, phaseCounts, standstill } from './words.ts';

/** A log without output for this long looks dead. */
const STANDSTILL_MS = 15_000;

export interface PlainOptions {
  /** `counts`: no line a node, however few there are. */
  detail: 'nodes' | 'counts';
}

export class Plain implements Renderer {
  readonly #out: Out;
  readonly #now: Now;
  readonly #detail: 'nodes' | 'counts';
  /** Nodes by what is to be said of them: those that say the same at once share a line. */
  readonly #waiting = new Map<string, string[]>();
  #toldMs: number;
  #toldCounts = '';

  constructor(out: Out, now: Now, { detail }: PlainOptions) {
    this.#out = out;
    this.#now = now;
    this.#detail = detail;
    this.#toldMs = now().nowMs;
    out.onPrint(() => this.#flush());
  }

  entered(node: NodeAt): void {
    const words = this.#isLarge() ? undefined : changeWords(node);
    if (words !== undefined) this.#add(words, node);
  }

  ended(node: NodeAt): void {
    if (this.#detail === 'counts' || (this.#isLarge() && node.end === 'ready')) return;
    this.#add(endWords(node, this.#now().startMs), node);
  }

  tick(): void {
    this.#flush();
    const moment = this.#now();
    const quietMs = moment.nowMs - this.#toldMs;
    if (quietMs >= STANDSTILL_MS) this.#tellCounts(standstill(moment));
    else if (this.#isLarge() && quietMs >= COUNTS_EVERY_MS && summary(moment.nodes) !== this.#toldCounts)
      this.#tellCounts(counts(moment));
  }

  stop(): void {
    this.#flush();
    const moment = this.#now();
    const finished = moment.nodes.every(({ end }) => end !== undefined);
    if (this.#detail === 'nodes' && this.#isLarge() && finished && summary(moment.nodes) !== this.#toldCounts)
      this.#tellCounts(counts(moment));
    this.#out.onPrint(undefined);
  }

  #isLarge(): boolean {
    return this.#detail === 'counts' || this.#now().nodes.length > MOST_LINES;
  }

  #add(words: string, { name }: NodeAt): void {
    this.#waiting.set(words, [...(this.#waiting.get(words) ?? []), name]);
  }

  #flush(): void {
    const { nodes, nowMs } = this.#now();
    const lines = [...this.#waiting];
    this.#waiting.clear();
    for (const [words, names] of lines) {
      // What failed all at once is the end of the command, which says why.
      if (names.length === nodes.length && countOf(nodes, 'failed') === nodes.length) continue;
      this.#toldMs = nowMs;
      this.#out.note(`${compact(names)}: ${words}`);
    }
  }

  #tellCounts(line: string): void {
    const { nodes, nowMs } = this.#now();
    if (nodes.length === 0) return;
    this.#toldMs = nowMs;
    this.#toldCounts = summary(nodes);
    this.#out.note(line);
  }
}

/** Alike as long as the counts are. */
const summary = (nodes: readonly NodeAt[]): string =>
  JSON.stringify([countOf(nodes, 'ready'), countOf(nodes, 'failed'), phaseCounts(nodes)]);
