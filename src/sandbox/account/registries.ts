// The container registries of an account. Their images are nowhere: only credentials are made for them.
import { createHash } from 'node:crypto';
import { Collection } from './collection.ts';

export interface Registry {
  /** Its name. */
  readonly id: string;
  readonly region: string;
  readonly createdAt: number;
}

export class Registries extends Collection<Registry> {
  readonly #seed: number;
  #given = 0;

  constructor(seed: number) {
    super();
    this.#seed = seed;
  }

  /** A token that nobody had before; as at DigitalOcean it is the user and the password. */
  credentials({ id }: Registry): string {
    this.#given += 1;
    const words = JSON.stringify([this.#seed, id, this.#given]);
    const token = `dop_v1_${createHash('sha256').update(words).digest('hex')}`;
    return Buffer.from(`${token}:${token}`).toString('base64');
  }
}
