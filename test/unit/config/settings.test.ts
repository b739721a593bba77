import { describe, expect, test } from 'vitest';
import { load, loadYaml, refusal, TOKEN } from './fixture.ts';

const DEFAULTS = {
  apiUrl: 'https://api.digitalocean.com',
  sshUser: 'root',
  sshPort: 22,
  sshKeyFingerprints: [],
  tags: [],
  ipv6: false,
  monitoring: false,
  backups: false,
  cluster: 'default',
  clusterFrom: 'default',
};

const BOOK = `---
digitalocean:
  region: sgp1
  image: 18153887            # an image id or a slug
  ssh_user: root
  ssh_key_fingerprint: 816630   # an MD5 fingerprint or a key id
`;

describe('where settings come from', () => {
  test('without a file and variables: the defaults, and the state in the home', async () => {
    expect(await load()).toEqual({ settings: { ...DEFAULTS, stateFolder: '/home/ann/.belt' }, warnings: [] });
  });

  test("the book's file", async () => {
    expect(await loadYaml(BOOK)).toEqual({
      settings: {
        ...DEFAULTS,
        region: 'sgp1',
        image: '18153887',
        sshKeyFingerprints: ['816630'],
        configFile: '/home/ann/app/.belt.yaml',
        stateFolder: '/home/ann/app/.belt',
      },
      warnings: [],
    });
  });

  test('the nearest file going up, before the one in the home', async () => {
    const files = {
      '/home/ann/app/.belt.yaml': 'digitalocean: {region: nyc1}',
      '/home/ann/.belt.yaml': 'digitalocean: {region: ams3}',
    };
    const deep = await load({ files, cwd: '/home/ann/app/deep/down' });
    expect(deep.settings).toMatchObject({ region: 'nyc1', stateFolder: '/home/ann/app/.belt' });
    const elsewhere = await load({ files, cwd: '/srv/other' });
    expect(elsewhere.settings).toMatchObject({ region: 'ams3', stateFolder: '/home/ann/.belt' });
  });

  test('--config before any other, relative to the current folder', async () => {
    const files = {
      '/home/ann/app/.belt.yaml': 'digitalocean: {region: nyc1}',
      '/home/ann/conf/b.yaml': 'digitalocean: {region: fra1}',
    };
    const { settings } = await load({ files, configFile: '../conf/b.yaml' });
    expect(settings).toMatchObject({
      region: 'fra1',
      configFile: '/home/ann/conf/b.yaml',
      stateFolder: '/home/ann/conf/.belt',
    });
  });

  test('a missing --config is not passed over', async () => {
    const files = { '/home/ann/app/.belt.yaml': BOOK };
    expect(await refusal(load({ files, configFile: 'nope.yaml' }))).toBe('--config nope.yaml: there is no such file');
    expect(await refusal(load({ files, configFile: '' }))).toBe("--config '': there is no such file");
  });

  test('a file that somebody else put there is used only when it is named', async () => {
    const files = { '/home/ann/.belt.yaml': BOOK };
    expect(await refusal(load({ files, foreign: true }))).toBe(
      '/home/ann/.belt.yaml belongs to another user\nif you trust it, name it: --config /home/ann/.belt.yaml',
    );
    const named = await load({ files, foreign: true, configFile: '/home/ann/.belt.yaml' });
    expect(named.settings.configFile).toBe('/home/ann/.belt.yaml');
  });

  test('a file that cannot be read is not passed over', async () => {
    const read = (path: string) => {
      throw new Error(`EACCES: permission denied, open '${path}'`);
    };
    expect(await refusal(load({ read }))).toBe(
      ".belt.yaml: cannot be read: EACCES: permission denied, open '/home/ann/app/.belt.yaml'",
    );
  });

  test('variables beat the file, and an empty one is not set', async () => {
    const env = { DIGITALOCEAN_REGION: 'lon1', DIGITALOCEAN_IMAGE: '', DIGITALOCEAN_SSH_USER: '  ' };
    const { settings } = await loadYaml(BOOK.replace('root', 'admin'), { env });
    expect(settings).toMatchObject({ region: 'lon1', image: '18153887', sshUser: 'admin' });
  });

  test('every variable', async () => {
    const { settings, warnings } = await load({
      env: {
        DIGITALOCEAN_ACCESS_TOKEN: `${TOKEN}\n`,
        DIGITALOCEAN_REGION: 'nyc1',
        DIGITALOCEAN_IMAGE: '18153887',
        DIGITALOCEAN_SIZE: '512mb',
        DIGITALOCEAN_SSH_USER: 'core',
        DIGITALOCEAN_SSH_PORT: '2222',
        DIGITALOCEAN_SSH_KEY_PATH: 'keys/id',
        DIGITALOCEAN_SSH_KEY_FINGERPRINT: '816630, MD5:3B:16:BF:E4:8B:00:8B:B8:59:8C:A9:D3:F0:19:45:FA',
        DIGITALOCEAN_VPC_UUID: '760E09EF-dc84-11e8-981e-3cfdfeaae000',
        DIGITALOCEAN_TAGS: 'env:test, web',
        DIGITALOCEAN_IPV6: 'yes',
        DIGITALOCEAN_MONITORING: '1',
        DIGITALOCEAN_BACKUPS: 'False',
        DIGITALOCEAN_API_URL: 'http://127.0.0.1:8080/v2/',
        BELT_CLUSTER: 'blue',
        BELT_STATE_DIR: '~/state',
      },
    });
    expect(warnings).toEqual([]);
    expect(settings).toEqual({
      accessToken: TOKEN,
      apiUrl: 'http://127.0.0.1:8080',
      region: 'nyc1',
      size: '512mb',
      image: '18153887',
      sshUser: 'core',
      sshPort: 2222,
      sshKeyPath: '/home/ann/app/keys/id',
      sshKeyFingerprints: ['816630', '3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa'],
      vpcUuid: '760e09ef-dc84-11e8-981e-3cfdfeaae000',
      tags: ['env:test', 'web'],
      ipv6: true,
      monitoring: true,
      backups: false,
      cluster: 'blue',
      clusterFrom: 'BELT_CLUSTER',
      stateFolder: '/home/ann/state',
    });
  });

  test('two loads share no list', async () => {
    const [first, second] = [await load(), await load()];
    first.settings.tags.push('x');
    expect(second.settings.tags).toEqual([]);
    expect((await load()).settings.tags).toEqual([]);
  });
});

describe('the state folder', () => {
  test.each([
    ['/var/belt', '/var/belt'],
    ['state', '/home/ann/app/state'],
    ['', '/home/ann/app/.belt'],
  ])('BELT_STATE_DIR=%s', async (folder, expected) => {
    expect((await loadYaml(BOOK, { env: { BELT_STATE_DIR: folder } })).settings.stateFolder).toBe(expected);
  });
});

describe('a wrong variable', () => {
  test.each([
    ['DIGITALOCEAN_SSH_PORT', 'abc', 'a number from 1 to 65535, not "abc"'],
    ['DIGITALOCEAN_SSH_PORT', '0', 'a number from 1 to 65535, not "0"'],
    ['DIGITALOCEAN_SSH_PORT', '65536', 'a number from 1 to 65535, not "65536"'],
    ['DIGITALOCEAN_IPV6', 'maybe', 'true or false, not "maybe"'],
    ['DIGITALOCEAN_VPC_UUID', 'default', 'a UUID, not "default"'],
    ['DIGITALOCEAN_REGION', 'New York', 'a slug (letters, digits, ".", "-" and "_"), not "New York"'],
    ['DIGITALOCEAN_SSH_USER', '-oProxyCommand=x', 'a user\'s name, not "-oProxyCommand=x"'],
    ['DIGITALOCEAN_TAGS', 'a,b c', 'made of letters, digits, ":", "-" and "_", not "b c"'],
    ['DIGITALOCEAN_TAGS', 'a,,b', 'made of letters, digits, ":", "-" and "_", not ""'],
    [
      'DIGITALOCEAN_SSH_KEY_FINGERPRINT',
      'SHA256:abc',
      'a key id, an MD5 or SHA256 fingerprint, or the name of a key in the account, not "SHA256:abc"\n' +
        'ssh-keygen -lf KEY.pub shows the fingerprint',
    ],
    ['BELT_CLUSTER', 'my.cluster', 'at most 200 letters, digits, ":", "-" and "_", not "my.cluster"'],
    ['BELT_CLUSTER', 'x'.repeat(201), `at most 200 letters, digits, ":", "-" and "_", not "${'x'.repeat(59)}…"`],
    ['DIGITALOCEAN_ACCESS_TOKEN', `${TOKEN} ${TOKEN}`, 'one word without spaces'],
  ])('%s=%s', async (name, value, wants) => {
    expect(await refusal(load({ env: { [name]: value } }))).toBe(`${name} must be ${wants}`);
  });
});

describe('api_url', () => {
  const apiUrl = async (url: string) => (await load({ env: { DIGITALOCEAN_API_URL: url } })).settings.apiUrl;

  test.each([
    ['https://api.example.com/v2', 'https://api.example.com'],
    ['https://api.example.com/v2///', 'https://api.example.com'],
    ['https://api.example.com/do/v2', 'https://api.example.com/do'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:8080/', 'http://[::1]:8080'],
    ['http://127.5.5.5', 'http://127.5.5.5'],
  ])('%s', async (url, expected) => {
    expect(await apiUrl(url)).toBe(expected);
  });

  test.each([
    'http://api.digitalocean.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://localhost@example.com',
    'https://user:secret@example.com',
    'https://example.com/?a=b',
    'ftp://localhost',
    'api.digitalocean.com',
  ])('%s would carry the token in clear, or is no address', async (url) => {
    expect(await refusal(load({ env: { DIGITALOCEAN_API_URL: url } }))).toBe(
      `DIGITALOCEAN_API_URL must be an https:// address (http:// for this machine alone), not "${url}"`,
    );
  });
});
