import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ORDER, READ_ONLY, type TestApi, testApi, until } from './with-api.ts';

const ANYWHERE = { addresses: ['0.0.0.0/0', '::/0'] };
const SSH = { protocol: 'tcp', ports: '22', sources: ANYWHERE };
const OUT = { protocol: 'tcp', ports: '0', destinations: ANYWHERE };

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});
afterEach(() => api.close());

const droplet = async (name: string, ...tags: string[]): Promise<number> => {
  const { body } = await api.call('POST /v2/droplets', { ...ORDER, name, tags });
  await until(
    () => api.call(`GET /v2/droplets/${body.droplet.id}`),
    () => api.hosts.did.includes(`powerOn ${name}`),
  );
  return body.droplet.id;
};
const ordered = async (about: object) => {
  const { status, body } = await api.call('POST /v2/firewalls', { name: 'fw', inbound_rules: [SSH], ...about });
  expect([status, body.firewall?.status]).toEqual([202, 'waiting']);
  return body.firewall;
};
const firewall = async (about: object): Promise<string> => (await ordered(about)).id;
const settled = async (id: string) => {
  const { body } = await until(
    () => api.call(`GET /v2/firewalls/${id}`),
    (reply) => reply.body.firewall.status === 'succeeded',
  );
  return body.firewall;
};
/** The ports that are open on the host from outside; undefined when it has no firewall. */
const openOn = (name: string) => api.hosts.firewalls.get(name)?.inbound.map(({ ports }) => ports?.first ?? 'all');

describe('a firewall reaches its droplets', () => {
  it('those that exist, after a moment, by id and by tag', async () => {
    await api.close();
    api = await testApi({ options: { bootSeconds: 1, droplets: 2 } });
    const [named, tagged] = (await api.call('GET /v2/droplets')).body.droplets;
    const { id, ...order } = await ordered({ droplet_ids: [named.id], tags: ['belt'] });
    expect(order).toMatchObject({ droplet_ids: [named.id], tags: ['belt'] });
    expect(order.pending_changes).toEqual([
      { droplet_id: named.id, removing: false, status: 'waiting' },
      { droplet_id: tagged.id, removing: false, status: 'waiting' },
    ]);
    expect((await settled(id)).pending_changes).toEqual([]);
    expect((await api.call(`GET /v2/droplets/${tagged.id}/firewalls`)).body.firewalls[0].id).toBe(id);
  });

  it('one that is made later has it before it is powered on', async () => {
    await api.call('POST /v2/tags', { name: 'web' });
    await settled(await firewall({ tags: ['web'], outbound_rules: [OUT] }));
    await droplet('node1', 'web');
    await droplet('other');
    expect(api.hosts.did.slice(0, 3)).toEqual(['create node1', 'setFirewall node1', 'powerOn node1']);
    expect(api.hosts.firewalls.get('node1')).toEqual({
      inbound: [{ protocol: 'tcp', ports: { first: 22, last: 22 }, addresses: ANYWHERE.addresses }],
      outbound: [{ protocol: 'tcp', addresses: ANYWHERE.addresses }],
    });
    expect(api.hosts.firewalls.has('other')).toBe(false);
  });

  it('follows tags as they come and go', async () => {
    const id = await droplet('node1');
    const resources = [{ resource_id: String(id), resource_type: 'droplet' }];
    await api.call('POST /v2/tags', { name: 'web' });
    const fw = await firewall({ tags: ['web'] });
    await settled(fw);
    expect(api.hosts.firewalls.has('node1')).toBe(false);
    await api.call('POST /v2/tags/web/resources', { resources });
    await settled(fw);
    await expect.poll(() => openOn('node1')).toEqual([22]);
    await api.call('DELETE /v2/tags/web/resources', { resources });
    await settled(fw);
    await expect.poll(() => openOn('node1')).toBe(undefined);
    await api.call('POST /v2/tags/web/resources', { resources });
    await expect.poll(() => openOn('node1')).toEqual([22]);
    await api.call('DELETE /v2/tags/web');
    await expect.poll(() => openOn('node1')).toBe(undefined);
    expect((await settled(fw)).tags).toEqual([]);
  });

  it('several on one droplet open what any of them opens; what is deleted shuts, the last one opens all', async () => {
    const id = await droplet('node1');
    const one = await firewall({ name: 'one', droplet_ids: [id] });
    const two = await firewall({ name: 'two', droplet_ids: [id], inbound_rules: [{ ...SSH, ports: '80' }] });
    await expect.poll(() => openOn('node1')).toEqual([22, 80]);
    expect((await api.call(`DELETE /v2/firewalls/${one}`)).status).toBe(204);
    await expect.poll(() => openOn('node1')).toEqual([80]);
    await api.call(`DELETE /v2/firewalls/${two}`);
    await expect.poll(() => openOn('node1')).toBe(undefined);
  });

  it('a droplet that a rule names by tag is let in as soon as it exists, and out when it is gone', async () => {
    const id = await droplet('manager');
    await api.call('POST /v2/tags', { name: 'swarm' });
    const inbound_rules = [{ protocol: 'tcp', ports: '2377', sources: { tags: ['swarm'] } }];
    await settled(await firewall({ droplet_ids: [id], inbound_rules }));
    const addresses = () => api.hosts.firewalls.get('manager')?.inbound[0]?.addresses;
    await expect.poll(() => api.hosts.firewalls.get('manager')).toEqual({ inbound: [], outbound: [] });
    const worker = await droplet('worker', 'swarm');
    await expect.poll(addresses).toEqual(['127.1.0.2', '10.104.0.3']);
    await api.call(`DELETE /v2/droplets/${worker}`);
    await expect.poll(addresses).toBe(undefined);
  });

  it('a deleted droplet is taken out of firewalls and of their rules', async () => {
    const ids = [await droplet('node1'), await droplet('node2')];
    const only = { ...SSH, ports: '80', sources: { droplet_ids: [ids[1]] } };
    const both = { ...SSH, ports: '81', sources: { droplet_ids: [ids[1]], addresses: ['1.2.3.4'] } };
    const fw = await firewall({ droplet_ids: ids, inbound_rules: [SSH, only, both] });
    await api.call(`DELETE /v2/droplets/${ids[1]}`);
    await until(
      () => api.call(`GET /v2/firewalls/${fw}`),
      ({ body }) => body.firewall.droplet_ids.length === 1,
    );
    const left = [SSH, { ...both, sources: { addresses: ['1.2.3.4'] } }];
    expect(await settled(fw)).toMatchObject({ droplet_ids: [ids[0]], inbound_rules: left, pending_changes: [] });
  });

  it('a rebuilt droplet has it again', async () => {
    const id = await droplet('node1');
    await firewall({ droplet_ids: [id] });
    await expect.poll(() => openOn('node1')).toEqual([22]);
    api.hosts.did.length = 0;
    await api.call(`POST /v2/droplets/${id}/actions`, { type: 'rebuild', image: 'docker-20-04' });
    await expect.poll(() => api.hosts.did.slice(-3)).toEqual(['create node1', 'setFirewall node1', 'powerOn node1']);
  });

  it('a host is told only what is new', async () => {
    const id = await droplet('node1');
    const fw = await firewall({ droplet_ids: [id] });
    await settled(fw);
    await api.call(`PUT /v2/firewalls/${fw}`, { name: 'renamed', inbound_rules: [SSH], droplet_ids: [id] });
    await settled(fw);
    await api.call(`DELETE /v2/firewalls/${fw}/droplets`, { droplet_ids: [id] });
    await expect.poll(() => openOn('node1')).toBe(undefined);
    expect(api.hosts.did.filter((what) => what === 'setFirewall node1')).toHaveLength(2);
  });
});

describe('what is refused', () => {
  const rule = (about: object) => ({ inbound_rules: [{ ...SSH, ...about }] });
  const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);

  it.each<[object, number, string]>([
    [{ name: 'a b' }, 422, 'name is invalid: it may contain letters, numbers, dashes and periods'],
    [{ name: 'taken' }, 409, 'duplicate name'],
    [{ inbound_rules: null }, 422, 'at least one inbound or outbound rule is required'],
    [{ inbound_rules: 'all' }, 400, 'inbound_rules must be an array'],
    [rule({ protocol: 'gre' }), 422, 'protocol must be one of tcp, udp, icmp'],
    [rule({ ports: undefined }), 422, 'You must specify a positive value for ports.'],
    [rule({ ports: 22 }), 422, 'You must specify a positive value for ports.'],
    [rule({ ports: '9000-8000' }), 422, 'you must specify a valid range for ports'],
    [rule({ ports: '65536' }), 422, 'you must specify a valid range for ports'],
    [rule({ ports: 'ssh' }), 422, 'you must specify a valid range for ports'],
    [rule({ ports: '1-2-3' }), 422, 'you must specify a valid range for ports'],
    [rule({ sources: [ANYWHERE] }), 422, 'You specified an invalid type for one of the sources.'],
    [rule({ sources: {} }), 422, 'a rule needs at least one of its sources'],
    [rule({ sources: { addresses: ['everywhere'] } }), 422, 'invalid address'],
    [rule({ sources: { droplet_ids: [1] } }), 422, 'droplet_ids: 1 could not be found'],
    [rule({ sources: { tags: ['nobody'] } }), 422, 'tags: nobody could not be found'],
    [rule({ sources: { load_balancer_uids: ['lb'] } }), 422, 'load_balancer_uids: lb could not be found'],
    [
      { outbound_rules: [{ ...OUT, destinations: undefined }] },
      422,
      'You specified an invalid type for one of the destinations.',
    ],
    [{ droplet_ids: [1] }, 422, 'droplet_ids: 1 could not be found'],
    [{ tags: ['nobody'] }, 422, 'tags: nobody could not be found'],
    [{ inbound_rules: many(51, SSH) }, 422, 'a firewall can have at most 50 rules'],
    [rule({ sources: { addresses: many(1001, '1.2.3.4') } }), 422, 'a rule can have at most 1000 addresses'],
  ])('%j', async (wrong, expected, message) => {
    await firewall({ name: 'taken' });
    const { status, body } = await api.call('POST /v2/firewalls', { name: 'fw', inbound_rules: [SSH], ...wrong });
    expect([status, body.message]).toEqual([expected, message]);
    expect((await api.call('GET /v2/firewalls')).body.meta.total).toBe(1);
  });

  it('an eleventh droplet, a sixth tag, a rule too many on one that exists: it stays as it was', async () => {
    await api.close();
    api = await testApi({ options: { droplets: 11 } });
    const ids = (await api.call('GET /v2/droplets')).body.droplets.map(({ id }: { id: number }) => id);
    const tags = ['t1', 't2', 't3', 't4', 't5', 't6'];
    for (const name of tags) await api.call('POST /v2/tags', { name });
    const fw = await firewall({ droplet_ids: ids.slice(1), tags: tags.slice(1), inbound_rules: many(50, SSH) });
    const said = async (part: string, body: object) => {
      const reply = await api.call(`POST /v2/firewalls/${fw}/${part}`, body);
      return [reply.status, reply.body.message];
    };
    expect(await said('droplets', { droplet_ids: ids })).toEqual([422, 'a firewall can have at most 10 droplets']);
    expect(await said('tags', { tags })).toEqual([422, 'a firewall can have at most 5 tags']);
    expect(await said('rules', { outbound_rules: [OUT] })).toEqual([422, 'a firewall can have at most 50 rules']);
    const { droplet_ids, tags: kept, inbound_rules, outbound_rules } = await settled(fw);
    expect([droplet_ids.length, kept.length, inbound_rules.length, outbound_rules.length]).toEqual([10, 5, 50, 0]);
  });

  it('writes with the read-only token, reads of what does not exist', async () => {
    const fw = await firewall({});
    const body = { name: 'other', inbound_rules: [SSH] };
    for (const words of ['POST /v2/firewalls', `PUT /v2/firewalls/${fw}`, `DELETE /v2/firewalls/${fw}`]) {
      expect((await api.call(words, body, READ_ONLY)).status).toBe(403);
    }
    expect((await api.call(`GET /v2/firewalls/${fw}`, undefined, READ_ONLY)).status).toBe(200);
    expect((await api.call('GET /v2/firewalls/none')).status).toBe(404);
    expect((await api.call('DELETE /v2/firewalls/none/rules', body)).status).toBe(404);
  });
});
