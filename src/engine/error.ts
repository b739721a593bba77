// The error of an engine that refuses or does not answer.
import { BeltError } from '../errors.ts';

/** An engine refused, in its own words; or it did not answer like an engine: then `status` is 0. */
export class EngineError extends BeltError {
  override readonly name = 'EngineError';
  readonly status: number;
  /** The request was sent, and it is unknown whether it was carried out, or still is. */
  readonly isLate: boolean;

  constructor(node: string, status: number, message: string, { isLate = false } = {}) {
    super(`${node}: ${message}`);
    this.status = status;
    this.isLate = isLate;
  }
}
