// Until when something is kept: of all times that were asked for, the one that ends last.

export class Hold {
  /** When it is over, ms since the epoch. */
  endsAt = 0;
  /** The time that decides that, in ms. */
  keepMs = 0;

  /** Keeps it for so many ms from now, or for as long as it is kept already, from now. */
  extend(keepMs = this.keepMs): void {
    const endsAt = Date.now() + keepMs;
    if (endsAt < this.endsAt) return;
    this.endsAt = endsAt;
    this.keepMs = keepMs;
  }

  get isOver(): boolean {
    return Date.now() > this.endsAt;
  }
}
