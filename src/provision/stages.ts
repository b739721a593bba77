// The progress of each node of a removal, reported when it is interrupted.
import { compact } from '../patterns/index.ts';

/** In order. `out`: out of the swarm. `deleted`: DigitalOcean accepted the request. */
export type Stage = 'kept' | 'drained' | 'demoted' | 'left' | 'out' | 'deleted' | 'gone';

interface Named {
  id: number;
  name: string;
}

export class Stages {
  readonly #nodes: readonly Named[];
  readonly #stages = new Map<number, Stage>();

  constructor(nodes: readonly Named[]) {
    this.#nodes = nodes;
  }

  set({ id }: Named, stage: Stage): void {
    this.#stages.set(id, stage);
  }

  /** Of these nodes, those that are not as they were; undefined where all are. */
  changed(nodes: readonly Pick<Named, 'id'>[]): Stages | undefined {
    const ids = new Set(nodes.map(({ id }) => id));
    const some = new Stages(this.#nodes.filter(({ id }) => ids.has(id) && (this.#stages.get(id) ?? 'kept') !== 'kept'));
    for (const node of some.#nodes) some.set(node, this.#stages.get(node.id)!);
    return some.#nodes.length > 0 ? some : undefined;
  }

  /** Such as `w1 is gone; w2 is drained; w3 is unchanged`. */
  toString(): string {
    const groups = SENTENCES.flatMap(([stage, one, many]) => {
      const names = this.#nodes.filter(({ id }) => (this.#stages.get(id) ?? 'kept') === stage).map(({ name }) => name);
      return names.length === 0 ? [] : [`${compact(names)} ${names.length === 1 ? one : many}`];
    });
    return groups.join('; ');
  }
}

const SENTENCES: readonly (readonly [Stage, string, string])[] = [
  ['gone', 'is gone', 'are gone'],
  ['deleted', 'is being deleted', 'are being deleted'],
  ['out', 'is out of the swarm, but its droplet still exists', 'are out of the swarm, but their droplets still exist'],
  ['left', 'left the swarm, but its droplet still exists', 'left the swarm, but their droplets still exist'],
  ['demoted', 'is drained and no longer a manager', 'are drained and no longer managers'],
  ['drained', 'is drained', 'are drained'],
  ['kept', 'is unchanged', 'are unchanged'],
];
