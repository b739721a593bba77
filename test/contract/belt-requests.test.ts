// Everything that belt asks of DigitalOcean conforms to DigitalOcean's description of its API, and so does what it is answered.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import type { Cloud } from '../../src/cloud/client.ts';
import { ensureKey } from '../../src/cloud/keys.ts';
import { openCloud } from '../../src/cloud/open.ts';
import { readOwn } from '../../src/cloud/own-userdata.ts';
import { checkNewDroplets, readOffer } from '../../src/cloud/preflight.ts';
import { type Blueprint, batches, provision } from '../../src/cloud/provision.ts';
import { clusterTag, runTag } from '../../src/cloud/tags.ts';
import { userData } from '../../src/cloud/userdata.ts';
import { watch } from '../../src/cloud/watch.ts';
import { firewallFor, guardedPorts, swarmFirewall } from '../../src/cluster/firewall.ts';
import { editFirewall } from '../../src/cluster/firewall-edit.ts';
import { sameFirewall } from '../../src/cluster/firewall-traffic.ts';
import { PLAIN_ENGINE } from '../../src/config/cluster/types.ts';
import type { BeltError } from '../../src/errors.ts';
import type { Droplet } from '../../src/model/droplet.ts';
import { BELT_TAG } from '../../src/model/tag.ts';
import type { Exchange } from '../../src/sandbox/api/server.ts';
import { FakeClock } from '../unit/fake-clock.ts';
import { READ_ONLY, type TestApi, testApi } from '../unit/sandbox/with-api.ts';
import { openApiIsHere, validateRequest, validateResponse } from './openapi.ts';

const PUBLIC_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBeltBeltBeltBeltBeltBeltBeltBeltBeltBeltBel ann@laptop';
const RUN = runTag('t3st-1');
const BLUEPRINT: Blueprint = {
  region: 'sgp1',
  size: 's-1vcpu-512mb-10gb',
  image: 'docker-20-04',
  ssh_keys: [816630],
  tags: [BELT_TAG, clusterTag('default'), RUN, 'env:test'],
};

describe.skipIf(!openApiIsHere())('belt keeps to the API description', () => {
  const exchanges: Exchange[] = [];
  const endpoints = new Set<string>();
  let api: TestApi;
  let cloud: Cloud;

  beforeAll(async () => {
    api = await testApi({
      onExchange: (exchange) => exchanges.push(exchange),
      // The droplets that are there from the start come on top of the limit.
      options: { dropletLimit: 300, droplets: 205 },
    });
    cloud = open('full-token');
  });
  afterAll(() => api.close());
  afterEach(() => {
    const problems = exchanges.splice(0).flatMap((each) => {
      endpoints.add(`${each.method} ${each.path.replace(/\/(\d+|[0-9a-f-]{36})(?=\/|$)/, '/ID')}`);
      return [
        ...validateRequest({ ...each, body: each.requestBody }),
        ...validateResponse({ ...each, body: each.responseBody }),
      ].map((problem) => `${each.method} ${each.path}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  const open = (accessToken: string, clock: Clock = new FakeClock()): Cloud => {
    const { signal } = new AbortController();
    const options = { clock, requestClock: systemClock, signal, out: { note: () => {} }, trace: undefined };
    return openCloud(options, { apiUrl: api.url, accessToken });
  };

  it('account: the limit, and how many droplets there are', async () => {
    expect((await cloud.account()).dropletLimit).toBe(505);
    expect(await cloud.dropletCount()).toBe(205);
    expect(await cloud.gpuDropletCount()).toBe(0);
  });

  it('the offer of a plan: sizes, regions, image by slug and by id, VPC', async () => {
    const { body } = await api.call('GET /v2/vpcs');
    const vpc = body.vpcs.find(({ region }: { region: string }) => region === 'sgp1');
    exchanges.length = 0;
    for (const image of ['docker-20-04', '18153887']) {
      const offer = await readOffer(cloud, { image, vpcUuid: vpc.id });
      const plan = { size: BLUEPRINT.size, image, regions: ['sgp1'], vpcUuid: vpc.id, count: 4 };
      const checked = await checkNewDroplets(cloud, offer, plan);
      expect(checked.image.slug ?? String(checked.image.id)).toBe(image);
    }
    expect(await cloud.image('no-such-image')).toBe(undefined);
    expect(await cloud.vpc('00000000-0000-4000-8000-000000000000')).toBe(undefined);
  });

  it('images, all of them', async () => {
    expect((await cloud.images()).map(({ slug }) => slug)).toContain('docker-20-04');
  });

  it('keys: list, and add one that is missing', async () => {
    const keys = await cloud.keys();
    expect(keys.map(({ id }) => id)).toEqual([816630]);
    const local = { publicKey: PUBLIC_KEY, fingerprint: '00:00', source: 'ssh-agent' };
    expect(await ensureKey(cloud, keys, local)).toMatchObject({ added: true, key: { name: 'belt ann@laptop' } });
  });

  it('droplets without a public address, and the gateways that they need', async () => {
    expect(await cloud.natGateways()).toEqual([]);
    const { body } = await api.call('GET /v2/vpcs');
    const { id } = body.vpcs.find(({ region }: { region: string }) => region === 'sgp1');
    const gateway = { name: 'way-out', type: 'PUBLIC', region: 'sgp1', size: 1, vpcs: [{ vpc_uuid: id }] };
    await api.call('POST /v2/vpc_nat_gateways', gateway);
    expect(await cloud.natGateways()).toMatchObject([{ state: 'ACTIVE', vpcs: [{ vpc_uuid: id }] }]);
    expect(await create(['private1'], { public_networking: false })).toHaveLength(1);
  });

  it('container registries, and credentials for one', async () => {
    expect(await cloud.registries()).toEqual([]);
    await api.call('POST /v2/registries', { name: 'acme', subscription_tier_slug: 'basic', region: 'sgp1' });
    expect(await cloud.registries()).toEqual(['acme']);
    const auth = Buffer.from(await cloud.registryCredentials('acme', 3_600), 'base64').toString();
    expect(auth).toMatch(/^(dop_v1_[0-9a-f]{64}):\1$/);
    await expect(cloud.registryCredentials('other', 3_600)).rejects.toThrow('could not be found');
  });

  it('create with nothing but what must be said, one name and many', async () => {
    expect(await create(['a1'])).toHaveLength(1);
    expect(await create(Array.from({ length: 12 }, (_, n) => `many${n + 1}`))).toHaveLength(12);
  });

  it('create with every option', async () => {
    const vpc_uuid = (await cloud.droplets({ name: 'a1' }))[0]?.vpcUuid;
    expect(vpc_uuid).toBeDefined();
    const own = readOwn(Buffer.from('#!/bin/sh\necho hello\n'), 'hello.sh');
    const [droplet] = await create(['full'], {
      image: 18153887,
      ssh_keys: [816630, 816631],
      user_data: userData({
        hostKey: { privateKey: 'PRIVATE\nKEY\n', publicKey: 'ssh-ed25519 AAAA' },
        engine: PLAIN_ENGINE,
        install: true,
        own,
      }),
      vpc_uuid,
      ipv6: true,
      monitoring: true,
      backups: true,
    });
    expect(droplet).toMatchObject({
      name: 'full',
      image: '18153887',
      size: BLUEPRINT.size,
      region: 'sgp1',
      vpcUuid: vpc_uuid,
    });
    const posted = exchanges.find(({ method }) => method === 'POST');
    expect(posted?.requestBody).toMatchObject({ names: ['full'], ipv6: true, monitoring: true, backups: true });
  });

  it('an answer that is lost: looked for under the tag of the run', async () => {
    api.faults.add('500-after@POST/v2/droplets$');
    expect(await create(['lost1', 'lost2'])).toHaveLength(2);
    expect(exchanges.filter(({ method }) => method === 'POST')).toHaveLength(1);
    const after = exchanges.slice(exchanges.findIndex(({ method }) => method === 'POST') + 1);
    expect(after[0]?.query).toEqual({ tag_name: RUN, per_page: '200', page: '1' });
  });

  it('lists: all of several pages, by tag, by name', async () => {
    const all = await cloud.droplets();
    expect(all.length).toBe(await cloud.dropletCount());
    expect(all.length).toBeGreaterThan(200);
    expect((await cloud.droplets({ tag: 'env:test' })).map(({ name }) => name)).toContain('full');
    expect((await cloud.droplets({ name: 'node205' })).map(({ name }) => name)).toEqual(['node205']);
    expect(await cloud.droplets({ tag: 'no-such-tag' })).toEqual([]);
    // It is the account's tag in another spelling.
    expect((await cloud.droplets({ tag: 'ENV:test' })).map(({ name }) => name)).toContain('full');
  });

  it('the watch: one list by the tag of the cluster', async () => {
    const [droplet] = await cloud.droplets({ name: 'full' });
    exchanges.length = 0;
    const controller = new AbortController();
    const seen = await new Promise<Droplet>((resolve, reject) => {
      const looking = watch({
        cloud,
        clock: new FakeClock(),
        signal: controller.signal,
        tag: clusterTag('default'),
        onSeen: (one) => one.publicAddress !== undefined && resolve(one),
        onGone: () => reject(new Error('gone')),
        onTrouble: reject,
      });
      looking.add(droplet!.id);
    }).finally(() => controller.abort());
    expect(seen).toMatchObject({ name: 'full', status: 'active', privateAddress: expect.stringMatching(/^10\./) });
    expect(exchanges[0]?.query).toMatchObject({ tag_name: 'belt-cluster-default' });
  });

  it('a tag: put on a droplet, and taken off', async () => {
    const [droplet] = await cloud.droplets({ name: 'full' });
    await cloud.createTag('web');
    await cloud.tagDroplet(droplet!.id, 'web');
    expect((await cloud.droplet(droplet!.id))?.tags).toContain('web');
    await cloud.untagDroplet(droplet!.id, 'web');
    expect((await cloud.droplet(droplet!.id))?.tags).not.toContain('web');
    // A tag that there is not counts as taken off.
    await cloud.untagDroplet(droplet!.id, 'no-such-tag');
  });

  it('one droplet by its id, then deleted, then gone', async () => {
    const [droplet] = await cloud.droplets({ name: 'node7' });
    expect(await cloud.droplet(droplet!.id)).toEqual(droplet);
    await cloud.deleteDroplet(droplet!.id);
    await expect.poll(() => cloud.droplet(droplet!.id)).toBe(undefined);
    // One that is gone already counts as deleted.
    await cloud.deleteDroplet(droplet!.id);
  });

  it('a firewall around the swarm’s own ports', async () => {
    const wanted = swarmFirewall('default', { tag: clusterTag('default'), ports: guardedPorts(7777) });
    await cloud.createTag(clusterTag('default'));
    const { id } = await cloud.createFirewall(wanted);
    expect(sameFirewall(wanted, (await cloud.firewalls())[0]!)).toBe(true);
    await cloud.deleteFirewall(id);
  });

  it('a firewall: made, changed with what others put in it, deleted', async () => {
    const holds = { tag: clusterTag('default'), sshPort: 22 };
    const spec = { sshFrom: ['203.0.113.0/24', '2001:db8::/32'], open: [] };
    const plain = firewallFor({ name: 'default', firewall: spec, swarm: { defaultAddrPool: [] } }, holds)!;
    await cloud.createTag(holds.tag);
    const { id } = await cloud.createFirewall(plain);
    const [droplet] = await cloud.droplets({ name: 'full' });
    const own = { protocol: 'tcp', ports: '5432', sources: { droplet_ids: [droplet!.id] } };
    await api.call(`POST /v2/firewalls/${id}/rules`, { inbound_rules: [own] });
    await api.call(`POST /v2/firewalls/${id}/droplets`, { droplet_ids: [droplet!.id] });
    const [found] = await cloud.firewalls();
    const open = [80, 8000].map((first) => ({ first, last: first + 10, protocol: 'udp' as const }));
    const edited = editFirewall(found!, { kind: 'open', ports: open }, holds);
    const after = await cloud.updateFirewall(found!, { ...edited, dropletIds: found!.dropletIds });
    expect({ ...after, inbound: after.inbound.length }).toMatchObject({ name: 'belt-default', inbound: 9 });
    expect(after.dropletIds).toEqual([droplet!.id]);
    const put = exchanges.find(({ method }) => method === 'PUT')!.requestBody as { inbound_rules: object[] };
    expect(put.inbound_rules).toEqual(
      expect.arrayContaining([
        own,
        { protocol: 'icmp', ports: '0', sources: { tags: [holds.tag] } },
        { protocol: 'udp', ports: '8000-8010', sources: { addresses: ['0.0.0.0/0', '::/0'] } },
      ]),
    );
    expect(sameFirewall(edited, (await cloud.firewalls())[0]!)).toBe(true);
    await cloud.deleteFirewall(id);
    expect(await cloud.firewalls()).toEqual([]);
  });

  it('what is refused', async () => {
    const said = (failing: Promise<unknown>) =>
      failing.then(
        () => 'nothing failed',
        ({ message }: Error) => message,
      );
    expect(await said(open('wrong-token').account())).toBe('DigitalOcean refused the token');
    expect(await said(open(READ_ONLY).createDroplets({ ...BLUEPRINT, names: ['x'] }))).toBe(
      'the token lacks the right droplet:create, image:read, ssh_key:read or tag:create',
    );
    expect(await said(create(['x'], { size: 's-9vcpu-9gb' }))).toBe(
      'DigitalOcean: You specified an invalid size for Droplet creation (POST /v2/droplets: 422)',
    );
    expect(await said(create(['x'], { ssh_keys: [1] }))).toBe(
      'DigitalOcean: 1 are invalid key identifiers for Droplet creation (POST /v2/droplets: 422)',
    );
  });

  it('that was all of it', () => {
    expect([...endpoints].toSorted()).toEqual([
      'DELETE /v2/droplets/ID',
      'DELETE /v2/firewalls/ID',
      'DELETE /v2/tags/no-such-tag/resources',
      'DELETE /v2/tags/web/resources',
      'GET /v2/account',
      'GET /v2/account/keys',
      'GET /v2/droplets',
      'GET /v2/droplets/ID',
      'GET /v2/firewalls',
      'GET /v2/images',
      'GET /v2/images/ID',
      'GET /v2/images/docker-20-04',
      'GET /v2/images/no-such-image',
      'GET /v2/regions',
      'GET /v2/registries',
      'GET /v2/registries/acme/docker-credentials',
      'GET /v2/registries/other/docker-credentials',
      'GET /v2/sizes',
      'GET /v2/tags/ENV%3Atest',
      'GET /v2/tags/no-such-tag',
      'GET /v2/vpc_nat_gateways',
      'GET /v2/vpcs',
      'GET /v2/vpcs/ID',
      'POST /v2/account/keys',
      'POST /v2/droplets',
      'POST /v2/firewalls',
      'POST /v2/firewalls/ID/droplets',
      'POST /v2/firewalls/ID/rules',
      'POST /v2/registries',
      'POST /v2/tags',
      'POST /v2/tags/web/resources',
      'POST /v2/vpc_nat_gateways',
      'PUT /v2/firewalls/ID',
    ]);
  });

  /** Makes droplets as `belt create` does, and gives what was made. */
  async function create(names: string[], about: Partial<Blueprint> = {}): Promise<Droplet[]> {
    const made: Droplet[] = [];
    let failure: BeltError | undefined;
    await provision(batches(names, { ...BLUEPRINT, ...about }), {
      cloud,
      clock: new FakeClock(),
      signal: new AbortController().signal,
      clusterTag: 'belt-cluster-default',
      runTag: RUN,
      deadline: Number.POSITIVE_INFINITY,
      concurrency: 4,
      onRequest: () => {},
      onStays: () => {},
      onLost: () => {},
      onMade: (droplets) => made.push(...droplets),
      onFailed: (_names, error) => {
        failure = error;
      },
    });
    if (failure) throw failure;
    return made;
  }
});
