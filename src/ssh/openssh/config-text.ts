// A file for ssh's `Include` with an entry a node (ssh_config(5)).
import { isIP } from 'node:net';
import type { Setting } from './options.ts';

export interface HostEntry {
  /** What is typed: `node1`, `node1.shop.belt`. */
  names: readonly string[];
  settings: readonly Setting[];
  /** It is no node, but the way to some. */
  isJump?: true;
}

/** What stands at its head. */
const HEAD = '# Written by belt, which replaces it when nodes come and go. Off again: belt ssh-config --remove';

export const configText = (entries: readonly HostEntry[]): string =>
  [HEAD, ...entries.map(block)].map((part) => `${part}\n`).join('\n');

const block = ({ names, settings }: HostEntry): string =>
  [`Host ${names.join(' ')}`, ...settings.map(([keyword, value]) => `  ${keyword} ${value}`)].join('\n');

/** A name as a pattern of `Host`: nothing in it that ssh would match, split, exclude or leave out. */
const PLAIN = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/;

export interface NamedNode<N> {
  node: N;
  /** Lowest first. */
  id: number;
  name: string;
  cluster: string;
}

export interface Naming {
  /** The cluster whose nodes go by their plain names. */
  plain: string;
  /** Names that are somebody else's. */
  taken: Iterable<string>;
}

/**
 * What each node is called: `NAME.CLUSTER.belt`, and in one cluster `NAME` too. No name means two nodes, the older one has it; a plain name
 * with a dot could be a host of the internet, and is none.
 */
export function namesOf<N>(nodes: readonly NamedNode<N>[], { plain, taken }: Naming): { node: N; names: string[] }[] {
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  const names = new Map<N, string[]>(nodes.map(({ node }) => [node, []]));
  const give = (node: N, name: string) => {
    if (!PLAIN.test(name) || isIP(name) !== 0 || used.has(name.toLowerCase())) return;
    used.add(name.toLowerCase());
    names.get(node)!.push(name);
  };
  const oldest = nodes.toSorted((a, b) => a.id - b.id);
  for (const { node, name, cluster } of oldest) if (cluster === plain && !name.includes('.')) give(node, name);
  for (const { node, name, cluster } of oldest) give(node, fullName(name, cluster));
  return nodes.map(({ node }) => ({ node, names: names.get(node)! })).filter((one) => one.names.length > 0);
}

/** What a node is called beside those of other clusters. No host of the internet ends in `.belt`. A colon would be the end of the host for scp. */
export const fullName = (name: string, cluster: string): string =>
  `${name}.${cluster.toLowerCase().replaceAll(/[:_]/g, '-')}.belt`;
