// Waits until each service of a stack became what it was asked to be, or cannot.
import type { Context } from '../context.ts';
import type { ApiService, ApiStackTask, StackEngine, TasksOf } from '../engine/stack-calls.ts';
import { isUnheard, type SwarmNode } from '../model/swarm-node.ts';
import { type Row, RowDisplay, type Rows } from '../output/progress/rows.ts';
import { poll } from '../wait.ts';
import { countOf, judge, stoppedBy } from './judge.ts';
import { restartsAlways } from './mode.ts';
import type { Failed, Sight, Verdict, Waiting } from './verdict.ts';

export interface Watched {
  /** Without the stack's name. */
  name: string;
  /** As the swarm has it. */
  fullName: string;
  /** The deployment that changed it; undefined where it was left as it was. */
  wrote: string | undefined;
  /** What a restart set its ForceUpdate to. */
  forced?: number;
  /** It is waited for until it has completed, not only until it runs. */
  isToComplete?: boolean;
}

export interface Wait {
  /** Whose tasks these are. */
  of: TasksOf;
  services: readonly Watched[];
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
  /** ms since the epoch. */
  deadline: number;
  timeoutS: number;
  /** When tasks were first seen in a state, from an earlier wait of this run; this one adds to it. */
  since?: Map<string, number> | undefined;
}

/** What stopped a service, with what is known of its tasks. */
export interface FailedService {
  watched: Watched;
  of: TasksOf;
  /** Undefined where it is gone. */
  serviceId: string | undefined;
  verdict: Failed;
  /** The id of the task that Swarm named as the one that stopped the update. */
  stoppedBy: string | undefined;
  /** That task as it was last seen: Swarm forgets those that failed soon. */
  lastSeen: ApiStackTask | undefined;
  /** The ids of tasks that were there before anything was changed. */
  earlier: ReadonlySet<string>;
  nodes: readonly SwarmNode[];
}

const EVERY_MS = 1_000;
/** So long managers may be silent. */
const SILENCE_MS = 60_000;

interface Seen {
  services: readonly ApiService[];
  tasks: readonly ApiStackTask[];
  nodes: readonly SwarmNode[];
}

/**
 * Waits for all of them; one's failure ends only its own wait. A terminal sees them meanwhile, a row each.
 * @throws what the engine says for a minute
 */
export async function converge(context: Context, engine: StackEngine, wait: Wait): Promise<FailedService[]> {
  const watch = new Watch(context, wait);
  try {
    await look(context, engine, watch, wait);
  } finally {
    watch.stop();
  }
  return watch.end();
}

async function look(context: Context, engine: StackEngine, watch: Watch, wait: Wait): Promise<void> {
  let silentSince: number | undefined;
  await poll(
    async () => {
      try {
        const [services, tasks, nodes] = await Promise.all([
          engine.services(),
          engine.tasks(wait.of, { upToDate: true }),
          engine.nodes(),
        ]);
        silentSince = undefined;
        watch.look({ services, tasks, nodes });
        return watch.isOver || undefined;
      } catch (error) {
        context.signal.throwIfAborted();
        silentSince ??= context.clock.now();
        watch.isSilent = true;
        if (context.clock.now() - silentSince >= SILENCE_MS) throw error;
        return undefined;
      }
    },
    { ...context, deadline: wait.deadline, intervalMs: EVERY_MS },
  );
}

/** A service as it is shown while it is waited for. */
type Shown = Pick<Row, 'count' | 'state' | 'sinceMs'>;

class Watch {
  readonly #context: Context;
  readonly #wait: Wait;
  readonly #startMs: number;
  /** When a task was first seen in a state, ms since the epoch. */
  readonly #since: Map<string, number>;
  /** The last that was seen of each task: swarm forgets those that failed soon. */
  readonly #tasks = new Map<string, ApiStackTask>();
  readonly #verdicts = new Map<Watched, Verdict>();
  /** The first task that Swarm named: its later messages name none, or one that failed while it went back. */
  readonly #stoppedBy = new Map<Watched, string>();
  readonly #shown = new Map<Watched, Shown>();
  readonly #display: RowDisplay;
  /** No manager answered the last time. */
  isSilent = false;
  #nodes: readonly SwarmNode[] = [];
  #services: readonly ApiService[] = [];
  /** When the swarm last had no leader, or a new one, ms since the epoch; at first, when this run began to look. */
  #calmSinceMs: number;

  constructor(context: Context, wait: Wait) {
    this.#context = context;
    this.#wait = wait;
    this.#since = wait.since ?? new Map();
    this.#startMs = context.clock.now();
    this.#calmSinceMs = this.#startMs;
    this.#display = new RowDisplay(context.out, context.clock, () => this.#rows());
  }

  /** Takes the rows off the screen. */
  stop(): void {
    this.#display.stop();
  }

  #rows(): Rows {
    const rows = this.#wait.services.map((service): Row => {
      const shown = this.#shown.get(service) ?? { count: '', state: '', sinceMs: this.#startMs };
      const verdict = this.#verdicts.get(service);
      const end = !isEnd(verdict) ? undefined : verdict && isGood(verdict) ? 'done' : 'failed';
      return { name: service.name, ...shown, end };
    });
    return { rows, done: 'converged', trouble: this.isSilent ? 'no manager answers' : undefined };
  }

  get isOver(): boolean {
    return this.#wait.services.every((service) => isEnd(this.#verdicts.get(service)));
  }

  look(seen: Seen): void {
    const nowMs = this.#context.clock.now();
    if (this.isSilent || seen.nodes.some(isUnheard) || leaderOf(seen.nodes) !== leaderOf(this.#nodes))
      this.#calmSinceMs = nowMs;
    this.isSilent = false;
    this.#nodes = seen.nodes;
    this.#services = seen.services;
    for (const task of seen.tasks) {
      this.#tasks.set(task.ID, task);
      const key = stateOf(task);
      if (!this.#since.has(key)) this.#since.set(key, nowMs);
    }
    for (const service of this.#wait.services) {
      const before = this.#verdicts.get(service);
      if (isEnd(before)) continue;
      const sight = this.#sightOf(service, seen, nowMs);
      const taskId = sight && stoppedBy(sight.service);
      if (taskId !== undefined && !this.#stoppedBy.has(service)) this.#stoppedBy.set(service, taskId);
      const verdict = sight ? verdictOf(service, sight) : REMOVED;
      this.#verdicts.set(service, verdict);
      this.#show(service, verdict, sight && countOf(sight), nowMs);
      this.#tell(service, before, verdict);
    }
  }

  #show(service: Watched, verdict: Verdict, count = '', nowMs: number): void {
    const state = stateWords(verdict);
    const before = this.#shown.get(service);
    const isSame = before?.state === state && !isEnd(verdict);
    this.#shown.set(service, { count, state, sinceMs: isSame ? before.sinceMs : nowMs });
  }

  /** Undefined where it is gone. */
  #sightOf({ fullName, wrote, forced }: Watched, { services, tasks, nodes }: Seen, nowMs: number): Sight | undefined {
    const service = services.find(({ Spec: { Name } }) => Name === fullName);
    if (!service) return undefined;
    const { earlier } = this.#wait;
    const ageMs = (task: ApiStackTask): number => {
      const seenMs = nowMs - (this.#since.get(stateOf(task)) ?? nowMs);
      // The clocks of nodes may differ from this one: they are asked only about what this run did not start.
      const isEarlier = (wrote === undefined && forced === undefined) || earlier.has(task.ID);
      return isEarlier ? Math.max(seenMs, nowMs - Date.parse(task.Status.Timestamp ?? '')) || seenMs : seenMs;
    };
    const own = tasks.filter(({ ServiceID }) => ServiceID === service.ID);
    return { service, tasks: own, nodes, earlier, wrote, forced, ageMs, calmMs: nowMs - this.#calmSinceMs };
  }

  #tell({ name, wrote, forced }: Watched, before: Verdict | undefined, verdict: Verdict): void {
    const text = wordsOf(verdict);
    if (before && wordsOf(before) === text) return;
    // What was left alone and runs is not news.
    if (wrote === undefined && forced === undefined && isGood(verdict)) return;
    const { out } = this.#context;
    // The rows say it already; a program is told all the same.
    if (this.#display.isShown && !out.tellsEvents) return;
    out.tell('service', { service: name, state: verdict.state }, `${name}: ${text}`);
  }

  end(): FailedService[] {
    return this.#wait.services.flatMap((watched): FailedService[] => {
      const verdict = this.#verdicts.get(watched) ?? { state: 'waiting', why: 'no manager answered' };
      if (!('why' in verdict)) return [];
      const failed = verdict.state === 'failed' ? verdict : this.#late(verdict);
      const taskId = failed.isStopped ? this.#stoppedBy.get(watched) : undefined;
      const { of, earlier } = this.#wait;
      const serviceId = this.#services.find(({ Spec: { Name } }) => Name === watched.fullName)?.ID;
      const lastSeen = this.#tasks.get(taskId ?? '');
      return [{ watched, of, serviceId, verdict: failed, stoppedBy: taskId, lastSeen, earlier, nodes: this.#nodes }];
    });
  }

  #late({ why, task, isStopped }: Waiting): Failed {
    return { state: 'failed', why: `not done after ${this.#wait.timeoutS} s: ${why}`, task, isStopped };
  }
}

const REMOVED: Failed = { state: 'failed', why: 'somebody else removed it in the meantime' };

function verdictOf({ isToComplete = false }: Watched, sight: Sight): Verdict {
  const verdict = judge(sight);
  return isToComplete && verdict.state === 'converged' ? unfinished(sight.service) : verdict;
}

/** What runs on is not done; where it is started again whenever it ends, it never will be. */
const unfinished = (service: ApiService): Verdict =>
  restartsAlways(service)
    ? {
        state: 'failed',
        why: 'it is to complete, but is started again when it ends: set deploy.restart_policy.condition to on-failure',
      }
    : { state: 'waiting', why: 'running, to complete', doing: 'to complete' };

const leaderOf = (nodes: readonly SwarmNode[]): string | undefined => nodes.find(({ leader }) => leader)?.id;
const stateOf = ({ ID, Status: { State } }: ApiStackTask): string => `${ID} ${State}`;
const isGood = ({ state }: Verdict): boolean => state === 'converged' || state === 'done';
const isEnd = (verdict: Verdict | undefined): boolean => verdict !== undefined && verdict.state !== 'waiting';

/** What stands behind how many there are. */
function stateWords(verdict: Verdict): string {
  if (verdict.state === 'waiting') return verdict.doing ?? verdict.why;
  return wordsOf(verdict);
}

function wordsOf(verdict: Verdict): string {
  if ('why' in verdict) return verdict.state === 'failed' ? `failed: ${verdict.why}` : verdict.why;
  return verdict.state === 'done' ? 'completed' : 'converged';
}
