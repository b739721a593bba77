// Every failure that a user can meet. Modules throw one of these; only main.ts turns it into text and an exit code.

/** The exit codes, as documented in docs/commands.md (0 is success). */
export const EXIT = {
  failed: 1,
  usage: 2,
  someNodesFailed: 3,
  planned: 4,
  unreachable: 255,
  interrupted: 130,
} as const;

export interface ErrorDetails {
  /** What the user can do next: a command or a setting, in one line. */
  hint?: string | undefined;
  /** Lines that show where the fault is (a caret under a column, the nodes that failed), printed under the message. */
  lines?: string[];
  cause?: unknown;
}

/** Something the user can understand and fix. The message names the part at fault. */
export class BeltError extends Error {
  override readonly name: string = 'BeltError';
  readonly exitCode: number = EXIT.failed;
  readonly hint: string | undefined;
  readonly lines: readonly string[];

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.hint = details.hint;
    this.lines = details.lines ?? [];
  }
}

/** Usage error: nothing was attempted. */
export class UsageError extends BeltError {
  override readonly name: string = 'UsageError';
  override readonly exitCode: number = EXIT.usage;
}

/** Several things that are wrong with what was asked for, each an error of its own. */
export class SeveralProblems extends BeltError {
  override readonly name: string = 'SeveralProblems';
  override readonly exitCode: number;
  readonly problems: readonly BeltError[];

  /** The exit code is that of the first. */
  constructor(problems: readonly BeltError[]) {
    super(problems.map(({ message }) => message).join('; '));
    this.problems = problems;
    this.exitCode = problems[0]?.exitCode ?? EXIT.failed;
  }
}

/** Why one node failed. */
export interface NodeFailure {
  name: string;
  error: unknown;
}

/** Some nodes failed and the others are done. */
export class NodesFailed extends BeltError {
  override readonly name: string = 'NodesFailed';
  override readonly exitCode: number = EXIT.someNodesFailed;
  readonly failures: readonly NodeFailure[];

  constructor(message: string, details: ErrorDetails & { failures: readonly NodeFailure[] }) {
    super(message, details);
    this.failures = details.failures;
  }

  /** The names of those that failed, each once. */
  get nodes(): string[] {
    return [...new Set(this.failures.map(({ name }) => name))];
  }
}

/** A host could not be reached, or is not the host it should be. */
export class Unreachable extends BeltError {
  override readonly name: string = 'Unreachable';
  override readonly exitCode: number = EXIT.unreachable;
}

/** The user pressed Ctrl-C (or the process was asked to end). The message says what exists and how to continue. */
export class Interrupted extends BeltError {
  override readonly name: string = 'Interrupted';
  override readonly exitCode: number = EXIT.interrupted;
}

/** What the process returns when it ends with this. */
export const exitCodeOf = (error: unknown): number => (error instanceof BeltError ? error.exitCode : EXIT.failed);

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
