// Which nodes a container may be on: Swarm v1's filters, in its order. Pure.
import { bareName } from './bare-name.ts';
import { beside, type Candidate, clash, type Occupant } from './candidate.ts';
import { type Expression, holds, told, toldPlainly } from './expression.ts';
import { linkOf, volumesFromOf, type Wish } from './wish.ts';

export interface Filter {
  name: string;
  /** Those of the nodes that will do, of all that there are; none is a failure. */
  keep(
    wish: Wish,
    nodes: readonly Candidate[],
    options: { soft: boolean; all: readonly Candidate[] },
  ): readonly Candidate[];
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
  keep: (wish, nodes) =>
    nodes.filter((node) =>
      beside(wish, node).every(
        (other) =>
          !wish.ports.some((one) => other.ports.some((theirs) => clash(one, theirs))) &&
          !wish.hostModePorts.some((one) => other.hostModePorts.includes(one)),
      ),
    ),
  says: ({ ports, hostModePorts }) => [
    ...ports.map((one) => `port ${one.port} (Bridge mode)`),
    ...hostModePorts.map((one) => `port ${one} (Host mode)`),
  ],
};

const slots: Filter = {
  name: 'containerslots',
  keep: (wish, nodes) =>
    nodes.filter((node) => {
      // What is no number is no limit, also nothing at all, which would be one of 0.
      const most = Number(node.labels['containerslots']?.trim() || Number.NaN);
      return !Number.isInteger(most) || beside(wish, node).length < most;
    }),
  says: () => ['available container slots'],
};

const dependency: Filter = {
  name: 'dependency',
  keep: (wish, nodes, { all }) => {
    const wanted = [
      ...wish.volumesFrom.map((text) => volumesFromOf(text).container),
      ...wish.links.map((text) => linkOf(text).container),
      ...wish.joins.map(({ container }) => container),
    ];
    const owners = wanted.map((word) => ownersOf(word, all));
    return nodes.filter(
      (node) => owners.every((list) => list.includes(node)) && wish.owned.every((one) => one.node === node.name),
    );
  },
  says: ({ volumesFrom, links, joins, owned }) => {
    const words = [
      ...volumesFrom.map((text) => `--volumes-from=${text}`),
      ...links.map((text) => `--link=${text}`),
      ...joins.map(({ option, container }) => `${option}=container:${container}`),
      ...owned.map(({ option, name }) => `${option}=${name}`),
    ];
    return words.length > 0 ? [words.join(' ')] : [];
  },
};

/** The nodes of the container that the word means: a name of one is not the beginning of another's id. */
function ownersOf(word: string, all: readonly Candidate[]): readonly Candidate[] {
  const [, owner] = /^\/?([^/]+)\/./.exec(word) ?? [];
  const own = bareName(word);
  const among = all.filter(({ name }) => owner === undefined || owner === name);
  const having = (is: (one: Occupant) => boolean) => among.filter(({ occupants }) => occupants.some(is));
  const exact = having(({ id, name }) => id === own || name === own);
  return exact.length > 0 ? exact : having(({ id }) => own !== '' && id.startsWith(own));
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
  keep: ({ affinities, imageIsOn }, nodes, { soft }) =>
    narrowed(
      affinities,
      nodes.filter(({ name }) => imageIsOn?.includes(name) ?? true),
      soft,
      (expression, node) => holds(expression, affinityTexts(expression.key, node)),
    ),
  // Swarm v1 makes an affinity of an image that not every node has.
  says: ({ affinities, image, imageIsOn }) => [
    ...affinities.map(told),
    ...(imageIsOn ? [told({ key: 'image', operator: '==', value: image, isSoft: false })] : []),
  ],
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
