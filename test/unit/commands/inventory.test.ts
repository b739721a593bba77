import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ansibleInventory } from '../../../src/commands/inventory/ansible.ts';
import { type InventoryHost, isHostName } from '../../../src/commands/inventory/host.ts';
import { sshPath } from '../../../src/ssh/openssh/options.ts';

const aHost = (about: Partial<InventoryHost> = {}): InventoryHost => ({
  name: 'node1',
  id: 1,
  cluster: 'shop',
  role: 'manager',
  address: '203.0.113.1',
  publicAddress: '203.0.113.1',
  privateAddress: '10.0.0.1',
  region: 'sgp1',
  size: 's-1vcpu-1gb',
  tags: [],
  user: 'root',
  port: 22,
  keyPath: undefined,
  sshSettings: [['HostKeyAlias', 'belt-1']],
  ...about,
});

/** As Ansible reads it: YAML 1.1, with a tag for what is not filled in. */
const UNSAFE = { tag: '!unsafe', resolve: (text: string) => `unsafe ${text}` };
const read = (text: string) =>
  parse(text, { schema: 'yaml-1.1', version: '1.1', customTags: (tags) => [...tags, UNSAFE] });

/** POSIX words of a line, quotes taken off (as Python's shlex splits it). */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\(')/g, (_, quoted, bare) => quoted ?? bare),
  );

describe('an inventory for Ansible', () => {
  test('has groups by role', () => {
    const hosts = [aHost(), aHost({ name: 'node2', role: 'worker', port: 2222 }), aHost({ name: 'node3', role: null })];
    const { all } = read(ansibleInventory(hosts));
    expect(Object.keys(all.children)).toEqual(['managers', 'workers', 'ungrouped']);
    expect(all.children.workers.hosts).toEqual({
      node2: {
        ansible_host: '203.0.113.1',
        ansible_port: 2222,
        ansible_user: 'root',
        ansible_ssh_common_args: '-o HostKeyAlias=belt-1',
        belt_id: 1,
        belt_cluster: 'shop',
        belt_region: 'sgp1',
        belt_size: 's-1vcpu-1gb',
        belt_private_address: '10.0.0.1',
      },
    });
  });

  test('of nothing', () => {
    expect(read(ansibleInventory([]))).toEqual({ all: { children: {} } });
  });

  test('whatever the values are, it reads back as they were', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'on',
        'no',
        '1:30',
        '012',
        '~',
        '{{ lookup("pipe", "id") }}',
        '{% raw %}',
        '- x',
        'a: b',
        '#',
        '!!x',
        '\u202e',
        '\u{e0001}',
      ),
    );
    const expected = (text: string) => (/\{[{%#]/.test(text) ? `unsafe ${text}` : text);
    fc.assert(
      fc.property(value, value, value, (region, cluster, keyPath) => {
        const text = ansibleInventory([aHost({ region, cluster, keyPath })]);
        expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u{e0001}]/u);
        expect(read(text).all.children.managers.hosts.node1).toMatchObject({
          belt_region: expected(region),
          belt_cluster: expected(cluster),
          ansible_ssh_private_key_file: expected(keyPath),
        });
      }),
      { seed: 20260101, numRuns: 500 },
    );
  });

  test.each(['on', 'no', 'y', '1', '012', '1.5', '1e3', '0x1f', '2026-01-01', 'null', 'true', '--'])(
    'a host may be called %s',
    (name) => {
      expect(Object.keys(read(ansibleInventory([aHost({ name })])).all.children.managers.hosts)).toEqual([name]);
    },
  );

  test('what ssh is told arrives word by word, spaces and quotes too', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\/[ -~]{1,20}$/).filter((path) => !/["\\]|\$\{|\{[{%#]/.test(path)),
        (path) => {
          const sshSettings = [['UserKnownHostsFile', sshPath(path)]] as const;
          const { ansible_ssh_common_args: line } = read(ansibleInventory([aHost({ sshSettings })])).all.children
            .managers.hosts.node1;
          expect(wordsOf(line)).toEqual(['-o', `UserKnownHostsFile=${sshPath(path)}`]);
        },
      ),
      { seed: 20260101, numRuns: 500 },
    );
  });
});

test.each([
  ['node1', true],
  ['a.b-c', true],
  ['N1', true],
  ['', false],
  ['node 1', false],
  ['node[1:3]', false],
  ['a\n127.0.0.1 b', false],
  ['-x', false],
  ['x-', false],
  ['ä', false],
  ['#x', false],
])('%j as a host’s name: %s', (name, expected) => {
  expect(isHostName(name)).toBe(expected);
});
