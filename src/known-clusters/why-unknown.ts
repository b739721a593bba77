// What a look at the swarm of a cluster did not find out, and why.
import { clusterWords } from '../descriptions/name.ts';
import { messageOf } from '../errors.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import type { Node } from '../model/node.ts';

/** Nodes whose host key nobody pinned here: they were not asked. */
export const untrustedIn = <N extends Node>({ answers }: SwarmView<N>): N[] =>
  answers.filter(({ untrusted }) => untrusted).map(({ node }) => node);

/** Of the nodes that did not answer, those that others named as managers. */
export function namedManagers<N extends Node>({ answers, silent }: SwarmView<N>): N[] {
  const told = answers.flatMap(({ swarm }) => swarm?.managers ?? []).map((address) => address.replace(/:\d+$/, ''));
  return silent.filter(({ privateAddress }) => privateAddress !== undefined && told.includes(privateAddress));
}

/** Why the first node that could be asked was not; undefined when all that were asked answered. */
export const troubleIn = ({ answers }: SwarmView): string | undefined =>
  answers.flatMap(({ error, untrusted }) => (error === undefined || untrusted ? [] : [messageOf(error)]))[0];

/** Why nothing is known of a cluster's swarm; undefined when something is, or when it has none. */
export function whyUnknown(cluster: string, view: SwarmView): string | undefined {
  if (view.swarm) return undefined;
  const untrusted = untrustedIn(view);
  const managers = namedManagers(view);
  const first = untrusted.find((node) => managers.includes(node)) ?? untrusted[0];
  if (first) return `the host key of ${first.name} is not known here (${trustWords(cluster, first.name)})`;
  return troubleIn(view);
}

/** The command that trusts a node of a cluster, whichever is chosen. */
export const trustWords = (cluster: string, node: string): string => `${clusterWords(cluster)}belt trust ${node}`;
