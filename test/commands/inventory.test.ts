import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
  await w.belt('swarm init node1');
  await w.belt('swarm join node1 node2');
});
afterAll(() => w.end());

/** What differs from run to run, by names. */
const settled = (text: string) =>
  text
    .replaceAll(w.home, 'HOME')
    .replaceAll(/(ansible_port: |"port": )\d+/g, '$1PORT')
    .replaceAll(/accounts\/[^/]+/g, 'accounts/ACCOUNT');

const PINS =
  'UserKnownHostsFile=HOME/.belt/sandbox/default/state/accounts/ACCOUNT/known_hosts -o GlobalKnownHostsFile=/dev/null ' +
  '-o StrictHostKeyChecking=yes -o VerifyHostKeyDNS=no -o UpdateHostKeys=no -o CheckHostIP=no -o NoHostAuthenticationForLocalhost=no';

const host = (n: number) => [
  `        node${n}:`,
  `          ansible_host: "127.1.0.${n}"`,
  '          ansible_port: PORT',
  '          ansible_user: "root"',
  '          ansible_ssh_private_key_file: "HOME/.belt/sandbox/default/id_ed25519"',
  `          ansible_ssh_common_args: "-o HostKeyAlias=belt-1851168${n} -o ${PINS}"`,
  `          belt_id: 1851168${n}`,
  '          belt_cluster: "default"',
  '          belt_region: "sgp1"',
  '          belt_size: "s-1vcpu-512mb-10gb"',
  `          belt_private_address: "10.104.0.${n + 1}"`,
];

describe('belt inventory', () => {
  test('for Ansible: by role, with login, key and pinned host key', async () => {
    const { code, stdout, stderr } = await w.belt('inventory');
    expect([code, stderr]).toEqual([0, '']);
    expect(settled(stdout).split('\n')).toEqual([
      'all:',
      '  children:',
      '    managers:',
      '      hosts:',
      ...host(1),
      '    workers:',
      '      hosts:',
      ...host(2),
      '    ungrouped:',
      '      hosts:',
      ...host(3),
      '',
    ]);
  });

  test('lines for /etc/hosts', async () => {
    const lines = '127.1.0.3\tnode3\n127.1.0.1\tnode1\n';
    expect(await w.belt('inventory node3 node1 --format hosts')).toEqual({ code: 0, stdout: lines, stderr: '' });
    const inside = '10.104.0.2\tnode1\n';
    expect((await w.belt('inventory node1 --format hosts --private')).stdout).toBe(inside);
  });

  test('targets for Prometheus', async () => {
    const { stdout } = await w.belt('inventory node[2:3] --format prometheus --private --port 9323');
    const labels = { cluster: 'default', region: 'sgp1', size: 's-1vcpu-512mb-10gb' };
    expect(JSON.parse(stdout)).toEqual([
      { targets: ['10.104.0.3:9323'], labels: { node: 'node2', role: 'worker', ...labels } },
      { targets: ['10.104.0.4:9323'], labels: { node: 'node3', ...labels } },
    ]);
  });

  test('as JSON', async () => {
    const { stdout } = await w.belt('inventory node1 --format json');
    expect(stdout).toBe((await w.belt('inventory node1 --json')).stdout);
    expect(JSON.parse(settled(stdout).replace('PORT', '22'))).toEqual([
      {
        name: 'node1',
        id: 18511681,
        cluster: 'default',
        role: 'manager',
        address: '127.1.0.1',
        publicAddress: '127.1.0.1',
        privateAddress: '10.104.0.2',
        region: 'sgp1',
        size: 's-1vcpu-512mb-10gb',
        tags: expect.arrayContaining(['belt', 'belt-cluster-default']),
        user: 'root',
        port: 22,
        keyPath: 'HOME/.belt/sandbox/default/id_ed25519',
      },
    ]);
  });

  test('for /etc/hosts, and with --no-swarm, no node is asked', async () => {
    for (const words of ['--format hosts', '--no-swarm']) {
      const { stderr } = await w.belt(`--trace inventory ${words}`);
      expect(stderr).not.toContain('asked for its swarm');
    }
  });

  test('what will not do', async () => {
    expect((await w.belt('inventory --port 65536')).stderr).toBe(
      'error: --port must be a number from 1 to 65535, not "65536"\nhint: see: belt help inventory\n',
    );
    expect((await w.belt('inventory --format toml')).code).toBe(2);
    expect((await w.belt('inventory nope')).stderr).toBe('error: there is no node "nope"\nhint: there are node[1:3]\n');
  });
});
