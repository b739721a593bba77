// What holds for a copy as a whole.
import type { Progress } from './progress.ts';
import type { NodeEnd } from './session.ts';

export interface CopyOptions {
  /** Nodes at a time. */
  concurrency: number;
  /** For each node. */
  timeoutMs: number | undefined;
  progress: Progress;
  /** Told of each node as it ends. */
  ended(end: NodeEnd): void;
  /** A folder goes under a name that was not there: the same words would put it into that folder the next time. */
  renamed?(): void;
}
