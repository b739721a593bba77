import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AmbiguousName,
  compact,
  hasAddresses,
  isNodePattern,
  literals,
  portsIn,
  type Selectable,
  select,
} from '../../../src/patterns/index.ts';

const seeded = { seed: 20160915, numRuns: 300 };

const node = (id: number, publicAddress: string | undefined, privateAddress?: string): Selectable => ({
  id,
  name: `node${id}`,
  tags: [],
  publicAddress,
  privateAddress,
});
const fleet = [node(1, '203.0.113.7', '10.0.0.2'), node(2, '203.0.113.8', '10.0.0.3'), node(3, undefined, '10.0.0.4')];
const chosen = (...words: string[]) => select(words, fleet).chosen.map(({ name }) => name);

/** Nodes with addresses of their own in two networks, some of them private ones alone. */
const fleets = fc
  .uniqueArray(fc.tuple(fc.nat(255), fc.boolean()), { selector: ([last]) => last, minLength: 1, maxLength: 30 })
  .map((lasts) => lasts.map(([n, open], at) => node(at + 1, open ? `203.0.113.${n}` : undefined, `10.9.0.${n}`)));

describe('nodes by their addresses', () => {
  test('public and private ones, ranges, exclusions, beside names', () => {
    expect(chosen('203.0.113.8')).toEqual(['node2']);
    expect(chosen('10.0.0.[3:4]')).toEqual(['node2', 'node3']);
    expect(chosen('@all,!10.0.0.2')).toEqual(['node2', 'node3']);
    expect(chosen('node3,203.0.113.7')).toEqual(['node3', 'node1']);
    expect(select(['10.0.0.[4:6]'], fleet).missing).toEqual(['10.0.0.5', '10.0.0.6']);
  });

  test('as Swarm v1 listed them', () => {
    expect(chosen('nodes://203.0.113.[7:8]:2375')).toEqual(['node1', 'node2']);
    expect(chosen('nodes://10.0.0.2:2375,10.0.0.4:2376')).toEqual(['node1', 'node3']);
    expect(chosen('nodes://node[1:2]')).toEqual(['node1', 'node2']);
    expect(portsIn(['nodes://203.0.113.[7:8]:2375', '10.0.0.4:2376', 'node1'])).toEqual(['2375', '2376']);
    expect(portsIn(['node1', '10.0.0.4'])).toEqual([]);
  });

  test('a name goes before an address, and an address that several have is refused', () => {
    const named = { ...node(9, '198.51.100.1'), name: '203.0.113.7' };
    expect(select(['203.0.113.7'], [...fleet, named]).chosen).toEqual([named]);
    expect(() => select(['10.0.0.2'], [...fleet, node(4, undefined, '10.0.0.2')])).toThrow(
      new AmbiguousName('10.0.0.2: 2 droplets have this address (node1, node4): use a name instead'),
    );
  });

  test('an address names no droplet elsewhere, and is looked up afresh', () => {
    expect(literals(['203.0.113.7', 'node1', '7'])).toEqual(['node1', '7']);
    expect([['node[1:2]'], ['10.0.0.[1:2]'], ['nodes://10.0.0.1:2375']].map(hasAddresses)).toEqual([false, true, true]);
  });

  test('a word that may be a service too', () => {
    expect(['203.0.113.7', 'nodes://a', 'node[1:2]', '@all'].map(isNodePattern)).toEqual([true, true, true, true]);
    expect(['web', 'web.1', 'shop_web', '1.2.3'].map(isNodePattern)).toEqual([false, false, false, false]);
  });
});

describe('whatever the fleet', () => {
  test('a pattern of some of its addresses, of either kind, with or without a scheme and a port, is exactly those nodes', () => {
    const cases = fc.tuple(fleets, fc.infiniteStream(fc.boolean()), fc.boolean(), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(cases, ([nodes, picks, isPublic, scheme, port]) => {
        const address = (one: Selectable) => (isPublic ? one.publicAddress : one.privateAddress);
        const wanted = nodes.filter((one) => address(one) !== undefined && picks.next().value);
        fc.pre(wanted.length > 0);
        const pattern = compact(wanted.map((one) => `${address(one)}${port ? ':2375' : ''}`));
        const { chosen: found, missing } = select([`${scheme ? 'nodes://' : ''}${pattern}`], nodes);
        expect(new Set(found)).toEqual(new Set(wanted));
        expect(missing).toEqual([]);
        expect(portsIn([pattern])).toEqual(port ? ['2375'] : []);
      }),
      seeded,
    );
  });

  test('addresses that no node has are missing, one by one', () => {
    fc.assert(
      fc.property(fleets, fc.nat(255), fc.nat(20), (nodes, from, more) => {
        const { chosen: found, missing } = select([`10.9.0.[${from}:${from + more}]`], nodes);
        expect(found.length + missing.length).toBe(more + 1);
        expect(found.every(({ privateAddress }) => !missing.includes(privateAddress!))).toBe(true);
      }),
      seeded,
    );
  });
});
