// How much may be under way to one node, in bytes. Who asks first is served first.

export class Room {
  #free: number;
  readonly #waiting: { bytes: number; go: () => void }[] = [];

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /** Takes it where there is so much now. */
  tryTake(bytes: number): boolean {
    if (this.#waiting.length > 0 || this.#free < bytes) return false;
    this.#free -= bytes;
    return true;
  }

  /** Resolves when there is so much; it is the caller's until it gives it back. */
  async take(bytes: number): Promise<void> {
    if (this.tryTake(bytes)) return;
    await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
  }

  give(bytes: number): void {
    this.#free += bytes;
    for (let first = this.#waiting[0]; first && this.#free >= first.bytes; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= first.bytes;
      first.go();
    }
  }
}
