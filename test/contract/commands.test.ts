// What belt's commands ask of DigitalOcean, from their words on, conforms to DigitalOcean's description of its API.
import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../src/new-key.ts';
import type { Exchange } from '../../src/sandbox/api/server.ts';
import { world } from '../support/belt.ts';
import { makeNatGateway } from '../support/nat-gateway.ts';
import { api } from '../support/probe.ts';
import { openApiIsHere, validateRequest, validateResponse } from './openapi.ts';

const SETTINGS = 'digitalocean: {region: sgp1, image: docker-20-04, ssh_jump: "@manager"}\n';
const CLUSTER = `digitalocean: {region: sgp1, image: ubuntu-24-04-x64, size: s-1vcpu-1gb}
cluster:
  name: shop
  vpc: shop
  managers: {nodes: m1, labels: {disk: ssd}}
  workers: {nodes: "w[1:2]", size: s-2vcpu-2gb}
  engine: {labels: {disk: ssd}, registry_mirrors: ["https://mirror.example.com"], log_driver: local}
  swap: 1g
  firewall: {ssh_from: [0.0.0.0/0, "2001:db8::/32"], open: [80, 53/udp, 8000-8010]}
  swarm: {default_addr_pool: 172.20.0.0/14, data_path_port: 7777, autolock: true}
`;

describe.skipIf(!openApiIsHere())('what commands ask of DigitalOcean', () => {
  const exchanges: Exchange[] = [];
  const changes = new Set<string>();
  const w = world({ onExchange: (exchange) => exchanges.push(exchange) });

  beforeAll(async () => {
    await w.sandbox('--droplets 0');
    await makeNatGateway(w);
    await api(w, 'POST', '/v2/registries', { name: 'acme', subscription_tier_slug: 'basic', region: 'sgp1' });
    // A key that the account lacks.
    const key = w.write('own_key', newKeyPair('ann@laptop').privateKey);
    chmodSync(key, 0o600);
    w.env['DIGITALOCEAN_SSH_KEY_PATH'] = key;
    w.write('init.sh', '#!/bin/sh\ntrue\n');
  });
  afterAll(() => w.end());

  /** Runs them one after the other; each does what it is to do. */
  async function asked(...commands: readonly string[]): Promise<void> {
    exchanges.length = 0;
    for (const words of commands) {
      const { code, stderr } = await w.belt(words);
      expect({ words, code, stderr: code === 0 ? '' : stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    for (const { method, path } of exchanges) if (method !== 'GET') changes.add(`${method} ${templateOf(path)}`);
    const problems = exchanges.flatMap((each) =>
      [
        ...validateRequest({ ...each, body: each.requestBody }),
        ...validateResponse({ ...each, body: each.responseBody }),
      ].map((problem) => `${each.method} ${each.path}: ${problem}`),
    );
    expect(problems).toEqual([]);
    expect(exchanges.length).toBeGreaterThan(0);
  }

  const templateOf = (path: string): string =>
    path.replace(/\/tags\/[^/]+/, '/tags/TAG').replace(/\/(\d+|[0-9a-f-]{36})(?=\/|$)/, '/ID');

  it('single droplets, with every option', async () => {
    w.write('.belt.yaml', SETTINGS);
    await asked(
      'create 512mb one',
      'create 1gb two --tag web --ipv6 --monitoring --backups --user-data init.sh',
      'create 512mb three --private',
      'tag one db',
      'tag one db --remove',
      'swarm init one',
      'swarm join one two',
      'firewall open 443 53/udp',
      'firewall close 443',
      'firewall allow-ssh 0.0.0.0/0 --yes',
      'registry login registry.digitalocean.com',
      'ls --wide',
      'regions',
      'sizes',
      'images',
      'keys',
      'vpcs',
      'rm --yes two',
      'down --yes',
    );
  });

  it('a cluster from a file: made, changed, pruned, taken away', async () => {
    w.write('.belt.yaml', CLUSTER);
    await asked('up --yes');
    w.write('.belt.yaml', CLUSTER.replace('w[1:2]', 'w[2:3]').replace('80, ', ''));
    await asked('up --yes --prune', 'up --yes --replace w3', 'down --yes');
  });

  it('that was every request that changes something', () => {
    expect([...changes].toSorted()).toEqual([
      'DELETE /v2/droplets/ID',
      'DELETE /v2/firewalls/ID',
      'DELETE /v2/tags/TAG/resources',
      'DELETE /v2/vpcs/ID',
      'POST /v2/account/keys',
      'POST /v2/droplets',
      'POST /v2/firewalls',
      'POST /v2/tags',
      'POST /v2/tags/TAG/resources',
      'POST /v2/vpcs',
      'PUT /v2/firewalls/ID',
    ]);
  });
});
