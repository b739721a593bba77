// Nodes on a terminal: lines that are redrawn in place and cleared at the end.
import type { Out } from '../out.ts';
import type { NodeAt } from './nodes.ts';
import { type Line, Redrawn, type Room } from './redrawn.ts';
import { MOST_LINES, type Now, type Renderer } from './renderer.ts';
import { counts, nodeLines, tally } from './words.ts';

export class Live implements Renderer {
  readonly #now: Now;
  readonly #screen: Redrawn;

  constructor(out: Out, now: Now) {
    this.#now = now;
    this.#screen = new Redrawn(out, (room) => this.#lines(room));
  }

  entered(): void {}

  ended(): void {}

  tick(): void {
    this.#screen.draw();
  }

  stop(): void {
    this.#screen.stop();
  }

  #lines({ columns, rows }: Room): Line[] {
    const moment = this.#now();
    const { nodes } = moment;
    if (nodes.length === 0) return [];
    if (nodes.length > MOST_LINES || nodes.length + 2 > rows) return [{ mark: '·', text: counts(moment) }];
    const texts = nodeLines(moment, columns);
    return [...nodes.map((node, n) => ({ mark: markOf(node), text: texts[n]! })), { mark: ' ', text: tally(moment) }];
  }
}

function markOf({ end }: NodeAt): string {
  return end === 'ready' ? '✔' : end === 'failed' ? '✘' : '·';
}
