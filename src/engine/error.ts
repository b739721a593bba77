// The error of an engine that refuses or does not answer.
import { BeltError, type ErrorDetails } from '../errors.ts';

/** What an engine says with an error; undefined where that is not how an engine says it. */
export function messageIn(text: string): string | undefined {
  try {
    const message = (JSON.parse(text) as { message?: unknown } | null)?.message;
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}

/** An engine refused, in its own words; or it did not answer like an engine: then `status` is 0. */
export class EngineError extends BeltError {
  override readonly name = 'EngineError';
  readonly status: number;
  /** What the engine said, without its name. */
  readonly words: string;
  /** The request was sent, and it is unknown whether it was carried out, or still is. */
  readonly isLate: boolean;

  constructor(
    node: string,
    status: number,
    message: string,
    { isLate = false, ...details }: ErrorDetails & { isLate?: boolean } = {},
  ) {
    super(`${node}: ${message}`, details);
    this.status = status;
    this.words = message;
    this.isLate = isLate;
  }
}

/** The error of an engine that is silent. `why` ends the sentence: ` (15 s)`, `: connection reset`. */
export const silentEngine = (node: string, why: string, { isLate = false }: { isLate?: boolean } = {}): EngineError =>
  new EngineError(node, 0, `its Docker engine does not answer${why}`, {
    isLate,
    hint: `see why: belt exec ${node} -- systemctl status docker`,
  });
