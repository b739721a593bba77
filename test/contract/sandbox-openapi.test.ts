// Everything that the sandbox answers conforms to DigitalOcean's description of its API.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/sandbox/api/routes/index.ts';
import type { Exchange } from '../../src/sandbox/api/server.ts';
import { ORDER, READ_ONLY, type TestApi, testApi, until } from '../unit/sandbox/with-api.ts';
import { openApiIsHere, validateRequest, validateResponse } from './openapi.ts';

const OTHER_KEY = `ssh-rsa ${Buffer.from('\0\0\0\x07ssh-rsa\0\0\0\x03\x01\0\x01\0\0\0\x04abcd', 'latin1').toString('base64')}`;

describe.skipIf(!openApiIsHere())('the sandbox keeps to the API description', () => {
  const exchanges: Exchange[] = [];
  let api: TestApi;

  beforeAll(async () => {
    api = await testApi({
      onExchange: (exchange) => exchanges.push(exchange),
      options: { dropletLimit: 30, bootSeconds: 0.02 },
    });
  });
  afterAll(() => api.close());
  afterEach(() => {
    const problems = exchanges
      .splice(0)
      .flatMap((each) =>
        validateResponse({ ...each, body: each.responseBody }).map(
          (problem) => `${each.method} ${each.path}: ${problem}`,
        ),
      );
    expect(problems).toEqual([]);
  });

  const create = async (body: object) => {
    const { body: made } = await api.call('POST /v2/droplets', { ...ORDER, ...body });
    const id: number = made.droplet?.id ?? made.droplets[0].id;
    return { id, links: made.links, ready: await active(id) };
  };
  const active = (id: number) =>
    until(
      () => api.call(`GET /v2/droplets/${id}`),
      ({ body }) => body.droplet.status === 'active' && body.droplet.networks.v4.length === 2,
    );
  const settled = (id: number) =>
    until(
      () => api.call(`GET /v2/droplets/${id}`),
      ({ body }) => !body.droplet.locked,
    );

  it('knows only endpoints that the description knows', () => {
    const strange = Object.keys(ROUTES).filter((endpoint) => {
      const [method = '', path = ''] = endpoint.split(' ');
      return validateRequest({ method, path, query: {} }).join().includes('not in the description');
    });
    expect(strange).toEqual([]);
  });

  it('account, regions, sizes, images', async () => {
    for (const path of [
      'account',
      'regions',
      'sizes?per_page=200',
      'images?per_page=200',
      'images?private=true',
      'images?type=application',
      'images?type=distribution',
    ]) {
      expect((await api.call(`GET /v2/${path}`)).status).toBe(200);
    }
    expect((await api.call('GET /v2/images/18153887')).body.image.public).toBe(false);
    expect((await api.call('GET /v2/images/debian-13-x64')).body.image.distribution).toBe('Debian');
    expect((await api.call('GET /v2/images/1')).status).toBe(404);
    expect((await api.call('DELETE /v2/images/debian-13-x64')).status).toBe(422);
    expect((await api.call('PUT /v2/images/debian-13-x64', { name: 'mine' })).status).toBe(403);
    const change = { name: 'ours', description: 'with Docker', distribution: 'Debian' };
    expect((await api.call('PUT /v2/images/18153887', change)).body.image).toMatchObject(change);
  });

  it('the balance, and the one project with its resources', async () => {
    const { id } = await create({ name: 'owned' });
    expect((await api.call('GET /v2/customers/my/balance')).body).toMatchObject({ account_balance: '0.00' });
    const { projects } = (await api.call('GET /v2/projects')).body;
    expect((await api.call('GET /v2/projects/default')).body.project).toEqual(projects[0]);
    expect((await api.call(`GET /v2/projects/${projects[0].id}`)).body.project.is_default).toBe(true);
    expect((await api.call('GET /v2/projects/none')).status).toBe(404);
    for (const project of ['default', projects[0].id]) {
      const { resources } = (await api.call(`GET /v2/projects/${project}/resources`)).body;
      expect(resources.map(({ urn }: { urn: string }) => urn)).toContain(`do:droplet:${id}`);
    }
  });

  it('container registries: create, list, credentials, delete, and what is refused', async () => {
    const acme = { name: 'acme', subscription_tier_slug: 'basic' };
    expect((await api.call('POST /v2/registries', acme)).body.registry).toMatchObject({ name: 'acme', region: 'nyc3' });
    expect((await api.call('POST /v2/registries', acme)).status).toBe(409);
    expect((await api.call('GET /v2/registries')).body.registries).toHaveLength(1);
    expect((await api.call('GET /v2/registries/acme')).body.registry.name).toBe('acme');
    const path = 'GET /v2/registries/acme/docker-credentials';
    const given = [await api.call(path), await api.call(`${path}?read_write=false&expiry_seconds=60`)];
    expect(given.map(({ status }) => status)).toEqual([200, 200]);
    expect(given[0]!.body).not.toEqual(given[1]!.body);
    expect((await api.call('GET /v2/registries/none/docker-credentials')).status).toBe(404);
    expect((await api.call('DELETE /v2/registries/acme')).status).toBe(204);
    expect((await api.call('GET /v2/registries')).body).toEqual({ registries: [] });
  });

  it('keys: list, add, rename, delete, and what is refused', async () => {
    const { body } = await api.call('POST /v2/account/keys', { name: 'mine', public_key: OTHER_KEY });
    const { id, fingerprint } = body.ssh_key;
    expect((await api.call('GET /v2/account/keys')).body.meta.total).toBe(2);
    expect((await api.call(`GET /v2/account/keys/${fingerprint}`)).body.ssh_key.id).toBe(id);
    expect((await api.call(`PUT /v2/account/keys/${id}`, { name: 'ours' })).body.ssh_key.name).toBe('ours');
    expect((await api.call('POST /v2/account/keys', { name: 'again', public_key: OTHER_KEY })).body.message).toBe(
      'SSH Key is already in use on your account',
    );
    expect((await api.call('POST /v2/account/keys', { name: 'x', public_key: 'ssh-rsa nonsense' })).status).toBe(422);
    expect((await api.call('POST /v2/account/keys', { public_key: OTHER_KEY })).status).toBe(422);
    expect((await api.call(`DELETE /v2/account/keys/${id}`)).status).toBe(204);
    expect((await api.call(`GET /v2/account/keys/${id}`)).status).toBe(404);
  });

  it('droplets: create with name and names, list, filter, get, delete', async () => {
    const { id, links } = await create({ name: 'web', ipv6: true, tags: ['web'], ssh_keys: [816630] });
    expect((await api.call(`GET /v2/actions/${links.actions[0].id}`)).body.action).toMatchObject({
      type: 'create',
      resource_id: id,
    });
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, names: ['a', 'b'], tags: ['web'] });
    expect(body.droplets).toHaveLength(2);
    expect(body.droplets[0]).toMatchObject({ status: 'new', networks: { v4: [], v6: [] } });
    for (const each of body.droplets) {
      await active(each.id);
    }
    expect((await api.call('GET /v2/droplets?per_page=1&page=2')).body.links.pages).toHaveProperty('prev');
    expect((await api.call('GET /v2/droplets?tag_name=web')).body.meta.total).toBe(3);
    expect((await api.call('GET /v2/droplets?name=WEB')).body.droplets[0].networks.v6).toHaveLength(1);
    expect((await api.call('GET /v2/droplets?tag_name=web&name=a')).status).toBe(422);
    expect((await api.call(`GET /v2/droplets/${id}/snapshots`)).status).toBe(200);
    expect((await api.call(`GET /v2/droplets/${id}/neighbors`)).status).toBe(200);
    expect((await api.call(`DELETE /v2/droplets/${id}`)).status).toBe(204);
    await until(
      () => api.call(`GET /v2/droplets/${id}`),
      ({ status }) => status === 404,
    );
    expect((await api.call(`DELETE /v2/droplets/${id}`)).status).toBe(404);
    expect((await api.call('DELETE /v2/droplets')).status).toBe(400);
    expect((await api.call('DELETE /v2/droplets?tag_name=web')).status).toBe(204);
    await until(
      () => api.call('GET /v2/droplets?tag_name=web'),
      ({ body }) => body.meta.total === 0,
    );
  });

  it('every action on a droplet, by id and by tag', async () => {
    const { id } = await create({ name: 'acted', tags: ['acted'] });
    const actions = [
      { type: 'reboot' },
      { type: 'power_cycle' },
      { type: 'power_off' },
      { type: 'resize', size: 's-1vcpu-1gb', disk: true },
      { type: 'power_on' },
      { type: 'shutdown' },
      { type: 'rename', name: 'renamed' },
      { type: 'rebuild', image: 'debian-13-x64' },
      { type: 'snapshot', name: 'kept' },
      { type: 'enable_ipv6' },
      { type: 'enable_backups' },
      { type: 'disable_backups' },
      { type: 'password_reset' },
    ];
    for (const action of actions) {
      const { status, body } = await api.call(`POST /v2/droplets/${id}/actions`, action);
      expect([action.type, status]).toEqual([action.type, 201]);
      expect((await api.call(`GET /v2/droplets/${id}/actions/${body.action.id}`)).body.action.type).toBe(action.type);
      await settled(id);
    }
    expect((await api.call(`GET /v2/droplets/${id}/actions?per_page=5`)).body.meta.total).toBe(actions.length + 1);
    expect((await api.call('GET /v2/actions')).status).toBe(200);
    expect((await api.call(`GET /v2/droplets/${id}/snapshots`)).body.snapshots[0].name).toBe('kept');
    expect((await api.call('GET /v2/images?private=true')).body.images.at(-1).name).toBe('kept');
    const kept = (await api.call('GET /v2/snapshots?resource_type=droplet')).body.snapshots.at(-1);
    expect(kept).toMatchObject({ name: 'kept', resource_id: String(id) });
    expect((await api.call('GET /v2/snapshots?resource_type=volume')).body.snapshots).toEqual([]);
    expect((await api.call(`GET /v2/snapshots/${kept.id}`)).body.snapshot).toEqual(kept);
    expect((await api.call(`DELETE /v2/snapshots/${kept.id}`)).status).toBe(204);
    expect((await api.call(`GET /v2/snapshots/${kept.id}`)).status).toBe(404);
    expect((await api.call(`GET /v2/droplets/${id}`)).body.droplet.snapshot_ids).toEqual([]);
    expect(
      (await api.call('POST /v2/droplets/actions?tag_name=acted', { type: 'power_cycle' })).body.actions,
    ).toHaveLength(1);
    expect((await api.call('POST /v2/droplets/actions?tag_name=acted', { type: 'rename' })).status).toBe(422);
    expect((await api.call(`POST /v2/droplets/${id}/actions`, { type: 'dance' })).status).toBe(422);
    expect((await api.call(`GET /v2/droplets/${id}/actions/1`)).status).toBe(404);
    expect((await api.call('GET /v2/actions/nonsense')).status).toBe(404);
  });

  it('a droplet takes one action at a time', async () => {
    const slow = await testApi({ onExchange: (exchange) => exchanges.push(exchange), options: { bootSeconds: 600 } });
    const { body } = await slow.call('POST /v2/droplets', { ...ORDER, name: 'booting' });
    const refused = await slow.call(`POST /v2/droplets/${body.droplet.id}/actions`, { type: 'reboot' });
    expect([refused.status, refused.body.message]).toEqual([422, 'Droplet already has a pending event.']);
    await slow.close();
  });

  it('tags and what carries them', async () => {
    const { id } = await create({ name: 'tagged', tags: ['first'] });
    const resources = [{ resource_id: String(id), resource_type: 'droplet' }];
    expect((await api.call('POST /v2/tags', { name: 'second' })).status).toBe(201);
    expect((await api.call('POST /v2/tags', { name: 'no spaces' })).status).toBe(400);
    expect((await api.call('POST /v2/tags/second/resources', { resources })).status).toBe(204);
    expect((await api.call('GET /v2/tags/second')).body.tag.resources.droplets.count).toBe(1);
    expect((await api.call('GET /v2/tags')).body.tags.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['first', 'second']),
    );
    expect((await api.call('DELETE /v2/tags/second/resources', { resources })).status).toBe(204);
    expect((await api.call('POST /v2/tags/second/resources', resources)).status).toBe(400);
    expect((await api.call('POST /v2/tags/third/resources', { resources })).status).toBe(404);
    expect((await api.call('DELETE /v2/tags/first')).status).toBe(204);
    expect((await api.call(`GET /v2/droplets/${id}`)).body.droplet.tags).toEqual([]);
    expect((await api.call('GET /v2/tags/first')).status).toBe(404);
  });

  it('VPCs: a default one a region, and ones of our own', async () => {
    const { body } = await api.call('GET /v2/vpcs?per_page=200');
    expect(body.vpcs).toHaveLength(13);
    const made = await api.call('POST /v2/vpcs', { name: 'mine', region: 'sgp1', ip_range: '10.10.10.0/24' });
    const path = `/v2/vpcs/${made.body.vpc.id}`;
    expect((await api.call(`GET ${path}`)).body.vpc.ip_range).toBe('10.10.10.0/24');
    expect((await api.call(`PATCH ${path}`, { name: 'ours' })).body.vpc.name).toBe('ours');
    expect((await api.call(`PUT ${path}`, { name: 'theirs', description: 'x' })).body.vpc.description).toBe('x');
    expect((await api.call('POST /v2/vpcs', { name: 'more', region: 'sgp1' })).status).toBe(201);
    expect((await api.call('POST /v2/vpcs', { name: 'clash', region: 'sgp1', ip_range: '10.10.0.0/16' })).status).toBe(
      422,
    );
    expect((await api.call('POST /v2/vpcs', { name: 'nowhere', region: 'moon1' })).status).toBe(422);
    expect((await api.call('POST /v2/vpcs', { name: 'x', region: 'sgp1', ip_range: '203.0.113.0/24' })).status).toBe(
      422,
    );
    const { ready } = await create({ name: 'inside', vpc_uuid: made.body.vpc.id });
    expect(ready.body.droplet.networks.v4[1].ip_address).toBe('10.10.10.2');
    expect((await api.call(`GET ${path}/members`)).body.members).toHaveLength(1);
    expect((await api.call(`DELETE ${path}`)).status).toBe(403);
    expect((await api.call(`DELETE /v2/vpcs/${body.vpcs[0].id}`)).status).toBe(403);
    expect((await api.call('GET /v2/vpcs/none')).status).toBe(404);
  });

  it('refuses in the documented shape', async () => {
    expect((await api.call('GET /v2/account', undefined, 'wrong')).body).toMatchObject({
      id: 'unauthorized',
      message: 'Unable to authenticate you.',
    });
    expect((await api.call('POST /v2/droplets', { ...ORDER, name: 'x' }, READ_ONLY)).status).toBe(403);
    expect((await api.call('GET /v2/volumes')).body).toMatchObject({
      id: 'not_implemented',
      message: 'GET /v2/volumes: not supported by the sandbox',
    });
    expect((await api.call('POST /v2/droplets', '{"name":')).status).toBe(400);
    for (const kind of ['401', '403', '429', '429-hour', '500', '502', '503']) {
      api.faults.add(kind);
      expect((await api.call('GET /v2/droplets')).status).toBe(Number(kind.slice(0, 3)));
    }
    api.faults.add('droplet-limit@POST/v2/droplets');
    expect((await api.call('POST /v2/droplets', { ...ORDER, name: 'x' })).body).toMatchObject({
      message: 'creating this/these droplet(s) will exceed your droplet limit',
    });
  });

  it('the description itself objects to what is wrong', () => {
    expect(validateResponse({ method: 'GET', path: '/v2/account', status: 200, body: { account: {} } })).not.toEqual(
      [],
    );
    expect(validateResponse({ method: 'GET', path: '/v2/account', status: 204 })).not.toEqual([]);
    expect(validateRequest({ method: 'POST', path: '/v2/droplets', body: { ...ORDER, name: 'ok' } })).toEqual([]);
    expect(validateRequest({ method: 'POST', path: '/v2/droplets', body: { ...ORDER, name: 'not ok' } })).not.toEqual(
      [],
    );
    expect(
      validateRequest({ method: 'POST', path: '/v2/droplets', body: { ...ORDER, name: 'ok', colour: 'red' } }),
    ).not.toEqual([]);
    expect(validateRequest({ method: 'GET', path: '/v2/droplets', query: { per_page: '500' } })).not.toEqual([]);
  });
});
