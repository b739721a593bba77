// A renderer shows a person or a program the progress of a fleet.
import type { NodeAt } from './nodes.ts';
import type { Moment } from './words.ts';

/** The current progress of a fleet; computed when it is called. */
export type Now = () => Moment;

export interface Renderer {
  /** The node entered its phase, or was added in it. */
  entered(node: NodeAt): void;
  ended(node: NodeAt): void;
  /** Some time has passed. */
  tick(): void;
  stop(): void;
}

/** More nodes than this are shown as counts. */
export const MOST_LINES = 12;

/** How often counts are shown at most, in ms. */
export const COUNTS_EVERY_MS = 5_000;
