// What an engine says no with, or keeps silent with.
import { BeltError } from '../errors.ts';

/** An engine refused, in its own words; or it did not answer as an engine does: then `status` is 0. */
export class EngineError extends BeltError {
  override readonly name = 'EngineError';
  readonly status: number;
  /** It was asked, and nobody knows whether what was asked is done, or is being done still. */
  readonly isLate: boolean;

  constructor(node: string, status: number, message: string, { isLate = false } = {}) {
    super(`${node}: ${message}`);
    this.status = status;
    this.isLate = isLate;
  }
}
