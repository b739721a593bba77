import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onSwarm } from '../support/on-swarm.ts';
import { api } from '../support/probe.ts';
import { type RegistryOptions, type TestRegistry, testRegistry } from '../support/registry.ts';

/** Its base64 has characters that the URL's alphabet writes otherwise. */
const PASSWORD = 'hunter2~~~???made-up';
const { w } = onSwarm();
let registry: TestRegistry;
const start = async (options: RegistryOptions) => {
  registry = await testRegistry({ user: 'ann', password: PASSWORD, ...options });
  return registry.host;
};
afterEach(() => registry?.close());

const file = () => join(w.home, '.docker/config.json');
const auths = () => JSON.parse(readFileSync(file(), 'utf8')).auths;
const base64 = (text: string) => Buffer.from(text).toString('base64');
beforeEach(() => {
  mkdirSync(join(w.home, '.docker'), { recursive: true });
  writeFileSync(file(), '{}');
});

describe('belt registry login', () => {
  test.each<[string, RegistryOptions['kind'], string[]]>([
    ['that asks for a password', 'basic', ['/v2/ nothing', '/v2/ Basic']],
    ['with a token server', 'bearer', ['/v2/ nothing', '/token Basic', '/v2/ Bearer']],
  ])('tries a registry %s, and keeps what it took where docker does', async (_, kind, asked) => {
    const host = await start({ kind });
    expect(await w.belt(`registry login ${host} -u ann --trace`, { input: `${PASSWORD}\n` })).toEqual({
      code: 0,
      stdout: `${host}: logged in as ann\n`,
      stderr: [
        `trace: GET http://${host}/v2/ → 401`,
        ...(kind === 'bearer' ? [`trace: GET http://${host}/token → 200`] : []),
        `trace: GET http://${host}/v2/ → 200`,
        `kept unencrypted in ${file()}, as docker does without a credential helper (credsStore there)`,
        'the next deployments send it; to services that run already: belt registry refresh SERVICE\n',
      ].join('\n'),
    });
    expect(registry.asked).toEqual(asked);
    expect(auths()).toEqual({ [host]: { auth: base64(`ann:${PASSWORD}`) } });
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  test.each(['basic', 'bearer'] as const)('stores nothing that is refused (%s)', async (kind) => {
    const host = await start({ kind });
    expect(await w.belt(`registry login ${host} -u ann`, { input: 'wrong-one' })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `error: ${host} does not take the password of ann (HTTP 401)\n` +
        'hint: nothing was stored; many registries want an access token instead of the password\n',
    });
    expect(readFileSync(file(), 'utf8')).toBe('{}');
  });

  test.each<[string, RegistryOptions, string]>([
    ['lets anybody in', { kind: 'open' }, 'it lets anybody in'],
    ['is none', { kind: 'other' }, 'it answers 404, not as a registry does'],
    [
      'sends the password elsewhere without TLS',
      { kind: 'bearer', realm: 'http://198.51.100.1/token' },
      'its token server 198.51.100.1 has no TLS',
    ],
  ])('says that it could not verify with one that %s', async (_, options, why) => {
    const host = await start(options);
    expect(await w.belt(`registry login ${host} -u ann`, { input: PASSWORD })).toMatchObject({
      code: 0,
      stdout: `${host}: logged in as ann (not verified)\n`,
      stderr: expect.stringContaining(`warning: not verified: ${host}: ${why}\n`),
    });
    // Nothing but that it is there was asked: the password went nowhere.
    expect(registry.asked).toEqual(['/v2/ nothing']);
    expect(auths()).toHaveProperty([host]);
  });

  test('one that is not reached from here may be reached from the nodes', async () => {
    const host = await start({ kind: 'open' });
    await registry.close();
    const { code, stdout, stderr } = await w.belt(`registry login ${host} -u ann --json`, { input: PASSWORD });
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { registry: host, user: 'ann', verified: false, file: file(), expires: null },
    ]);
    expect(stderr).toMatch(
      /^warning: not verified: 127\.0\.0\.1:\d+: it cannot be asked from here: connect ECONNREFUSED/,
    );
  });

  test('has the helper keep it that docker’s configuration names', async () => {
    const host = await start({ kind: 'basic' });
    const helper = w.write('bin/docker-credential-keys', '#!/bin/sh\necho "$@" >> "$0.words"\ncat > "$0.kept"\n');
    chmodSync(helper, 0o755);
    writeFileSync(file(), JSON.stringify({ credHelpers: { [host]: 'keys' } }));
    const env = { PATH: `${join(w.cwd, 'bin')}:${process.env['PATH']}` };
    expect(await w.belt(`registry login ${host} --user ann`, { input: PASSWORD, env })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('kept by docker-credential-keys\n'),
    });
    expect(auths()).toEqual({ [host]: {} });
    expect(readFileSync(`${helper}.words`, 'utf8')).toBe('store\n');
    expect(JSON.parse(readFileSync(`${helper}.kept`, 'utf8'))).toMatchObject({ ServerURL: host, Secret: PASSWORD });
  });

  test.each([
    ['registry login nginx -u ann', '', 'error: "nginx" is not the host of a registry\n'],
    ['registry login r.example', PASSWORD, 'error: missing user name\n'],
    ['registry login r.example -u ann', '', 'error: no password was given\n'],
    ['registry login r.example -u a:b', PASSWORD, 'error: invalid user name "a:b"\n'],
    ['registry login r.example -u ann --expires soon', PASSWORD, 'error: --expires: invalid time "soon"\n'],
  ])('%s is refused', async (words, input, error) => {
    const { code, stderr } = await w.belt(words, { input });
    expect([code, stderr.slice(0, error.length)]).toEqual([2, error]);
    expect(stderr).not.toContain(PASSWORD);
  });
});

describe('belt registry logout', () => {
  test('docker here has them no more', async () => {
    writeFileSync(file(), JSON.stringify({ auths: { 'r.example': { auth: base64('a:b') } } }));
    expect(await w.belt('registry logout r.example')).toEqual({
      code: 0,
      stdout: 'r.example: logged out\n',
      stderr: 'services keep the credentials that were sent with them; see: belt registry ls\n',
    });
    expect(auths()).toEqual({});
    expect((await w.belt('registry logout r.example')).stdout).toBe(
      'r.example: this machine had no credentials for it\n',
    );
  });
});

const service = (image: string, more = '') => `services: {web: {image: ${image}${more}}}\nname: shop\n`;
const deploy = (text: string) => {
  w.write('compose.yaml', text);
  return w.belt('deploy');
};
const logIn = (host: string, user = 'ann', password = PASSWORD) =>
  writeFileSync(file(), JSON.stringify({ auths: { [host]: { auth: base64(`${user}:${password}`) } } }));
const tasks = async () =>
  (await w.belt('docker service ps -q --filter desired-state=running shop_web')).stdout.trim().split('\n');
/** What the service's label says; undefined where it has none. */
const held = async () => JSON.parse((await w.belt('registry ls --json')).stdout)[0].held ?? undefined;

describe('services with credentials', () => {
  test('without credentials a node does not get the image, with them it does; a label says whose they are', async () => {
    const without = await deploy(service('private.example/app'));
    expect(without.stderr).toContain('No such image: private.example/app');
    expect(without.stderr).toContain(
      'warning: private.example refuses private.example/app (web): it is private, or there is no such image; each node runs the image ' +
        'that it has or finds under the name; to log in: belt registry login private.example\n',
    );
    logIn('private.example');
    const outcome = await deploy(service('private.example/app'));
    expect(outcome.stderr).not.toMatch(/refuses|no registry answers/);
    expect(outcome.stderr).toContain('sends ann’s credentials for private.example with web\n');
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(await held()).toEqual({ host: 'private.example', user: 'ann', sent: expect.any(String) });
    expect(await w.belt('registry ls')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Service +Registry +User +Sent +Expires\nshop_web +private\.example +ann +\d+s ago +not known\n$/,
      ),
    });
    const [row] = JSON.parse((await w.belt('registry ls --json')).stdout);
    expect(row).toMatchObject({ service: 'shop_web', registry: 'private.example', isExpired: false });
  });

  test('the label is no difference, and stays where nothing new is sent', async () => {
    expect(await w.belt('deploy --plan')).toMatchObject({ code: 0 });
    const before = await held();
    writeFileSync(file(), '{}');
    expect(await deploy(service('private.example/app', ', environment: {A: b}'))).toMatchObject({ code: 0 });
    expect(await held()).toEqual(before);
  });

  test('refresh sends new ones, and the tasks run on', async () => {
    logIn('private.example', 'bob', 'another-made-up');
    const [before, had] = [await tasks(), await held()];
    expect(await w.belt('registry refresh')).toEqual({
      code: 0,
      stdout: 'shop_web: has the credentials of bob for private.example\n',
      stderr: '',
    });
    expect(await tasks()).toEqual(before);
    expect(await held()).not.toEqual(had);
    expect(await held()).toMatchObject({ user: 'bob' });
    expect((await w.belt('deploy --plan')).code).toBe(0);
  });

  test('refresh of a stack, of one that there is not, and without credentials here', async () => {
    logIn('private.example', 'bob', 'another-made-up');
    expect(JSON.parse((await w.belt('registry refresh shop --json')).stdout)).toEqual([
      { service: 'shop_web', registry: 'private.example', user: 'bob', expires: null },
    ]);
    expect(JSON.parse((await w.belt('registry refresh web --json')).stdout)).toMatchObject([{ service: 'shop_web' }]);
    expect(await w.belt('registry refresh nothing')).toMatchObject({ code: 2 });
    writeFileSync(file(), '{}');
    expect(await w.belt('registry refresh shop_web')).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: 1 of 1 services did not get new credentials: shop_web\n' +
        '  shop_web: this machine has no credentials for private.example\n' +
        'hint: belt registry login private.example\n',
    });
  });

  test('an image of another registry does not take the credentials along', async () => {
    expect(await deploy(service('other.example/app'))).toMatchObject({ code: 3 });
    expect(await held()).toBeUndefined();
    logIn('private.example');
    expect(await deploy(service('private.example/app:2'))).toMatchObject({ code: 0 });
    writeFileSync(file(), '{}');
    expect(await deploy(service('nginx'))).toMatchObject({ code: 0 });
    expect(await w.belt('registry ls')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('with 1 other service belt sent none'),
    });
    // Whatever was kept would pull this one.
    expect(await deploy(service('private.example/app:3'))).toMatchObject({ code: 3 });
  });

  test('an image that anybody gets is deployed without credentials, and a colleague who has some changes nothing', async () => {
    await w.belt('stack rm shop --yes');
    writeFileSync(file(), '{}');
    const text = `name: shop\nservices: {web: {image: nginx:1.27}, pinned: {image: "r.test/a@sha256:${'5'.repeat(64)}"}}\n`;
    expect((await deploy(text)).code).toBe(0);
    const base = Buffer.from(`bob:${PASSWORD}`).toString('base64');
    const all = { 'https://index.docker.io/v1/': { auth: base }, 'r.test': { auth: base } };
    writeFileSync(file(), JSON.stringify({ auths: all }));
    w.write('compose.yaml', text);
    expect(await w.belt('deploy --plan')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'nothing to do: 2 services as in the files\n',
    });
    w.write('compose.yaml', text.replace('image: nginx:1.27', 'image: nginx:1.27, environment: {A: b}'));
    expect((await w.belt('deploy')).stderr).not.toContain('credentials');
    expect((await w.belt('registry refresh shop')).stderr).toContain(
      'skipped, this machine has no credentials that their registry asks for: shop_web, shop_pinned\n',
    );
    expect(JSON.parse((await w.belt('registry ls --json')).stdout).map(({ held }: { held: unknown }) => held)).toEqual([
      null,
      null,
    ]);
    await w.belt('stack rm shop --yes');
  });

  test('a tag that its registry does not have is told', async () => {
    w.write('compose.yaml', service('r.test/a:missing'));
    expect((await w.belt('deploy --detach')).stderr).toContain(
      'warning: the registry has no r.test/a:missing (web); each node runs the image that it has or finds under the name\n',
    );
    await w.belt('stack rm shop --yes');
  });

  test('a digest of a private registry gets them, and that they go is said before', async () => {
    logIn('private.example');
    const image = `private.example/app@sha256:${'5'.repeat(64)}`;
    w.write('compose.yaml', service(`"${image}"`));
    expect((await w.belt('deploy --plan')).stderr).toContain('sends ann’s credentials for private.example with web\n');
    expect((await w.belt('deploy')).code).toBe(0);
    expect(await held()).toMatchObject({ user: 'ann' });
  });

  test('nothing of a password is in labels, state or the journal of the sandbox', async () => {
    const { stdout } = await w.belt('registry ls --json');
    const found = [stdout, ...textsIn(w.home)].filter((text) =>
      [PASSWORD, 'another-made-up'].some((secret) => text.includes(secret) || text.includes(base64(secret))),
    );
    expect(found).toEqual([]);
  });
});

/** Of all files but docker's own. */
const textsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'config.json')
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));

describe('DigitalOcean’s container registry', () => {
  const HOST = 'registry.digitalocean.com';
  const known = () => join(w.home, '.config/belt/registries.json');

  test('an account without one', async () => {
    expect(await w.belt(`registry login ${HOST}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('error: the account has no container registry\n'),
    });
  });

  test('its API makes credentials that expire, and no token is told anywhere', async () => {
    await api(w, 'POST', '/v2/registries', { name: 'acme', subscription_tier_slug: 'basic' });
    expect(await w.belt(`registry login ${HOST} --expires 7d`)).toMatchObject({
      code: 0,
      stdout: `${HOST}/acme: read-only credentials from DigitalOcean’s API, which expire in 7d\n`,
    });
    const { auth } = auths()[HOST];
    const token = Buffer.from(auth, 'base64').toString().split(':')[0]!;
    expect(await deploy(service(`${HOST}/acme/app`))).toMatchObject({ code: 0 });
    expect(await held()).toEqual({
      host: HOST,
      expires: expect.any(String),
      sent: expect.any(String),
    });
    const { stdout } = await w.belt('registry ls');
    expect(stdout).toContain('(a token)');
    expect([stdout, JSON.stringify(await held()), readFileSync(known(), 'utf8')].join()).not.toContain(token);
  });

  test('refresh has new ones made', async () => {
    const running = await tasks();
    await w.belt(`registry login ${HOST} --expires 7d`);
    const { auth } = auths()[HOST];
    expect(await w.belt('registry refresh shop')).toMatchObject({
      code: 0,
      stdout: `shop_web: has the credentials of a token for ${HOST}, which expire in 7d\n`,
    });
    expect(auths()[HOST].auth).not.toBe(auth);
    expect(await tasks()).toEqual(running);
  });

  test('a deployment renews those that are past half of their time, and ls warns of expired ones', async () => {
    await w.belt(`registry login ${HOST} --expires 6m`);
    const { auth } = auths()[HOST];
    expect(await deploy(service(`${HOST}/acme/app:2`))).toMatchObject({ code: 0 });
    expect(auths()[HOST].auth).toBe(auth);
    await w.clock.sleep(4 * 60_000);
    expect(await deploy(service(`${HOST}/acme/app:3`))).toMatchObject({ code: 0 });
    expect(auths()[HOST].auth).not.toBe(auth);
    await w.clock.sleep(8 * 60_000);
    const { stdout, stderr } = await w.belt('registry ls');
    expect(stdout).toMatch(/\dm ago/);
    expect(stderr).toContain('warning: expired: shop_web: ');
  });

  test('logout forgets that too', async () => {
    await w.belt(`registry login ${HOST}`);
    expect(existsSync(known())).toBe(true);
    expect((await w.belt(`registry logout ${HOST}`)).stdout).toBe(`${HOST}: logged out\n`);
    expect(existsSync(known())).toBe(false);
  });

  test('several registries: one has to be named', async () => {
    await api(w, 'POST', '/v2/registries', { name: 'beta', subscription_tier_slug: 'basic' });
    expect(await w.belt(`registry login ${HOST}`)).toMatchObject({
      code: 2,
      stderr: `error: the account has 2 container registries: acme, beta\nhint: belt registry login ${HOST}/acme\n`,
    });
    expect(await w.belt(`registry login ${HOST}/beta`)).toMatchObject({ code: 0 });
  });
});
