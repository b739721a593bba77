// Whether a cluster is as its file says, in a last line and an exit code, by what a look saw.

import { stepsOn, stepWords } from '../cluster/steps.ts';
import type { ClusterSpec } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import { EXIT } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { byShort, findingLines, shortFor, shortOf } from './findings.ts';
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
  /** The cluster's droplets, where this run changed something. */
  changed?: readonly Droplet[];
}

/** So many findings are named in the last line; the warnings before it name all. */
const NAMED = 4;

export function verdictOf({ name }: Pick<ClusterSpec, 'name'>, observed: Observed, again: string): Verdict {
  const { plan, steps } = observed;
  const left = steps.filter((step) => !('node' in step));
  const failed = plan.nodes.flatMap((node): Finding[] => {
    const own = stepsOn(steps, node.name);
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

function lineOf(
  cluster: string,
  { all, right, findings }: { all: number; right: number; findings: readonly Finding[] },
): string {
  const nodes = count(all, 'node');
  if (findings.length === 0) return `${cluster}: ${nodes}, up to date`;
  const groups = byShort(findings);
  const named = groups.slice(0, NAMED).map(({ short, names }) => `${compact(names)} ${shortFor(names.length, short)}`);
  const unnamed = groups.slice(NAMED).reduce((sum, { names }) => sum + names.length, 0);
  const more = unnamed > 0 ? [`and ${unnamed} more`] : [];
  return `${cluster}: ${right} of ${nodes} up to date; ${[...named, ...more].join(', ')}`;
}

/** Prints a warning for each finding, then the line. */
export function tellVerdict({ out }: Context, { failed, drift, line }: Verdict): void {
  const findings = [...failed, ...drift];
  if (!out.tellsEvents) {
    for (const words of findingLines(findings)) out.warn(words);
    return out.line(line);
  }
  for (const { name, text, hint } of findings) out.warn(`${name} ${text}; ${hint}`, { node: name });
}

/** What the last event says of it. */
export const verdictFields = ({ failed, drift, exitCode }: Verdict) => ({
  right: exitCode === 0,
  failed: failed.map(({ name }) => name),
  drift: drift.map(({ name, text, hint }) => ({ node: name, text, hint })),
  exitCode,
});
