import { expect, test } from 'vitest';
import { remedies, type Stray, type Whereabouts } from '../../../src/commands/orphans/remedies.ts';

const stray = (id: number, name: string, status = 'active'): Stray => ({ id, name, status });
const where = (change: Partial<Whereabouts> = {}): Whereabouts => ({
  cluster: 'shop',
  known: true,
  described: true,
  about: '',
  managers: ['m1', 'm2', 'm3'],
  running: ['m1', 'm3'],
  outside: new Set(),
  ...change,
});

test.each<[string, Stray[], Partial<Whereabouts>, string[]]>([
  [
    'a manager that is off',
    [stray(7, 'm2', 'off')],
    {},
    [
      'shop: m2: power it on in the control panel · remove, if it is not to come back (it is a manager: 2 of 3 remain, 2 of them running): belt rm 7',
    ],
  ],
  [
    'two of three managers off: to remove one would leave a dead one, and no quorum',
    [stray(7, 'm2', 'off'), stray(8, 'm3', 'off')],
    { running: ['m1'] },
    ['shop: m2: power it on in the control panel', 'shop: m3: power it on in the control panel'],
  ],
  [
    'all managers off',
    [stray(7, 'm1', 'off'), stray(8, 'm2', 'off'), stray(9, 'm3', 'off')],
    { running: [] },
    ['shop: m[1:3]: the only managers are off: power them on, in the control panel'],
  ],
  [
    'the only manager, off',
    [stray(7, 'm1', 'off')],
    { managers: ['m1'], running: [] },
    ['shop: m1: the only managers are off: power them on, in the control panel'],
  ],
  [
    'a worker that is off beside one that is not finished',
    [stray(7, 'w1', 'off'), stray(8, 'w2')],
    { about: 'BELT_CLUSTER=shop ' },
    [
      'shop: w1: power it on in the control panel · remove, if it is not to come back: BELT_CLUSTER=shop belt rm 7',
      'shop: finish: belt cluster provision shop · remove: BELT_CLUSTER=shop belt rm 8',
    ],
  ],
  [
    'those outside of a swarm that nothing describes',
    [stray(7, 'w1'), stray(8, 'w2'), stray(9, 'w3')],
    { described: false, managers: undefined, outside: new Set([7, 8]) },
    [
      "shop: join: belt swarm join MANAGER 'w[1:2]' · remove: belt rm 7 8",
      'shop: finish: belt create SIZE w3 --missing · remove: belt rm 9',
    ],
  ],
  [
    'a cluster that is not known here',
    [stray(7, 'm1', 'off')],
    { known: false },
    ['shop: keep: belt cluster import shop · remove: belt cluster rm shop'],
  ],
  [
    'the second of a name, off or not',
    [
      { ...stray(7, 'w1', 'off'), twin: 3 },
      { ...stray(8, 'w2'), twin: 4 },
    ],
    {},
    ['shop: w[1:2]: see which of one name is in use: belt ls · remove the other, most likely: belt rm 7 8'],
  ],
  [
    'not in a cluster',
    [stray(7, 'm1'), stray(8, 'm2')],
    { cluster: undefined, known: false },
    [
      "not in a cluster: keep: put a cluster's tag back: belt-cluster-NAME, in the control panel · remove: belt rm --any 7 8",
    ],
  ],
])('%s', (_what, strays, change, lines) => {
  expect(remedies(strays, where(change))).toEqual(lines);
});
