// What shows a person or a program how far a fleet is.
import type { NodeAt } from './nodes.ts';
import type { Moment } from './words.ts';

/** Where a fleet stands now; worked out when it is asked for. */
export type Now = () => Moment;

export interface Face {
  /** The node entered its phase, or was added in it. */
  entered(node: NodeAt): void;
  ended(node: NodeAt): void;
  /** Some time has passed. */
  tick(): void;
  stop(): void;
}

/** More nodes than this are told as counts. */
export const MOST_LINES = 12;

/** How often counts are told at most, in ms. */
export const COUNTS_EVERY_MS = 5_000;
