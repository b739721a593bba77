import { describe, expect, it } from 'vitest';
import { effectiveRules, type Guarded } from '../../../src/sandbox/account/firewalls/effective.ts';
import type { AccessRule, FirewallPlan } from '../../../src/sandbox/account/firewalls/firewall.ts';
import { admits, type FirewallRule, isAddressRange } from '../../../src/sandbox/firewall.ts';

const rule = (about: Partial<AccessRule> = {}): AccessRule => ({
  protocol: 'tcp',
  ports: '22',
  addresses: [],
  dropletIds: [],
  tags: [],
  ...about,
});
const plan = (about: Partial<FirewallPlan>): FirewallPlan => ({
  name: 'fw',
  inbound: [],
  outbound: [],
  dropletIds: [],
  tags: [],
  ...about,
});
const droplet = (id: number, ...tags: string[]): Guarded => ({
  id,
  tags: new Set(tags),
  publicAddress: `127.1.0.${id}`,
  privateAddress: `10.0.0.${id}`,
});
const web = droplet(1, 'web');
const db = droplet(2, 'db');
const all = [web, db, { ...droplet(3, 'db', 'old'), publicAddress: '' }];
const anywhere = ['0.0.0.0/0', '::/0'];

describe('the effective rules of a droplet', () => {
  it('none without a firewall of its own: everything is allowed', () => {
    expect(effectiveRules([], all, web)).toBe(undefined);
    expect(effectiveRules([plan({ dropletIds: [2], tags: ['db'] })], all, web)).toBe(undefined);
  });

  it('a firewall without rules lets nothing through', () => {
    expect(effectiveRules([plan({ dropletIds: [1] })], all, web)).toEqual({ inbound: [], outbound: [] });
  });

  it('several firewalls, by id and by tag, are taken together', () => {
    const plans = [
      plan({ dropletIds: [1], inbound: [rule({ addresses: anywhere })] }),
      plan({ tags: ['web'], outbound: [rule({ ports: '8000-9000', protocol: 'udp', addresses: ['1.2.3.4'] })] }),
      plan({ tags: ['db'], inbound: [rule({ ports: '5432', addresses: anywhere })] }),
    ];
    expect(effectiveRules(plans, all, web)).toEqual({
      inbound: [{ protocol: 'tcp', ports: { first: 22, last: 22 }, addresses: anywhere }],
      outbound: [{ protocol: 'udp', ports: { first: 8000, last: 9000 }, addresses: ['1.2.3.4'] }],
    });
  });

  it('a tag or a droplet as a source is its public and private addresses, each once', () => {
    const inbound = [rule({ tags: ['db', 'old'], dropletIds: [2, 1], addresses: ['10.0.0.2'] })];
    const rules = effectiveRules([plan({ tags: ['web'], inbound })], all, web);
    expect(rules?.inbound[0]?.addresses).toEqual(['10.0.0.2', '127.1.0.1', '10.0.0.1', '127.1.0.2', '10.0.0.3']);
  });

  it('a rule for a tag that no droplet carries is none: it would else read as everybody', () => {
    const inbound = [rule({ tags: ['nobody'] }), rule({ protocol: 'icmp', ports: '0', addresses: anywhere })];
    expect(effectiveRules([plan({ dropletIds: [1], inbound })], all, web)?.inbound).toEqual([
      { protocol: 'icmp', addresses: anywhere },
    ]);
  });

  it('all ports have no bounds', () => {
    const inbound = [rule({ ports: '0', addresses: ['1.2.3.4'] })];
    expect(effectiveRules([plan({ dropletIds: [1], inbound })], all, web)?.inbound).toEqual([
      { protocol: 'tcp', addresses: ['1.2.3.4'] },
    ]);
  });
});

describe('what rules let through', () => {
  const ssh: FirewallRule = {
    protocol: 'tcp',
    ports: { first: 22, last: 22 },
    addresses: ['203.0.113.0/24', '1.2.3.4'],
  };
  const high: FirewallRule = { protocol: 'udp', ports: { first: 8000, last: 9000 }, addresses: ['::/0'] };
  const each: FirewallRule = { protocol: 'tcp', addresses: ['0.0.0.0/0'] };

  it.each<[FirewallRule[], 'tcp' | 'udp', number, string, boolean]>([
    [[ssh], 'tcp', 22, '203.0.113.7', true],
    [[ssh], 'tcp', 22, '203.0.114.7', false],
    [[ssh], 'tcp', 22, '1.2.3.4', true],
    [[ssh], 'tcp', 22, '1.2.3.40', false],
    [[ssh], 'tcp', 23, '1.2.3.4', false],
    [[ssh], 'udp', 22, '1.2.3.4', false],
    [[high], 'udp', 8000, '2001:db8::1', true],
    [[high], 'udp', 9000, '2001:db8::1', true],
    [[high], 'udp', 9001, '2001:db8::1', false],
    [[each], 'tcp', 65_535, '255.255.255.255', true],
    [[each], 'tcp', 22, '2001:db8::1', false],
    [[high, ssh], 'tcp', 22, '1.2.3.4', true],
    [[], 'tcp', 22, '1.2.3.4', false],
  ])('%j: %s to %i from %s: %s', (rules, protocol, port, address, expected) => {
    expect(admits(rules, { protocol, port, address })).toBe(expected);
  });

  it('reads addresses and ranges of both families', () => {
    const right = ['1.2.3.4', '18.0.0.0/8', '0.0.0.0/0', '::/0', '2002:1:2::/48', 'fe80::1'];
    const wrong = ['', '1.2.3', '1.2.3.4/33', '::/129', '1.2.3.4/', '1.2.3.4/8/8', 'example.com', '1.2.3.4/-1', '*'];
    expect(right.filter((text) => !isAddressRange(text))).toEqual([]);
    expect(wrong.filter(isAddressRange)).toEqual([]);
  });
});
