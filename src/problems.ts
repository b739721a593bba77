// Checks that do not stop at the first thing that is wrong: nobody wants to mend one only to meet the next.
import { BeltError, SeveralProblems } from './errors.ts';

export class Problems {
  readonly #found: BeltError[] = [];

  /** Does a check; an error that a user can mend is kept, and the check gives undefined. @throws any other error */
  async check<T>(look: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await look();
    } catch (error) {
      return this.#keep(error);
    }
  }

  /** The same for a check that waits for nothing. */
  checkNow<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      return this.#keep(error);
    }
  }

  #keep(error: unknown): undefined {
    if (!(error instanceof BeltError)) throw error;
    const known = error instanceof SeveralProblems ? error.problems : [error];
    // Two groups may have the same one.
    this.#found.push(...known.filter(({ message }) => this.#found.every((one) => one.message !== message)));
  }

  /** @throws BeltError: the one that was found, or one that tells them all */
  throwAny(): void {
    const [first, ...others] = this.#found;
    if (first === undefined) return;
    throw others.length === 0 ? first : new SeveralProblems(this.#found);
  }
}
