// Tags as DigitalOcean has them: compared without case, spelled as they were the first time.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ORDER, type TestApi, testApi } from './with-api.ts';

describe('a tag in another spelling', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await testApi();
    await api.call('POST /v2/droplets', { ...ORDER, name: 'first', tags: ['Belt', 'belt-cluster-Shop'] });
    await api.call('POST /v2/droplets', { ...ORDER, name: 'second', tags: ['belt', 'BELT-cluster-shop'] });
  });
  afterAll(() => api.close());

  it('is the same tag, spelled as it was the first time', async () => {
    const { body } = await api.call('GET /v2/droplets');
    expect(body.droplets.map(({ tags }: { tags: string[] }) => tags)).toEqual([
      ['Belt', 'belt-cluster-Shop'],
      ['Belt', 'belt-cluster-Shop'],
    ]);
    const made = await api.call('POST /v2/tags', { name: 'BELT' });
    expect(made.body.tag.name).toBe('Belt');
    const all = await api.call('GET /v2/tags');
    expect(all.body.tags.map(({ name }: { name: string }) => name)).toEqual(['Belt', 'belt-cluster-Shop']);
  });

  it('filters in that spelling alone', async () => {
    const lengths = async (tag: string) => (await api.call(`GET /v2/droplets?tag_name=${tag}`)).body.droplets.length;
    expect(await lengths('belt-cluster-Shop')).toBe(2);
    expect(await lengths('belt-cluster-shop')).toBe(0);
  });

  it('is not found by its path', async () => {
    expect((await api.call('GET /v2/tags/Belt')).body.tag).toMatchObject({ name: 'Belt', resources: { count: 2 } });
    const resources: object[] = [];
    for (const words of ['GET /v2/tags/BELT', 'DELETE /v2/tags/belt']) expect((await api.call(words)).status).toBe(404);
    for (const method of ['POST', 'DELETE'])
      expect((await api.call(`${method} /v2/tags/belt/resources`, { resources })).status).toBe(404);
  });

  it('is what a firewall holds for', async () => {
    const inbound_rules = [{ protocol: 'tcp', ports: '22', sources: { tags: ['belt'] } }];
    const outbound_rules = [{ protocol: 'tcp', ports: '1-65535', destinations: { addresses: ['0.0.0.0/0'] } }];
    const order = { name: 'fw', tags: ['belt-cluster-shop'], inbound_rules, outbound_rules };
    const { body } = await api.call('POST /v2/firewalls', order);
    expect(body.firewall.tags).toEqual(['belt-cluster-Shop']);
    expect(body.firewall.inbound_rules[0].sources.tags).toEqual(['Belt']);
    expect(body.firewall.pending_changes).toHaveLength(2);
  });

  it('goes with the tag', async () => {
    expect((await api.call('DELETE /v2/tags/Belt')).status).toBe(204);
    const { body } = await api.call('GET /v2/droplets?tag_name=Belt');
    expect(body.droplets).toEqual([]);
  });
});
