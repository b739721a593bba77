// How far each node of a removal has come: what is told when it is interrupted.
import { compact } from '../patterns/index.ts';

/** In the order in which they come. `out`: of the swarm. `deleted`: DigitalOcean took the request. */
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

  /** Such as `w1 is gone; w2 is drained; w3 is as it was`. */
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
  [
    'out',
    'is out of the swarm, and its droplet is still there',
    'are out of the swarm, and their droplets are still there',
  ],
  ['left', 'left the swarm, and its droplet is still there', 'left the swarm, and their droplets are still there'],
  ['demoted', 'is drained and no manager any more', 'are drained and no managers any more'],
  ['drained', 'is drained', 'are drained'],
  ['kept', 'is as it was', 'are as they were'],
];
