// Which nodes a container may be on: Swarm v1's filters, in its order. Pure.
import { type Candidate, clash, find } from './candidate.ts';
import { type Expression, holds, told, toldPlainly } from './expression.ts';
import type { Wish } from './wish.ts';

export interface Filter {
  name: string;
  /** Those of the nodes that will do; none is a failure. */
  keep(wish: Wish, nodes: readonly Candidate[], options: { soft: boolean }): readonly Candidate[];
  /** What it asks, for the message of a failure. */
  says(wish: Wish): string[];
}

const health: Filter = {
  name: 'health',
  keep: (_wish, nodes) => nodes.filter(({ isHealthy }) => isHealthy),
  says: () => [],
};

const port: Filter = {
  name: 'port',
  keep: ({ ports, hostModePorts }, nodes) =>
    nodes.filter(({ occupants }) =>
      occupants.every(
        (other) =>
          !ports.some((one) => other.ports.some((theirs) => clash(one, theirs))) &&
          !hostModePorts.some((one) => other.hostModePorts.includes(one)),
      ),
    ),
  says: ({ ports, hostModePorts }) => [
    ...ports.map((one) => `port ${one.port} (Bridge mode)`),
    ...hostModePorts.map((one) => `port ${one} (Host mode)`),
  ],
};

const slots: Filter = {
  name: 'containerslots',
  keep: (_wish, nodes) =>
    nodes.filter(({ labels, occupants }) => {
      const most = Number(labels['containerslots'] ?? Number.NaN);
      return !Number.isInteger(most) || occupants.length < most;
    }),
  says: () => ['available container slots'],
};

const dependency: Filter = {
  name: 'dependency',
  keep: (wish, nodes) => {
    const wanted = [
      ...wish.volumesFrom.map((text) => text.replace(/:(ro|rw|z|Z)(,.*)?$/, '')),
      ...wish.links.map((text) => text.split(':')[0]!),
      ...(wish.sharesNetworkOf === undefined ? [] : [wish.sharesNetworkOf]),
    ];
    return nodes.filter((node) => wanted.every((word) => has(node, word)));
  },
  says: ({ volumesFrom, links, sharesNetworkOf }) => {
    const words = [
      ...volumesFrom.map((text) => `--volumes-from=${text}`),
      ...links.map((text) => `--link=${text}`),
      ...(sharesNetworkOf === undefined ? [] : [`--net=container:${sharesNetworkOf}`]),
    ];
    return words.length > 0 ? [words.join(' ')] : [];
  },
};

function has(node: Candidate, word: string): boolean {
  const [, owner, own = word] = /^\/?([^/]+)\/(.+)$/.exec(word) ?? [];
  return (owner === undefined || owner === node.name) && find(node, own.replace(/^\//, '')) !== undefined;
}

/** The expressions one after the other, each among the nodes that the one before left. */
const narrowed = (
  expressions: readonly Expression[],
  nodes: readonly Candidate[],
  soft: boolean,
  fits: (expression: Expression, node: Candidate) => boolean,
): readonly Candidate[] =>
  expressions
    .filter(({ isSoft }) => soft || !isSoft)
    .reduce((left, expression) => left.filter((node) => fits(expression, node)), nodes);

const affinity: Filter = {
  name: 'affinity',
  keep: ({ affinities }, nodes, { soft }) =>
    narrowed(affinities, nodes, soft, (expression, node) => holds(expression, affinityTexts(expression.key, node))),
  says: ({ affinities }) => affinities.map(told),
};

function affinityTexts(key: string, { occupants, images }: Candidate): string[] {
  if (key === 'container') return occupants.flatMap(({ id, name }) => (name === '' ? [id] : [id, name]));
  if (key === 'image') return images.flatMap(({ Id, RepoTags }) => [Id, ...(RepoTags ?? []).flatMap(namesOfImage)]);
  return occupants.map(({ labels }) => labels[key] ?? '');
}

const namesOfImage = (tag: string): string[] => [tag, tag.replace(/:[^:/]*$/, '')];

const constraint: Filter = {
  name: 'constraint',
  keep: ({ constraints }, nodes, { soft }) =>
    narrowed(constraints, nodes, soft, (expression, { id, name, labels }) =>
      holds(expression, expression.key === 'node' ? [id, name] : [labels[expression.key] ?? '']),
    ),
  says: ({ constraints }) => constraints.map(toldPlainly),
};

const whitelist: Filter = {
  name: 'whitelist',
  keep: ({ whitelists }, nodes, { soft }) =>
    narrowed(whitelists, nodes, soft, ({ value }, { name }) => value.split('|').includes(name)),
  says: ({ whitelists }) => whitelists.map(told),
};

export const FILTERS: readonly Filter[] = [health, port, slots, dependency, affinity, constraint, whitelist];
