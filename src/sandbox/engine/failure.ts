// How commands of simulated hosts fail, and what these hosts say of everything that they do not support.

export const NOT_PLAYED = 'not supported by simulated hosts: belt sandbox start --hosts engine';

/** Ends a command with this text on its error output. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Refuses what only real hosts can do, with docker's own code for arguments that it cannot handle. */
export const notPlayed = (what: string): Failure => new Failure(`${what}: ${NOT_PLAYED}`, 125);
