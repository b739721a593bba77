// The end of a command that worked on many nodes: a line a failed node, and the exit code that says so.
import { Ambiguous } from '../cloud/errors.ts';
import { BeltError, messageOf, type NodeFailure, NodesFailed } from '../errors.ts';
import { compact } from '../patterns/index.ts';

export type Failure = NodeFailure;

/**
 * Throws nothing when there is no failure; the one error itself when all there was to do failed with it; else
 * NodesFailed with a line a node.
 */
export function throwFailures(failures: readonly Failure[], all: number, hint?: string): void {
  const [first] = failures;
  if (!first) return;
  if (all === 1 && first.error instanceof BeltError && hint === undefined) throw first.error;
  // One may have failed of two things: to become ready, and to be deleted for it.
  const nodes = [...new Set(failures.map(({ name }) => name))];
  const lines = [...grouped(failures)].map(([reason, group]) => `  ${lineOf(compact(group), reason)}`);
  throw new NodesFailed(`${nodes.length} of ${all} failed: ${compact(nodes)}`, {
    failures,
    lines,
    ...(hint !== undefined && { hint }),
  });
}

/** Throws the refusal itself where DigitalOcean refused everything for one reason: it is not about single nodes. */
export function throwRefusal(failures: readonly Failure[]): void {
  const [first, ...others] = failures.map(({ error }) => error);
  // Where it is not known what was carried out, each node is named.
  if (!(first instanceof BeltError) || first instanceof Ambiguous) return;
  if (others.every((error) => messageOf(error) === first.message)) throw first;
}

/** Nodes that failed for one reason share a line. */
function grouped(failures: readonly Failure[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { name, error } of failures) {
    const hint = error instanceof BeltError && error.hint !== undefined ? ` (${error.hint})` : '';
    const reason = `${messageOf(error)}${hint}`;
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return groups;
}

const lineOf = (names: string, reason: string): string =>
  reason.startsWith(`${names} `) || reason.startsWith(`${names}:`) ? reason : `${names}: ${reason}`;
