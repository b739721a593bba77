// What is seen of a service, and what is said of it.
import type { ApiService, ApiStackTask } from '../engine/stack-calls.ts';
import type { SwarmNode } from '../model/swarm-node.ts';

export interface Sight {
  service: ApiService;
  /** Its tasks that are as its spec is now. */
  tasks: readonly ApiStackTask[];
  nodes: readonly SwarmNode[];
  /** The ids of tasks that were there before this run changed anything: how those ended says nothing about what it did. */
  earlier: ReadonlySet<string>;
  /** The deployment that this run wrote; undefined where it left the service as it was. */
  wrote: string | undefined;
  /** What a restart set its ForceUpdate to. */
  forced?: number | undefined;
  /** ms that the task has been in its state, as far as this run knows. */
  ageMs: (task: ApiStackTask) => number;
  /** ms since this run began to look, or since the swarm last had no leader or a new one, whichever is later. */
  calmMs: number;
}

export interface Failed {
  state: 'failed';
  why: string;
  /** Swarm went back to what ran before. */
  rolledBack?: boolean;
  /** The task that shows why. */
  task?: ApiStackTask | undefined;
  /** A task that failed stopped the update, whichever it was. */
  isStopped?: boolean | undefined;
}

export interface Waiting extends Pick<Failed, 'task' | 'isStopped'> {
  state: 'waiting';
  why: string;
  /** The same without how many there are, which `countOf` says. */
  doing?: string;
}

export type Verdict = { state: 'converged' | 'done' } | Waiting | Failed;
