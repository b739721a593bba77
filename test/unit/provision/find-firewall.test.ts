import { expect, test } from 'vitest';
import { findFirewall, ownFirewall } from '../../../src/provision/firewall.ts';

const firewall = (tags: string[], named: string[] = [], name = 'belt-shop') => ({
  name,
  tags,
  inbound: [{ peers: { tags: named } }],
});

test.each([
  ['holds for its tag', firewall(['belt-cluster-shop'])],
  ['holds for its tag in another spelling', firewall(['Belt-Cluster-Shop'])],
  ['had the tag taken out, and lets its nodes through', firewall([], ['belt-cluster-shop'])],
])('belt made the one that %s', (_, one) => {
  expect(findFirewall([one], 'shop')).toBe(one);
  expect(ownFirewall([one], 'shop')).toBe(one);
});

test.each([
  ['names no tag', firewall([])],
  ['holds for a tag of others', firewall(['web'])],
  ['holds for another cluster', firewall(['belt-cluster-blue'], ['belt-cluster-shop'])],
])('belt did not make the one that %s: it is not changed, and not deleted', (_, one) => {
  expect(findFirewall([one], 'shop')).toBeUndefined();
  expect(() => ownFirewall([one], 'shop')).toThrow('there is a firewall named belt-shop that belt did not create');
});

test('one of another name is none of its business', () => {
  expect(ownFirewall([firewall(['belt-cluster-shop'], [], 'mine')], 'shop')).toBeUndefined();
});
