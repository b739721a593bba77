import { describe, expect, test } from 'vitest';
import type { Cloud } from '../../../src/cloud/client.ts';
import { checkNewDroplets, type NewDroplets, type Offer, readOffer } from '../../../src/cloud/preflight.ts';
import { SeveralProblems, UsageError } from '../../../src/errors.ts';
import { anImage, aRegion, aSize, said } from './things.ts';

const VPC = { id: '760e09ef-dc84-11e8-981e-3cfdfeaae000', name: 'inner', region: 'sgp1' };

const OFFER: Offer = {
  sizes: [
    aSize('s-1vcpu-512mb-10gb'),
    aSize('s-1vcpu-1gb', { memory: 1024, disk: 25, price_monthly: 6, regions: ['sgp1', 'nyc1', 'ams3', 'fra1'] }),
    aSize('s-2vcpu-4gb', { memory: 4096, vcpus: 2, disk: 80, price_monthly: 24, regions: ['sgp1', 'ams3'] }),
    aSize('c-2', { memory: 4096, vcpus: 2, disk: 25, price_monthly: 42, regions: [], available: false }),
  ],
  regions: [aRegion('sgp1'), aRegion('nyc1'), aRegion('ams3'), aRegion('fra1'), aRegion('nyc2', { available: false })],
  image: anImage('docker-20-04', { regions: ['sgp1', 'nyc1', 'ams3'] }),
  vpc: undefined,
  dropletLimit: 25,
  dropletCount: 3,
};

const PLAN: NewDroplets = {
  size: 's-1vcpu-512mb-10gb',
  image: 'docker-20-04',
  regions: ['sgp1'],
  vpcUuid: undefined,
  count: 4,
};

const IMAGES = [anImage('docker-20-04'), anImage('debian-12-x64'), anImage('debian-13-x64'), anImage(null)];
const cloud = { images: async () => IMAGES, gpuDropletCount: async () => 0 } as unknown as Cloud;

const check = (plan: Partial<NewDroplets>, offer: Partial<Offer> = {}) =>
  checkNewDroplets(cloud, { ...OFFER, ...offer }, { ...PLAN, ...plan });

describe('a plan that will do', () => {
  test('gives the size and the image', async () => {
    expect(await check({})).toEqual({ size: OFFER.sizes[0], image: OFFER.image });
  });

  test('in several regions, in a VPC', async () => {
    await check({ regions: ['sgp1', 'nyc1'] });
    await check({ vpcUuid: VPC.id }, { vpc: VPC });
  });

  test('where DigitalOcean does not say what it takes, or where it is', async () => {
    const size = { slug: PLAN.size, available: true } as Offer['sizes'][number];
    const image = { id: 7, name: '', min_disk_size: 500 } as NonNullable<Offer['image']>;
    await check({}, { sizes: [size], image });
    await check({ vpcUuid: VPC.id }, { vpc: { ...VPC, region: 'unknown' } });
    await check({ count: 1_000 }, { dropletLimit: undefined });
    await check({ count: 1_000 }, { dropletCount: undefined });
  });

  test('a size with a GPU is refused: its droplets are in no list that belt reads', async () => {
    expect(await said(check({ size: 'gpu-h100x1-80gb' }, { sizes: [aSize('gpu-h100x1-80gb')] }))).toBe(
      'size gpu-h100x1-80gb has a GPU, and belt does not work with GPU droplets\n' +
        'create it with another tool and choose another size here',
    );
  });

  test('up to the last droplet of the limit', async () => {
    await check({ count: 22 });
  });

  test('nothing is to be made: an account above its limit is no obstacle', async () => {
    await check({ count: 0, regions: [] }, { dropletLimit: 2 });
  });
});

describe('what will not do is named, with the nearest that would', () => {
  test.each<[string, Partial<NewDroplets>, Partial<Offer>, string]>([
    [
      'a size with a slip',
      { size: 's-1vcpu-1bg' },
      {},
      'there is no size "s-1vcpu-1bg"\ndid you mean s-1vcpu-1gb, s-2vcpu-4gb?',
    ],
    [
      'a size like no other',
      { size: 'huge' },
      {},
      'there is no size "huge"\nthere are s-1vcpu-512mb-10gb, s-1vcpu-1gb, s-2vcpu-4gb, c-2',
    ],
    ['a region', { regions: ['sgp1', 'sgp2'] }, {}, 'there is no region "sgp2"\ndid you mean sgp1?'],
    [
      'a region like no other',
      { regions: ['mars'] },
      {},
      'there is no region "mars"\nthere are sgp1, nyc1, ams3, fra1, nyc2',
    ],
    ['a full region', { regions: ['nyc2'] }, {}, 'region nyc2 does not accept new droplets\nchoose another --region'],
    [
      'a size that is elsewhere',
      { regions: ['ams3'] },
      {},
      'size s-1vcpu-512mb-10gb is not available in region ams3\n' +
        'it is in sgp1, nyc1; the nearest size in ams3 is s-1vcpu-1gb',
    ],
    [
      'a size that is sold out',
      { size: 'c-2' },
      {},
      'size c-2 is not available in region sgp1\nit is in none; the nearest size in sgp1 is s-2vcpu-4gb',
    ],
    [
      'an image that is elsewhere',
      { size: 's-1vcpu-1gb', regions: ['fra1'] },
      {},
      'image docker-20-04 is not available in region fra1\nit is in sgp1, nyc1, ams3',
    ],
    [
      'a snapshot that is elsewhere',
      { image: '18153887', regions: ['nyc1'] },
      { image: anImage(null, { regions: ['sgp1'] }) },
      'image 18153887 is not available in region nyc1\nit is in sgp1',
    ],
    [
      'a disk that is too small',
      {},
      { image: anImage('docker-20-04', { min_disk_size: 20 }) },
      'image docker-20-04 needs a disk of 20 GB, but size s-1vcpu-512mb-10gb has 10 GB\nchoose a larger size',
    ],
    [
      'an image with a slip',
      { image: 'debian-13-x46' },
      { image: undefined },
      'there is no image "debian-13-x46"\ndid you mean debian-13-x64, debian-12-x64?',
    ],
    [
      'an image like no other',
      { image: '42' },
      { image: undefined },
      'there is no image "42"\nthere are docker-20-04, debian-12-x64, debian-13-x64, 18153887',
    ],
    ['a VPC', { vpcUuid: VPC.id }, {}, `there is no VPC ${VPC.id}\nsee: belt vpcs`],
    [
      'a VPC that is elsewhere',
      { vpcUuid: VPC.id, regions: ['sgp1', 'nyc1'] },
      { vpc: VPC },
      'VPC inner is in region sgp1, not in nyc1',
    ],
  ])('%s', async (_what, plan, offer, text) => {
    const checked = check(plan, offer);
    await expect(checked).rejects.toBeInstanceOf(UsageError);
    expect(await said(checked)).toBe(text);
  });

  test('a long list of what there is ends in dots', async () => {
    const regions = Array.from({ length: 14 }, (_, index) => aRegion(`region${index}`));
    expect(await said(check({ regions: ['xyz'] }, { regions }))).toBe(
      `there is no region "xyz"\nthere are ${regions
        .slice(0, 12)
        .map(({ slug }) => slug)
        .join(', ')} …`,
    );
  });

  test.each([
    [23, '23 more droplets would exceed'],
    [1, '1 more droplet would exceed'],
  ])("the account's limit: %i more", async (count, begin) => {
    const offer = count === 1 ? { dropletCount: 25 } : {};
    const used = count === 1 ? 25 : 3;
    const checked = check({ count }, offer);
    await expect(checked).rejects.not.toBeInstanceOf(UsageError);
    expect(await said(checked)).toBe(
      `${begin} the account's droplet limit: ${used} of 25 are in use\n` +
        'create fewer, remove some, or request a higher limit at https://cloud.digitalocean.com/account/team',
    );
  });
});

test('droplets with a GPU count towards the limit, and are asked for near it only', async () => {
  let asked = 0;
  const gpuDropletCount = async () => {
    asked += 1;
    return 3;
  };
  const some = { ...cloud, gpuDropletCount } as unknown as Cloud;
  const near = (plan: Partial<NewDroplets>) => checkNewDroplets(some, OFFER, { ...PLAN, ...plan });
  await near({ count: 4 });
  expect(asked).toBe(0);
  await near({ count: 19 });
  expect(asked).toBe(1);
  expect(await said(near({ count: 20 }))).toContain(
    "20 more droplets would exceed the account's droplet limit: 6 of 25 are in use\n",
  );
});

test.each([
  ['NEW', 'image docker-20-04 is not ready yet: DigitalOcean is still importing it'],
  ['pending', 'image docker-20-04 is not ready yet: DigitalOcean is still importing it'],
  ['retired', 'image docker-20-04 is retired'],
  ['deleted', 'image docker-20-04 is deleted'],
])('an image that is %s is refused', async (status, text) => {
  const image = { ...OFFER.image!, status };
  expect((await said(check({}, { image }))).split('\n')[0]).toBe(text);
  await check({}, { image: { ...image, status: 'available' } });
});

test('the offer is read side by side, the VPC only when one is named', async () => {
  const asked: string[] = [];
  const answer = (what: string, value: unknown) => async (ref?: string) => {
    asked.push(ref === undefined ? what : `${what} ${ref}`);
    return value;
  };
  const reading = {
    sizes: answer('sizes', OFFER.sizes),
    regions: answer('regions', OFFER.regions),
    image: answer('image', OFFER.image),
    vpc: answer('vpc', VPC),
    account: answer('limit', { dropletLimit: 25 }),
    dropletCount: answer('count', 3),
  } as unknown as Cloud;
  expect(await readOffer(reading, { image: 'docker-20-04', vpcUuid: undefined })).toEqual(OFFER);
  expect(asked).toEqual(['sizes', 'regions', 'image docker-20-04', 'limit', 'count']);
  expect(await readOffer(reading, { image: 'x', vpcUuid: VPC.id })).toMatchObject({ vpc: VPC });
  expect(asked).toContain(`vpc ${VPC.id}`);
});

describe('several things that will not do', () => {
  test('are told at once, each with what helps; what follows from one of them is not', async () => {
    const error = await check({ size: 'huge', regions: ['sgp9', 'nyc2'], count: 30 }, { image: undefined }).catch(
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(SeveralProblems);
    expect(error.problems.map(({ message }: Error) => message)).toEqual([
      'there is no size "huge"',
      'there is no image "docker-20-04"',
      'there is no region "sgp9"',
      'region nyc2 does not accept new droplets',
      expect.stringMatching(/^30 more droplets would exceed/),
    ]);
    expect(error.exitCode).toBe(2);
  });
});
