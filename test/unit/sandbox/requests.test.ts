// What requests may look like, and what the sandbox says of what it does not play.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORDER, READ_ONLY, type TestApi, testApi, until } from './with-api.ts';

describe('requests', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
  });
  afterAll(() => api.close());

  const create = async (body: object): Promise<number> =>
    (await api.call('POST /v2/droplets', { ...ORDER, ...body })).body.droplet.id;
  const RULES = { inbound_rules: [{ protocol: 'icmp', sources: { addresses: ['0.0.0.0/0'] } }] };

  it('an id is a number, or a text of its digits', async () => {
    const [one, other] = [await create({ name: 'one' }), await create({ name: 'other' })];
    const { body } = await api.call('POST /v2/firewalls', { ...RULES, name: 'fw', droplet_ids: [String(one)] });
    const path = `/v2/firewalls/${body.firewall.id}`;
    expect(body.firewall.droplet_ids).toEqual([one]);
    expect((await api.call(`POST ${path}/droplets`, { droplet_ids: [`${other}`, other] })).status).toBe(204);
    expect((await api.call(`GET ${path}`)).body.firewall.droplet_ids).toEqual([one, other]);
    expect((await api.call(`DELETE ${path}/droplets`, { droplet_ids: [`${one}`] })).status).toBe(204);
    expect((await api.call(`GET ${path}`)).body.firewall.droplet_ids).toEqual([other]);
    expect((await api.call(`POST ${path}/droplets`, { droplet_ids: ['0x10'] })).body.message).toBe(
      'droplet_ids: 0x10 could not be found',
    );
    expect((await api.call('GET /v2/droplets/0x11a7641')).status).toBe(404);
    expect((await api.call('POST /v2/droplets', { ...ORDER, name: 'a', image: '18153887' })).status).toBe(202);
  });

  it('a tag is taken off a firewall in any spelling', async () => {
    await create({ name: 'tagged', tags: ['Web'] });
    const { body } = await api.call('POST /v2/firewalls', { ...RULES, name: 'tagged', tags: ['web'] });
    const path = `/v2/firewalls/${body.firewall.id}`;
    expect(body.firewall.tags).toEqual(['Web']);
    expect((await api.call(`DELETE ${path}/tags`, { tags: ['WEB'] })).status).toBe(204);
    expect((await api.call(`GET ${path}`)).body.firewall.tags).toEqual([]);
  });

  it('an empty region is none: DigitalOcean chooses', async () => {
    const { body } = await api.call('POST /v2/droplets', { ...ORDER, name: 'anywhere', region: '' });
    const chosen = await api.call('POST /v2/droplets', { size: ORDER.size, image: ORDER.image, name: 'left-out' });
    expect(body.droplet.region.slug).toBe(chosen.body.droplet.region.slug);
  });

  it('the default network of a region can be replaced', async () => {
    const made = await api.call('POST /v2/vpcs', { name: 'mine', region: 'sgp1', ip_range: '172.16.4.0/24' });
    const { id } = made.body.vpc;
    expect((await api.call(`PATCH /v2/vpcs/${id}`, { default: true })).body.vpc.default).toBe(true);
    const defaults = (await api.call('GET /v2/vpcs?per_page=200')).body.vpcs.filter(
      (vpc: { default: boolean; region: string }) => vpc.default && vpc.region === 'sgp1',
    );
    expect(defaults.map((vpc: { id: string }) => vpc.id)).toEqual([id]);
    expect((await api.call('POST /v2/droplets', { ...ORDER, name: 'inside' })).body.droplet.vpc_uuid).toBe(id);
    expect((await api.call(`PATCH /v2/vpcs/${id}`, { default: false })).body.message).toBe(
      'the default network of a region can only be replaced by another',
    );
  });

  it('the first network of a region is its default', async () => {
    const fresh = await testApi({ options: { newAccount: true } });
    const made = async (name: string) => (await fresh.call('POST /v2/vpcs', { name, region: 'sgp1' })).body.vpc.default;
    expect((await fresh.call('GET /v2/vpcs')).body.vpcs).toEqual([]);
    expect([await made('one'), await made('two')]).toEqual([true, false]);
    await fresh.call('POST /v2/droplets', { ...ORDER, region: 'nyc1', name: 'alone' });
    const { vpcs } = (await fresh.call('GET /v2/vpcs')).body;
    expect(vpcs.map((vpc: { name: string; default: boolean }) => [vpc.name, vpc.default])).toEqual([
      ['one', true],
      ['two', false],
      ['default-nyc1', true],
    ]);
    await fresh.close();
  });

  it.each(['10.0.0.0/16', '172.31.0.0/16', '192.168.9.0/28'])('a VPC can have %s', async (ip_range) => {
    const name = ip_range.replace('/', '-');
    expect((await api.call('POST /v2/vpcs', { name, region: 'nyc1', ip_range })).status).toBe(201);
  });

  it.each(['11.0.0.0/16', '172.32.0.0/16', '192.169.0.0/24', '100.64.0.0/16', '10.50.0.0/15', '10.50.0.0/29'])(
    'a VPC cannot have %s',
    async (ip_range) => {
      expect((await api.call('POST /v2/vpcs', { name: 'no', region: 'nyc1', ip_range })).body.message).toBe(
        'ip_range must be a private range (RFC 1918) between /16 and /28 in CIDR notation',
      );
    },
  );

  it.each([
    ['POST /v2/droplets', { ...ORDER, name: 'x', volumes: ['v'] }, 'volumes'],
    ['POST /v2/droplets', { ...ORDER, name: 'x', backups: true, backup_policy: { plan: 'daily' } }, 'backup_policy'],
    ['POST /v2/vpcs', { name: 'x', region: 'sgp1', default: true }, 'default'],
    ['GET /v2/volumes', undefined, 'GET /v2/volumes'],
    ['DELETE /v2/regions', undefined, 'DELETE /v2/regions'],
  ])('what is asked for and not supported is refused: %s %j', async (words, body, what) => {
    expect(await api.call(words, body)).toMatchObject({
      status: 501,
      body: { id: 'not_implemented', message: `${what}: not supported by the sandbox` },
    });
  });

  it('an action that is not supported is refused, and one that there is not is told so', async () => {
    const id = await create({ name: 'acted' });
    await until(
      () => api.call(`GET /v2/droplets/${id}`),
      ({ body }) => !body.droplet.locked,
    );
    const act = (type: string) => api.call(`POST /v2/droplets/${id}/actions`, { type });
    expect((await act('change_kernel')).body.message).toBe('the action change_kernel: not supported by the sandbox');
    expect((await act('dance')).body.message).toBe('You specified an invalid action type.');
  });

  it('asks for nothing by an empty field', async () => {
    const { status } = await api.call('POST /v2/droplets', {
      ...ORDER,
      name: 'plain',
      volumes: [],
      backup_policy: null,
    });
    expect(status).toBe(202);
  });

  it('HEAD is GET without the body, also of what is not supported and for tokens that only read', async () => {
    const head = async (path: string) => {
      const { status, body, headers } = await api.call(`HEAD ${path}`, undefined, READ_ONLY);
      return { status, body, length: Number(headers.get('content-length')) > 0 };
    };
    expect(await head('/v2/regions')).toEqual({ status: 200, body: undefined, length: true });
    expect(await head('/v2/volumes')).toEqual({ status: 501, body: undefined, length: true });
  });
});
