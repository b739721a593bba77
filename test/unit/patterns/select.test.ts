import { describe, expect, test } from 'vitest';
import {
  AmbiguousName,
  literals,
  needsRoles,
  PatternError,
  RolesUnresolved,
  type Selectable,
  select,
} from '../../../src/patterns/index.ts';

const fleet: Selectable[] = [
  { id: 10, name: 'node10', tags: ['belt'], role: 'worker' },
  { id: 1, name: 'node1', tags: ['belt'], role: 'manager' },
  { id: 2, name: 'node2', tags: ['belt', 'env:test'], role: 'worker' },
  { id: 3, name: 'web-1', tags: ['env:prod'], role: 'worker' },
  { id: 4, name: 'web-2', tags: ['env:prod'], role: 'none' },
  { id: 5, name: '10', tags: [], role: 'none' },
];

const chosen = (...words: string[]) => select(words, fleet).chosen.map(({ name }) => name);
const missing = (...words: string[]) => select(words, fleet).missing;

describe('select', () => {
  test('ranges and braces keep the order asked for', () => {
    expect(chosen('node[10,1:2]')).toEqual(['node10', 'node1', 'node2']);
    expect(chosen('web-2', '{node,web-}1')).toEqual(['web-2', 'node1', 'web-1']);
  });

  test('globs and @all come in natural order', () => {
    expect(chosen('node*')).toEqual(['node1', 'node2', 'node10']);
    expect(chosen('node?')).toEqual(['node1', 'node2']);
    expect(chosen('{web,db}-*')).toEqual(['web-1', 'web-2']);
    expect(chosen('@all')).toEqual(['10', 'node1', 'node2', 'node10', 'web-1', 'web-2']);
  });

  test('@manager, @worker and @tag', () => {
    expect(chosen('@manager')).toEqual(['node1']);
    expect(chosen('@worker')).toEqual(['node2', 'node10', 'web-1']);
    expect(chosen('@tag:env:prod')).toEqual(['web-1', 'web-2']);
    expect(chosen('@tag:ENV:Prod')).toEqual(['web-1', 'web-2']);
    expect(chosen('@tag:env:*')).toEqual(['node2', 'web-1', 'web-2']);
  });

  test('a droplet id, unless a droplet has that very name', () => {
    expect(chosen('3')).toEqual(['web-1']);
    expect(chosen('10')).toEqual(['10']);
  });

  test('exclusions of names, globs and selectors', () => {
    expect(chosen('@all,!web-*,!10')).toEqual(['node1', 'node2', 'node10']);
    expect(chosen('@all', '!@tag:belt')).toEqual(['10', 'web-1', 'web-2']);
    expect(chosen('node[1:2]', '!2')).toEqual(['node1']);
  });

  test('each node once', () => {
    expect(chosen('node1', '1', 'node*')).toEqual(['node1', 'node2', 'node10']);
  });

  test('what matched nothing is missing, and the rest is chosen', () => {
    expect(select(['node[1:3]', 'db-*', '@tag:nope', '99'], fleet)).toEqual({
      chosen: [fleet[1], fleet[2]],
      missing: ['node3', 'db-*', '@tag:nope', '99'],
      unsure: [],
    });
    expect(select(['@all'], [])).toEqual({ chosen: [], missing: ['@all'], unsure: [] });
  });

  test('an exclusion that matches nothing is not missing', () => {
    expect(missing('node1', '!node7', '!db-*')).toEqual([]);
  });

  test('a name that two droplets share', () => {
    const twins = [...fleet, { id: 12, name: 'node3', tags: [] }, { id: 11, name: 'node3', tags: [] }];
    expect(() => select(['node[1:3]'], twins)).toThrow(
      new AmbiguousName('node3: 2 droplets have this name (ids 11, 12): use an id instead'),
    );
    expect(select(['12'], twins).chosen).toEqual([{ id: 12, name: 'node3', tags: [] }]);
    expect(select(['node3*'], twins).chosen.map(({ id }) => id)).toEqual([11, 12]);
  });

  test.each([
    ['@mangers', '@mangers: no such selector (did you mean @manager?)'],
    ['@tags', '@tags: no such selector (did you mean @tag:NAME?)'],
    ['@foo', '@foo: no such selector'],
    ['node1,!@foo', '@foo: no such selector'],
    ['@tag:', '@tag: the tag name is missing'],
  ])('%s', (word, message) => {
    expect(() => select([word], fleet)).toThrow(expect.objectContaining({ message, exitCode: 2 }));
  });

  test('faults of the pattern itself', () => {
    expect(() => select(['node[4:1]'], fleet)).toThrow(PatternError);
    expect(() => select(['!node1'], fleet)).toThrow('"!node1": there is nothing before it to exclude names from');
  });

  test('a glob of many stars is quick', () => {
    const long = [{ id: 1, name: 'a'.repeat(255), tags: [] }];
    const began = performance.now();
    expect(select([`${'a*'.repeat(100)}b`], long).chosen).toEqual([]);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

test.each([
  [['node1', '@manager'], true],
  [['@all,!@worker'], true],
  [['@{manager,worker}'], true],
  [['@all', '@tag:manager', 'manager'], false],
  [['{node1,@manager}'], true],
])('needsRoles %j is %s', (words, needed) => {
  expect(needsRoles(words)).toBe(needed);
});

describe('a role word before anybody asked for roles', () => {
  const unasked = fleet.map(({ role: _, ...one }) => one);

  test.each(['@manager', '@worker', '@all,!@manager', '@all,!@worker', '{@manager,node1}', 'node1,!{@worker,x}'])(
    '%s throws, and never means everything',
    (word) => {
      expect(() => select([word], unasked)).toThrow(RolesUnresolved);
    },
  );

  test('one node without an answer is enough', () => {
    expect(() => select(['@all,!@manager'], [...fleet, { id: 9, name: 'new', tags: [] }])).toThrow(RolesUnresolved);
  });
});

describe('a node whose role is unknown', () => {
  const open: Selectable[] = [...fleet, { id: 6, name: 'w3', tags: [], role: 'unknown' }];
  const unsure = (...words: string[]) => select(words, open).unsure.map(({ name }) => name);

  test.each([['@manager'], ['@worker'], ['@all,!@manager'], ['@all,!@worker'], ['w*,!@manager']])(
    '%s: it is neither in nor out',
    (word) => {
      expect(unsure(word)).toEqual(['w3']);
    },
  );

  test.each([['node*,!@manager'], ['w3,@worker'], ['@worker,!w3'], ['@all'], ['@worker', 'w3']])(
    '%s: its role decides nothing',
    (...words) => {
      expect(unsure(...words)).toEqual([]);
    },
  );
});

test('literals are names and ids that stand there one by one', () => {
  const words = ['node1,web[1:2]', '{a,b}', 'db-*', '@all', '18511682', '!node3', '@tag:x', 'c[7]'];
  expect(literals(words)).toEqual(['node1', '18511682']);
});
