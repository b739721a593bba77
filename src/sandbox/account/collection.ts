/** What an account has of one kind, in order of creation. */
export class Collection<T extends { readonly id: string | number }> {
  readonly #byId = new Map<T['id'], T>();
  #added = 0;

  /** How many there have ever been. */
  get added(): number {
    return this.#added;
  }

  list(): T[] {
    return [...this.#byId.values()];
  }

  get(id: T['id']): T | undefined {
    return this.#byId.get(id);
  }

  add(thing: T): T {
    this.#added += 1;
    this.#byId.set(thing.id, thing);
    return thing;
  }

  remove({ id }: T): void {
    this.#byId.delete(id);
  }
}
