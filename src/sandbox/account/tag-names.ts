// The tags of an account: case-insensitive, in their original spelling.

export class TagNames {
  readonly #spelled = new Map<string, string>();

  /** Adds a tag and returns its spelling. */
  add(name: string): string {
    const spelled = this.spelled(name);
    if (spelled !== undefined) return spelled;
    this.#spelled.set(name.toLowerCase(), name);
    return name;
  }

  /** Its spelling; undefined when there is no such tag. */
  spelled(name: string): string | undefined {
    return this.#spelled.get(name.toLowerCase());
  }

  delete(name: string): void {
    this.#spelled.delete(name.toLowerCase());
  }

  /** In order of creation. */
  [Symbol.iterator](): Iterator<string> {
    return this.#spelled.values();
  }
}
