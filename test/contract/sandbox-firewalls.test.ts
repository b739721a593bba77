// What the sandbox answers about cloud firewalls, and what a client asks of them, conforms to DigitalOcean's description.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/sandbox/api/server.ts';
import { ORDER, READ_ONLY, type TestApi, testApi, until } from '../unit/sandbox/with-api.ts';
import { openApiIsHere, validateRequest, validateResponse } from './openapi.ts';

const ANYWHERE = { addresses: ['0.0.0.0/0', '::/0'] };
const SSH = { protocol: 'tcp', ports: '22', sources: { addresses: ['18.0.0.0/8'], tags: ['gateway'] } };
const HIGH = { protocol: 'udp', ports: '8000-9000', sources: ANYWHERE };
const PING = { protocol: 'icmp', ports: '0', sources: ANYWHERE };
const OUT = { protocol: 'tcp', ports: '0', destinations: ANYWHERE };

describe.skipIf(!openApiIsHere())('firewalls keep to the API description', () => {
  const exchanges: Exchange[] = [];
  const statuses = new Set<string>();
  let api: TestApi;
  let droplets: number[];

  beforeAll(async () => {
    api = await testApi({ onExchange: (exchange) => exchanges.push(exchange), options: { bootSeconds: 0.02 } });
    await api.call('POST /v2/tags', { name: 'gateway' });
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, names: ['a', 'b'], tags: ['web'] });
    droplets = body.droplets.map(({ id }: { id: number }) => id);
  });
  afterAll(() => api.close());
  afterEach(() => {
    const problems = exchanges.splice(0).flatMap((each) => {
      statuses.add(`${each.method} ${each.path.replace(/[0-9a-f-]{36}|\d{6,}/, 'ID')} ${each.status}`);
      // What is refused for its form need not keep to the form.
      const asked = each.status < 400 ? validateRequest({ ...each, body: each.requestBody }) : [];
      return [...asked, ...validateResponse({ ...each, body: each.responseBody })].map(
        (problem) => `${each.method} ${each.path}: ${problem}`,
      );
    });
    expect(problems).toEqual([]);
  });

  const create = async (name: string, about: object = {}) => {
    const { body } = await api.call('POST /v2/firewalls', { name, inbound_rules: [SSH], ...about });
    return `/v2/firewalls/${body.firewall.id}`;
  };
  const settled = async (path: string) => {
    const { body } = await until(
      () => api.call(`GET ${path}`),
      (reply) => reply.body.firewall.status === 'succeeded',
    );
    return body.firewall;
  };

  it('create, look at, replace, delete', async () => {
    const given = { inbound_rules: [SSH, HIGH, PING], outbound_rules: [OUT], droplet_ids: droplets, tags: ['web'] };
    const path = await create('whole', given);
    const waiting = exchanges.at(-1)?.responseBody as { firewall: { pending_changes: object[] } };
    expect(waiting.firewall.pending_changes).toContainEqual({
      droplet_id: droplets[0],
      removing: false,
      status: 'waiting',
    });
    expect(await settled(path)).toMatchObject({ name: 'whole', pending_changes: [], ...given });
    const next = { name: 'replaced', outbound_rules: [{ ...OUT, ports: 'all' }], inbound_rules: null };
    const { status, body } = await api.call(`PUT ${path}`, next);
    expect([status, body.firewall.pending_changes[0].removing]).toEqual([200, true]);
    expect(await settled(path)).toMatchObject({
      name: 'replaced',
      inbound_rules: [],
      outbound_rules: [OUT],
      droplet_ids: [],
      tags: [],
    });
    expect((await api.call(`DELETE ${path}`)).status).toBe(204);
    expect((await api.call(`GET ${path}`)).status).toBe(404);
    expect((await api.call(`DELETE ${path}`)).status).toBe(404);
    expect((await api.call(`PUT ${path}`, next)).status).toBe(404);
  });

  it('list, in pages, and those of a droplet', async () => {
    const paths = [await create('one', { droplet_ids: [droplets[0]] }), await create('two', { tags: ['web'] })];
    const { body } = await api.call('GET /v2/firewalls?per_page=1&page=2');
    expect([body.firewalls[0].name, body.meta.total, body.links.pages.prev]).toEqual(['two', 2, expect.any(String)]);
    const namesOf = async (id: number | undefined) =>
      (await api.call(`GET /v2/droplets/${id}/firewalls`)).body.firewalls.map(({ name }: { name: string }) => name);
    expect(await namesOf(droplets[0])).toEqual(['one', 'two']);
    expect(await namesOf(droplets[1])).toEqual(['two']);
    expect((await api.call('GET /v2/droplets/1/firewalls')).status).toBe(404);
    for (const path of paths) await api.call(`DELETE ${path}`);
  });

  it('droplets, tags and rules, added and taken away', async () => {
    const path = await create('parts');
    const steps: [string, object][] = [
      ['droplets', { droplet_ids: droplets }],
      ['tags', { tags: ['web', 'gateway'] }],
      ['rules', { inbound_rules: [HIGH], outbound_rules: [OUT] }],
    ];
    for (const [part, body] of steps) {
      expect((await api.call(`POST ${path}/${part}`, body)).status).toBe(204);
    }
    expect(await settled(path)).toMatchObject({
      droplet_ids: droplets,
      tags: ['web', 'gateway'],
      inbound_rules: [SSH, HIGH],
      outbound_rules: [OUT],
    });
    for (const [part, body] of steps) {
      expect((await api.call(`DELETE ${path}/${part}`, body)).status).toBe(204);
    }
    expect(await settled(path)).toMatchObject({ droplet_ids: [], tags: [], inbound_rules: [SSH], outbound_rules: [] });
    for (const [part] of steps) {
      expect((await api.call(`POST ${path}/${part}`, {})).status).toBe(422);
      expect((await api.call(`DELETE ${path}/${part}`, {})).status).toBe(422);
      expect((await api.call(`POST ${path}/${part}`, '[')).status).toBe(400);
      expect((await api.call(`POST /v2/firewalls/none/${part}`, {})).status).toBe(404);
    }
  });

  it('refuses in the documented shape', async () => {
    expect((await api.call('POST /v2/firewalls', { name: 'parts', inbound_rules: [SSH] })).body).toMatchObject({
      id: 'conflict',
      message: 'duplicate name',
    });
    const path = await create('other');
    expect((await api.call(`PUT ${path}`, { name: 'parts', inbound_rules: [SSH] })).status).toBe(409);
    expect((await api.call('POST /v2/firewalls', { name: 'x' })).body.id).toBe('unprocessable_entity');
    expect((await api.call('POST /v2/firewalls')).status).toBe(400);
    expect((await api.call('POST /v2/firewalls', { name: 'x' }, READ_ONLY)).status).toBe(403);
    expect((await api.call('GET /v2/firewalls', undefined, 'wrong')).status).toBe(401);
  });

  it('that was every operation, each seen to succeed', () => {
    const parts = ['droplets', 'rules', 'tags'];
    const wanted = [
      'GET /v2/firewalls 200',
      'POST /v2/firewalls 202',
      'GET /v2/firewalls/ID 200',
      'PUT /v2/firewalls/ID 200',
      'DELETE /v2/firewalls/ID 204',
      'GET /v2/droplets/ID/firewalls 200',
      ...parts.flatMap((part) => [`POST /v2/firewalls/ID/${part} 204`, `DELETE /v2/firewalls/ID/${part} 204`]),
    ];
    expect(wanted.filter((words) => !statuses.has(words))).toEqual([]);
  });
});
