// The tags of an account: compared without case, spelled as they were the first time.

export class TagNames {
  readonly #spelled = new Map<string, string>();

  /** Adds a tag, and gives it as it is spelled. */
  add(name: string): string {
    const spelled = this.spelled(name);
    if (spelled !== undefined) return spelled;
    this.#spelled.set(name.toLowerCase(), name);
    return name;
  }

  /** As it is spelled; undefined when there is no such tag. */
  spelled(name: string): string | undefined {
    return this.#spelled.get(name.toLowerCase());
  }

  delete(name: string): void {
    this.#spelled.delete(name.toLowerCase());
  }

  /** In the order they were made. */
  [Symbol.iterator](): Iterator<string> {
    return this.#spelled.values();
  }
}
