// Whether a cluster is as its file says, in a last line and an exit code, by what a look saw.

import { stepWords } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../errors.ts';
import type { Observed } from './observe.ts';

/** Something that is not as the file says. */
interface Finding {
  name: string;
  /** Continues the name. */
  text: string;
  /** The same in a few words. */
  short: string;
  hint: string;
}

export interface Verdict {
  /** Nodes that do not work as the file says. */
  failed: Finding[];
  /** What differs, works, and is left as it is. */
  drift: Finding[];
  /** `shop: 7 nodes, up to date` */
  line: string;
  exitCode: number;
}

/** So many are named in the last line; the warnings before it name all. */
const NAMED = 4;

export function verdictOf({ name }: Pick<ClusterSpec, 'name'>, observed: Observed, again: string): Verdict {
  const { plan, steps } = observed;
  const left = steps.filter((step) => !('node' in step));
  const failed = plan.nodes.flatMap((node): Finding[] => {
    const own = steps.filter((step) => 'node' in step && step.node === node.name);
    const { trouble } = node;
    if (trouble) return [{ name: node.name, short: shortOf(trouble.text), ...trouble }];
    if (node.create) return [missing(node.name, again)];
    if (node.swarm === 'join' || node.swarm === 'init') return [outside(node.name, again)];
    const words = own.flatMap(stepWords).join(', ');
    return own.length > 0 ? [unfinished(node.name, words, again)] : [];
  });
  const drift = [
    ...plan.nodes.flatMap((node) => node.drift.map((one) => ({ name: node.name, ...one }))),
    ...plan.extra.map((node) => ({ name: node.name, ...node.drift })),
    ...left.map((step) => ({
      name: step.kind === 'forget' ? step.hostname : name,
      text: `is not finished: ${stepWords(step).join(', ')}`,
      short: step.kind === 'forget' ? 'has a stale swarm entry' : 'is not finished',
      hint: `run again: ${again}`,
    })),
  ];
  const all = plan.nodes.length;
  const wrong = new Set([...failed, ...drift].map((finding) => finding.name));
  const right = plan.nodes.filter((node) => !wrong.has(node.name)).length;
  return {
    failed,
    drift,
    line: lineOf(name, { all, right, findings: [...failed, ...drift] }),
    exitCode: failed.length > 0 ? EXIT.someNodesFailed : drift.length > 0 ? EXIT.planned : 0,
  };
}

const missing = (name: string, again: string): Finding => ({
  name,
  text: 'is missing: DigitalOcean has no such droplet',
  short: 'is missing',
  hint: `run again: ${again}`,
});

const outside = (name: string, again: string): Finding => ({
  name,
  text: 'is not in the swarm',
  short: 'is not in the swarm',
  hint: `run again: ${again}`,
});

const unfinished = (name: string, words: string, again: string): Finding => ({
  name,
  text: `is not up to date yet (${words})`,
  short: 'is not finished',
  hint: `run again: ${again}`,
});

/** Without what stands in brackets. */
const shortOf = (text: string): string => text.replace(/ \(.*\)/, '');

function lineOf(
  cluster: string,
  { all, right, findings }: { all: number; right: number; findings: readonly Finding[] },
): string {
  const count = `${all} ${all === 1 ? 'node' : 'nodes'}`;
  if (findings.length === 0) return `${cluster}: ${count}, up to date`;
  const named = [...new Set(findings.map(({ name, short }) => `${name} ${short}`))];
  const more = named.length > NAMED ? [`and ${named.length - NAMED} more`] : [];
  return `${cluster}: ${right} of ${count} up to date; ${[...named.slice(0, NAMED), ...more].join(', ')}`;
}

/** Prints a warning for each finding, then the line. */
export function tellVerdict({ out }: Context, { failed, drift, line }: Verdict): void {
  for (const { name, text, hint } of [...failed, ...drift]) out.warn(`${name} ${text}; ${hint}`, { node: name });
  if (!out.tellsEvents) out.line(line);
}

/** What the last event says of it. */
export const verdictFields = ({ failed, drift, exitCode }: Verdict) => ({
  right: exitCode === 0,
  failed: failed.map(({ name }) => name),
  drift: drift.map(({ name, text, hint }) => ({ node: name, text, hint })),
  exitCode,
});
