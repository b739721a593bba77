// The actions of an account: what was requested of droplets, and the outcome.
import type { Droplet } from './droplet.ts';

export interface Action {
  readonly id: number;
  readonly type: string;
  status: 'in-progress' | 'completed' | 'errored';
  readonly startedAt: number;
  completedAt: number | undefined;
  readonly droplet: Droplet;
}

const FIRST_ID = 36_804_636;

export class Actions {
  readonly #all: Action[] = [];
  readonly #ofDroplet = new Map<number, Action[]>();

  get(id: number): Action | undefined {
    return this.#all[id - FIRST_ID];
  }

  /** In the order they began. */
  list(): readonly Action[] {
    return this.#all;
  }

  ofDroplet(id: number): readonly Action[] {
    return this.#ofDroplet.get(id) ?? [];
  }

  begin(type: string, droplet: Droplet, now: number): Action {
    const action: Action = {
      id: FIRST_ID + this.#all.length,
      type,
      status: 'in-progress',
      startedAt: now,
      completedAt: undefined,
      droplet,
    };
    this.#all.push(action);
    const ofDroplet = this.#ofDroplet.get(droplet.id);
    if (ofDroplet) {
      ofDroplet.push(action);
    } else {
      this.#ofDroplet.set(droplet.id, [action]);
    }
    return action;
  }
}

export function endAction(action: Action, status: 'completed' | 'errored', now: number): void {
  action.status = status;
  action.completedAt = now;
}
