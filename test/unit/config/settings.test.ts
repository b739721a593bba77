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

const PLACES = { projectFolder: '/home/ann/app', stateFolder: '/home/ann/.local/state/belt' };

const BOOK = `---
digitalocean:
  region: sgp1
  image: 18153887            # an image id or a slug
  ssh_user: root
  ssh_key_fingerprint: 816630   # an MD5 fingerprint or a key id
`;

describe('where settings come from', () => {
  test('without a file and variables: the defaults, and the state in the home', async () => {
    expect(await load()).toEqual({ settings: { ...DEFAULTS, ...PLACES, projectFolder: '/home/ann' }, warnings: [] });
  });

  test("the book's file", async () => {
    expect(await loadYaml(BOOK)).toEqual({
      settings: {
        ...DEFAULTS,
        region: 'sgp1',
        image: '18153887',
        sshKeyFingerprints: ['816630'],
        ...PLACES,
        configFile: '/home/ann/app/.belt.yaml',
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
    expect(deep.settings).toMatchObject({ region: 'nyc1', projectFolder: '/home/ann/app' });
    const elsewhere = await load({ files, cwd: '/srv/other' });
    expect(elsewhere.settings).toMatchObject({ region: 'ams3', projectFolder: '/home/ann' });
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
      projectFolder: '/home/ann/conf',
    });
  });

  test('a missing --config is not passed over', async () => {
    const files = { '/home/ann/app/.belt.yaml': BOOK };
    expect(await refusal(load({ files, configFile: 'nope.yaml' }))).toBe('--config nope.yaml: no such file');
    expect(await refusal(load({ files, configFile: '' }))).toBe("--config '': no such file");
  });

  test('a file that somebody else put there is used only when it is named', async () => {
    const files = { '/home/ann/.belt.yaml': BOOK };
    const found = (path: string) => (path in files ? { refused: 'belongs to another user' } : undefined);
    expect(await refusal(load({ files, found }))).toBe(
      '/home/ann/.belt.yaml belongs to another user\nif you trust it, pass it explicitly: --config /home/ann/.belt.yaml',
    );
    const named = await load({ files, found, configFile: '/home/ann/.belt.yaml' });
    expect(named.settings.configFile).toBe('/home/ann/.belt.yaml');
  });

  test('a file that cannot be read is not passed over', async () => {
    const found = (path: string) => {
      throw new Error(`EACCES: permission denied, open '${path}'`);
    };
    expect(await refusal(load({ found }))).toBe(
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
      projectFolder: '/home/ann',
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
    [{ BELT_STATE_DIR: '/var/belt' }, '/var/belt'],
    [{ BELT_STATE_DIR: 'state' }, '/home/ann/app/state'],
    [{ BELT_STATE_DIR: '' }, '/home/ann/.local/state/belt'],
    [{ XDG_STATE_HOME: '/var/ann' }, '/var/ann/belt'],
    [{ XDG_STATE_HOME: 'relative' }, '/home/ann/.local/state/belt'],
    [{ XDG_STATE_HOME: '/var/ann', BELT_STATE_DIR: '/var/belt' }, '/var/belt'],
  ])('%j', async (env, expected) => {
    expect((await loadYaml(BOOK, { env })).settings.stateFolder).toBe(expected);
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
    [
      'DIGITALOCEAN_TAGS',
      'a,b c',
      `made of letters, digits, ":", "-" and "_", and none of belt's own (belt, belt-cluster-* and belt-run-*), not "b c"`,
    ],
    [
      'DIGITALOCEAN_TAGS',
      'a,,b',
      `made of letters, digits, ":", "-" and "_", and none of belt's own (belt, belt-cluster-* and belt-run-*), not ""`,
    ],
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
    ['https://api.example.com/v2/', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://API.example.com:443', 'https://api.example.com'],
    ['https://api.example.com:8443', 'https://api.example.com:8443'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://localhost:80/v2', 'http://localhost'],
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
    'http://localhost:80@example.com',
    'http://localhost//evil.example',
    'http://localhost/\\\\evil.example',
    'http://localhost\\\\@evil.example',
    'http:\\\\localhost\\evil.example',
    'http://localhost/v2/../evil.example',
    'http://localhost/v2/%2e%2e/x',
    'http://localhost/evil',
    'http://localhost/v2//',
    'http://localhost.',
    'http://localhost%2eexample.com',
    'http://localh%6fst',
    'http://127.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0177.0.0.1',
    'http://127.0.0.1.',
    'http://127.0.0.256',
    'http://0.0.0.0',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[0:0:0:0:0:0:0:1]',
    'http://\u24db\u24de\u24d2alhost',
    'http://localhost:08080',
    'http://localhost:',
    'http://localhost:99999',
    'http:localhost',
    'http:/localhost',
    'http:///localhost',
    'https://user:secret@example.com',
    'https://user@example.com',
    'https://@example.com',
    'https://example.com.',
    'https://example.com/?a=b',
    'https://example.com?',
    'https://example.com#',
    'https://example.com/do/v2',
    'https://exa mple.com',
    'https://example.com/\tv2',
    'https://ex\u0430mple.com',
    'https://',
    'ftp://localhost',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'api.digitalocean.com',
  ])('%s would carry the token elsewhere or in clear, or is no address of a host', async (url) => {
    expect(await refusal(load({ env: { DIGITALOCEAN_API_URL: url } }))).toBe(
      `DIGITALOCEAN_API_URL must be an https:// URL (http:// only for this machine), not ${JSON.stringify(url)}`,
    );
  });
});

describe('a token goes to an address that came from as trusted a place', () => {
  const URL = 'https://evil.example';
  const EVIL = `digitalocean:\n  api_url: ${URL}\n`;
  const env = { DIGITALOCEAN_ACCESS_TOKEN: TOKEN };
  const where = (files: Record<string, string>, more: object = {}) =>
    load({ files, env, ...more }).then(({ settings }) => settings.apiUrl);

  test("a project's file does not get the token of the environment", async () => {
    expect(await refusal(where({ '/home/ann/app/.belt.yaml': EVIL }))).toBe(
      `.belt.yaml:2:12: api_url would send the token from your environment to ${URL}\n` +
        `if you trust that address: export DIGITALOCEAN_API_URL=${URL} (or pass the file: --config .belt.yaml)`,
    );
    expect(await refusal(where({ '/srv/.belt.yaml': EVIL }, { cwd: '/srv/app' }))).toContain('/srv/.belt.yaml:2:12: ');
    const merged = `x-a: &a {api_url: "${URL}"}\ndigitalocean: {<<: *a}\n`;
    expect(await refusal(where({ '/home/ann/app/.belt.yaml': merged }))).toContain('.belt.yaml:1:19: api_url would');
    const both = `${EVIL}  access_token: other\n`;
    expect(await refusal(where({ '/home/ann/app/.belt.yaml': both }))).toContain('token from your environment');
  });

  test('the home, --config, the environment and the file that holds the token name it freely', async () => {
    expect(await where({ '/home/ann/.belt.yaml': EVIL })).toBe(URL);
    expect(await where({ '/home/ann/app/.belt.yaml': EVIL }, { configFile: '.belt.yaml' })).toBe(URL);
    const own = { env: { ...env, DIGITALOCEAN_API_URL: 'https://mine.example' } };
    expect(await where({ '/home/ann/app/.belt.yaml': EVIL }, own)).toBe('https://mine.example');
    const both = { '/home/ann/app/.belt.yaml': `${EVIL}  access_token: theirs\n` };
    expect(await where(both, { env: {} })).toBe(URL);
    expect(await where({ '/home/ann/app/.belt.yaml': EVIL }, { env: {} })).toBe(URL);
    expect(await where({ '/home/ann/app/.belt.yaml': 'digitalocean: {}' })).toBe('https://api.digitalocean.com');
  });

  test('the home is known by either of its names', async () => {
    const files = { '/data/ann/.belt.yaml': EVIL };
    const found = (path: string) =>
      path in files ? { text: files[path as keyof typeof files], mode: 0o600, regular: true } : undefined;
    const real = {
      named: async () => undefined,
      found,
      real: () => '/data/ann',
      chosenCluster: () => undefined,
      account: () => undefined,
      keyringToken: async () => '',
    };
    const { loadSettings } = await import('../../../src/config/settings.ts');
    const { settings } = await loadSettings({ env, cwd: '/data/ann/app', home: '/home/ann/', files: real });
    expect(settings.apiUrl).toBe(URL);
  });
});

describe('ssh_key_path', () => {
  const YAML = 'digitalocean:\n  ssh_key_path: deploy_key\n';
  const namedAt = async (...words: Parameters<typeof loadYaml>) => (await loadYaml(...words)).settings.sshKeyNamedAt;

  test("a project's file is remembered as the one that named it", async () => {
    expect(await namedAt(YAML)).toBe('.belt.yaml:2:17');
    expect(await namedAt(YAML, { configFile: '.belt.yaml' })).toBe(undefined);
    expect(await namedAt(YAML, { env: { DIGITALOCEAN_SSH_KEY_PATH: '/k' } })).toBe(undefined);
    expect((await load({ files: { '/home/ann/.belt.yaml': YAML } })).settings.sshKeyNamedAt).toBe(undefined);
  });
});
