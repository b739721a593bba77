import { expect, test } from 'vitest';
import type { Firewall } from '../../../src/cloud/schemas.ts';
import { rule } from '../../../src/cluster/firewall.ts';
import { WORLD } from '../../../src/config/cluster/types.ts';
import { sshLimit } from '../../../src/fleet/shut-out.ts';

const TAG = 'belt-cluster-shop';
const firewall = (inbound: ReturnType<typeof rule>[], tags = [TAG]): Firewall =>
  ({ id: 'f', name: 'belt-shop', tags, dropletIds: [], inbound, outbound: [] }) as unknown as Firewall;
const OFFICE = rule('tcp', '22', ['203.0.113.0/24'], []);

const limit = (...firewalls: Firewall[]) => sshLimit(firewalls, { cluster: 'shop', sshPort: 22 });

test('a firewall that lets SSH in from some addresses is named, with the command that opens it', () => {
  expect(limit(firewall([OFFICE, rule('tcp', '80', WORLD, [])]))).toEqual({
    words: 'the firewall belt-shop allows SSH only from 203.0.113.0/24',
    hint: 'if this machine has another address: belt firewall allow-ssh 203.0.113.0/24 YOUR-ADDRESS',
  });
});

test.each<[string, Firewall[]]>([
  ['none', []],
  ['one that lets everybody in', [firewall([rule('tcp', '1-2374', WORLD, [])])]],
  ['another beside it that lets everybody in', [firewall([OFFICE]), firewall([rule('tcp', '22', WORLD, [])])]],
  ['one of another cluster', [firewall([OFFICE], ['belt-cluster-blue'])]],
])('no limit: %s', (_what, firewalls) => {
  expect(limit(...firewalls)).toBe(undefined);
});
