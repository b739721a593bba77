import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REGION_SLUGS } from '../../src/sandbox/catalogue/regions.ts';
import { world } from '../support/belt.ts';

const w = world();
beforeAll(() => w.sandbox());
afterAll(() => w.end());

const printed = (...lines: string[]) => ({ code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' });
const noted = (line: string) => ({ code: 0, stdout: '', stderr: `${line}\n` });

describe('belt sizes', () => {
  test('the cheapest first, with the names of the book', async () => {
    const { stdout } = await w.belt('sizes');
    expect(stdout.split('\n').slice(0, 5)).toEqual([
      'Size                         VCPUs    Memory    Disk   USD/month  Regions',
      's-1vcpu-512mb-10gb (512mb)       1   512 MiB   10 GB        4.00  ams3, fra1, …',
      's-1vcpu-1gb (1gb)                1     1 GiB   25 GB        6.00  all',
      's-1vcpu-1gb-amd                  1     1 GiB   25 GB        7.00  not nyc2, sfo2',
      's-1vcpu-1gb-intel                1     1 GiB   25 GB        7.00  not nyc2, sfo2',
    ]);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('with a filter: a part of the slug, in any case, or a glob of it', async () => {
    const header = 'Size                       VCPUs  Memory    Disk   USD/month  Regions';
    expect(await w.belt('sizes --region nyc2 2VCPU-4')).toEqual(
      printed(
        'Size                 VCPUs  Memory    Disk   USD/month  Regions',
        's-2vcpu-4gb (4gb)        2   4 GiB   80 GB       24.00  all',
      ),
    );
    expect((await w.belt('sizes s-2vcpu-4gb*')).stdout.split('\n')).toEqual([
      header,
      's-2vcpu-4gb (4gb)              2   4 GiB   80 GB       24.00  all',
      's-2vcpu-4gb-amd                2   4 GiB   80 GB       28.00  not nyc2, sfo2',
      's-2vcpu-4gb-intel              2   4 GiB   80 GB       28.00  not nyc2, sfo2',
      's-2vcpu-4gb-120gb-intel        2   4 GiB  120 GB       32.00  not nyc2, sfo2',
      '',
    ]);
    expect(await w.belt('sizes -q 512mb')).toEqual(printed('s-1vcpu-512mb-10gb'));
  });

  test('--wide cuts nothing', async () => {
    expect((await w.belt('sizes 512mb --wide')).stdout.split('\n')[1]).toBe(
      's-1vcpu-512mb-10gb (512mb)       1   512 MiB   10 GB        4.00  ams3, fra1, nyc1, sfo3, sgp1, syd1',
    );
  });

  test('as JSON', async () => {
    const { stdout } = await w.belt('sizes 512mb --json');
    expect(JSON.parse(stdout)).toEqual([
      {
        slug: 's-1vcpu-512mb-10gb',
        oldSlug: '512mb',
        vcpus: 1,
        memoryMiB: 512,
        diskGiB: 10,
        priceMonthly: 4,
        available: true,
        regions: ['ams3', 'fra1', 'nyc1', 'sfo3', 'sgp1', 'syd1'],
      },
    ]);
  });

  test('where nothing is found, it says so', async () => {
    expect(await w.belt('sizes nope')).toEqual(noted('no sizes match "nope"; all of them: belt sizes'));
    expect(await w.belt('sizes 512mb --region nyc3')).toEqual(
      noted('no sizes in nyc3 match "512mb"; all of them: belt sizes'),
    );
    expect(await w.belt('sizes nope --json')).toEqual(printed('[]'));
    expect(await w.belt('sizes nope -q')).toEqual(printed());
  });

  test('a region that there is not', async () => {
    const stderr = 'error: there is no region "sgp9"\nhint: did you mean sgp1?\n';
    expect(await w.belt('sizes --region sgp9')).toEqual({ code: 2, stdout: '', stderr });
  });
});

describe('belt regions', () => {
  test('with what the cheapest droplet costs there', async () => {
    expect(await w.belt('regions york')).toEqual(
      printed(
        'Region  Name        New droplets   Sizes   USD/month  Cheapest',
        'nyc1    New York 1  yes               47        4.00  s-1vcpu-512mb-10gb',
        'nyc2    New York 2  yes               11        6.00  s-1vcpu-1gb',
        'nyc3    New York 3  yes               46        6.00  s-1vcpu-1gb',
      ),
    );
    expect(await w.belt('regions -q')).toEqual(printed(...REGION_SLUGS.toSorted()));
  });

  test('as JSON', async () => {
    const [region] = JSON.parse((await w.belt('regions nyc2 --json')).stdout);
    expect(region).toMatchObject({
      slug: 'nyc2',
      name: 'New York 2',
      available: true,
      cheapest: 's-1vcpu-1gb',
      cheapestMonthly: 6,
    });
    expect(region.sizes).toHaveLength(11);
  });
});

describe('belt images', () => {
  test('the account’s own first, then by name', async () => {
    const { stdout } = await w.belt('images');
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'Image                 Name                    Kind       Min. disk  Regions',
      '18153887              Ubuntu docker           snapshot       10 GB  sgp1',
      'centos-stream-9-x64   CentOS Stream 9 x64     base            7 GB  not atl1',
    ]);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('by a part of the name, a region, or whose they are', async () => {
    expect(await w.belt('images docker* --region nyc1 -q')).toEqual(printed('docker-20-04', 'docker-22-04'));
    expect(await w.belt('images --own -q')).toEqual(printed('18153887'));
    expect(await w.belt('images --region atl1')).toEqual(noted('no images in atl1'));
  });

  test('as JSON', async () => {
    expect(JSON.parse((await w.belt('images 18153887 --json')).stdout)).toEqual([
      {
        id: 18153887,
        slug: null,
        name: 'docker',
        distribution: 'Ubuntu',
        kind: 'snapshot',
        own: true,
        minDiskGiB: 10,
        regions: ['sgp1'],
      },
    ]);
  });
});

test('belt keys', async () => {
  const [key] = JSON.parse((await w.belt('keys --json')).stdout);
  expect(key).toEqual({
    id: 816630,
    name: 'sandbox',
    fingerprint: expect.stringMatching(/^([0-9a-f]{2}:){15}[0-9a-f]{2}$/),
    publicKey: expect.stringMatching(/^ssh-\S+ /),
  });
  expect(await w.belt('keys sand')).toEqual(
    printed('ID              Name      Fingerprint', `816630          sandbox   ${key.fingerprint}`),
  );
  expect(await w.belt('keys -q')).toEqual(printed('816630'));
  expect(await w.belt('keys nobody')).toEqual(noted('no keys match "nobody"; all of them: belt keys'));
});

test('belt vpcs', async () => {
  const [vpc] = JSON.parse((await w.belt('vpcs sgp1 --json')).stdout);
  expect(vpc).toMatchObject({ name: 'default-sgp1', region: 'sgp1', range: '10.104.0.0/20', default: true });
  expect(await w.belt('vpcs default-sgp?')).toEqual(
    printed('  Name          Region  Range           ID', `* default-sgp1  sgp1    10.104.0.0/20   ${vpc.id}`),
  );
  expect(await w.belt('vpcs -q sgp1')).toEqual(printed('default-sgp1'));
});

test('without a token they say how to get one', async () => {
  const env = { DIGITALOCEAN_ACCESS_TOKEN: undefined };
  expect(await w.belt('sizes', { env })).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: no DigitalOcean token is set\n' +
      'hint: create a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN, or keep it: belt auth add NAME · try it without an account: belt sandbox start\n',
  });
});
