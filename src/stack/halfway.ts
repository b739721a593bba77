// A run that ended after it had changed something: what that was, and how to go on.
import { BeltError, Interrupted, messageOf, NodesFailed, Unreachable } from '../errors.ts';

/** The error with `done`, such as `updated before that: web`, and the hint; its kind and exit code stay. */
export function halfway(error: unknown, done: string, hint: string): unknown {
  // It names what failed, and how to go on, by itself.
  if (error instanceof NodesFailed) return error;
  const Kind = [Interrupted, Unreachable].find((kind) => error instanceof kind) ?? BeltError;
  return new Kind(`${messageOf(error)}; ${done}`, { hint, cause: error });
}
