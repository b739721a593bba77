// The actions of an account: what was requested of droplets, and the outcome.
import { Collection } from './collection.ts';
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

export class Actions extends Collection<Action> {
  ofDroplet(id: number): Action[] {
    return this.list().filter(({ droplet }) => droplet.id === id);
  }

  begin(type: string, droplet: Droplet, now: number): Action {
    const id = FIRST_ID + this.added;
    return this.add({ id, type, status: 'in-progress', startedAt: now, completedAt: undefined, droplet });
  }
}

export function endAction(action: Action, status: 'completed' | 'errored', now: number): void {
  action.status = status;
  action.completedAt = now;
}
