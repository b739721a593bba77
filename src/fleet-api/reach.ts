// What an error says of the engine that a request was for: that it cannot be reached, or nothing.
import { BeltError } from '../errors.ts';

/** It answered nothing in time. */
export class Silent extends Error {
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`its Docker engine is silent (${Math.round(afterMs / 100) / 10} s)`);
    this.afterMs = afterMs;
  }
}

/** The way to an engine is there, and takes no more streams for now: that says nothing of the engine. */
export class NoStream extends Error {}

/** What systems say of a host or socket that cannot be reached. */
const OUT_OF_REACH = ['ECONNREFUSED', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ETIMEDOUT'];
const CUT = ['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'];

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** Nothing says so: an answer that cannot be read, or one channel of SSH that was not opened, are no silence. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof Silent || error instanceof BeltError || OUT_OF_REACH.includes(codeOf(error));

/** Its stream was cut. */
export const isCut = (error: unknown): boolean => CUT.includes(codeOf(error));
