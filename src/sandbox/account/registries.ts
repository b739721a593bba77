// The container registries of an account, by name. Their images are nowhere: only credentials are made for them.
import { createHash } from 'node:crypto';

export interface Registry {
  readonly name: string;
  readonly region: string;
  readonly createdAt: number;
}

export class Registries {
  readonly #byName = new Map<string, Registry>();
  readonly #seed: number;
  #given = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  list(): Registry[] {
    return [...this.#byName.values()];
  }

  get(name: string): Registry | undefined {
    return this.#byName.get(name);
  }

  add(registry: Registry): void {
    this.#byName.set(registry.name, registry);
  }

  remove({ name }: Registry): void {
    this.#byName.delete(name);
  }

  /** A token that nobody had before; as at DigitalOcean it is the user and the password. */
  credentials({ name }: Registry): string {
    this.#given += 1;
    const hash = createHash('sha256')
      .update(JSON.stringify([this.#seed, name, this.#given]))
      .digest('hex');
    const token = `dop_v1_${hash}`;
    return Buffer.from(`${token}:${token}`).toString('base64');
  }
}
