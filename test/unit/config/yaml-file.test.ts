import { describe, expect, test } from 'vitest';
import { load, loadYaml, refusal, TOKEN } from './fixture.ts';

const digitalocean = (...lines: string[]) =>
  ['---', 'digitalocean:', ...lines.map((line) => `  ${line}`), ''].join('\n');
const settings = async (yaml: string) => (await loadYaml(yaml)).settings;

describe('values in the file', () => {
  test('lists, or one of them', async () => {
    expect(await settings(digitalocean('tags: [env:test, 7]', 'ssh_key_fingerprint: [816630, "12"]'))).toMatchObject({
      tags: ['env:test', '7'],
      sshKeyFingerprints: ['816630', '12'],
    });
    expect(await settings(digitalocean('tags: web'))).toMatchObject({ tags: ['web'] });
    expect(await settings(digitalocean('tags: web, db'))).toMatchObject({ tags: ['web', 'db'] });
  });

  test.each(['', '%YAML 1.1\n'])('a fingerprint of digits alone is no number to base 60 (%s)', async (directive) => {
    const fingerprint = '12:34:56:01:23:45:12:34:56:01:23:45:12:34:56:01';
    const yaml = directive + digitalocean(`ssh_key_fingerprint: ${fingerprint}`);
    expect(await settings(yaml)).toMatchObject({ sshKeyFingerprints: [fingerprint] });
  });

  test('a fingerprint with letters', async () => {
    const fingerprint = '3b:16:bf:e4:8b:00:8b:b8:59:8c:a9:d3:f0:19:45:fa';
    expect(await settings(digitalocean(`ssh_key_fingerprint: ${fingerprint}`))).toMatchObject({
      sshKeyFingerprints: [fingerprint],
    });
  });

  test('yes, no, true and false', async () => {
    expect(await settings(digitalocean('ipv6: yes', 'monitoring: true', 'backups: no'))).toMatchObject({
      ipv6: true,
      monitoring: true,
      backups: false,
    });
  });

  test('a key path is relative to the file, or to the home with ~/', async () => {
    const at = async (yaml: string) =>
      (await load({ files: { '/srv/conf/b.yaml': yaml }, configFile: '/srv/conf/b.yaml' })).settings.sshKeyPath;
    expect(await at(digitalocean('ssh_key_path: keys/id'))).toBe('/srv/conf/keys/id');
    expect(await at(digitalocean('ssh_key_path: ~/.ssh/id'))).toBe('/home/ann/.ssh/id');
    expect(await at(digitalocean('ssh_key_path: /k/id'))).toBe('/k/id');
  });

  test('the cluster, an anchor, a large id', async () => {
    const yaml = 'cluster: &c {name: blue}\ndigitalocean: {tags: [&t web, *t], image: 00123456789012345678}\n';
    expect(await settings(yaml)).toMatchObject({
      cluster: 'blue',
      tags: ['web', 'web'],
      image: '00123456789012345678',
    });
  });

  test.each([
    '',
    '---\n',
    '# nothing\n',
    'digitalocean:\n',
    'cluster: {}\n',
    digitalocean('region:', 'image: ""', 'tags:'),
  ])('nothing set in %j', async (yaml) => {
    const { settings, warnings } = await loadYaml(yaml);
    expect(settings).toMatchObject({ cluster: 'default', sshUser: 'root', tags: [] });
    expect(settings.region).toBeUndefined();
    expect(settings.image).toBeUndefined();
    expect(warnings).toEqual([]);
  });
});

describe('a wrong value names file, line and column', () => {
  test.each([
    [
      digitalocean('region: a', 'size: b', 'ssh_port: abc'),
      '.belt.yaml:5:13: ssh_port must be a number from 1 to 65535, not "abc"',
    ],
    [digitalocean('ssh_port: 99999'), '.belt.yaml:3:13: ssh_port must be a number from 1 to 65535, not 99999'],
    [digitalocean('ssh_port: 1e3'), '.belt.yaml:3:13: ssh_port must be a number from 1 to 65535, not 1e3'],
    [
      digitalocean('region: true'),
      '.belt.yaml:3:11: region must be a slug (letters, digits, ".", "-" and "_"), not true',
    ],
    [
      digitalocean('region: [a, b]'),
      '.belt.yaml:3:11: region must be a slug (letters, digits, ".", "-" and "_"), not a list',
    ],
    [
      digitalocean('size: {a: b}'),
      '.belt.yaml:3:9: size must be a slug (letters, digits, ".", "-" and "_"), not a mapping',
    ],
    [digitalocean('image: 1.5x y'), '.belt.yaml:3:10: image must be a slug or an id, not "1.5x y"'],
    [digitalocean('ipv6: 2'), '.belt.yaml:3:9: ipv6 must be true or false, not 2'],
    [
      digitalocean('tags:', '  - web', '  - a b'),
      `.belt.yaml:5:7: tags must be made of letters, digits, ":", "-" and "_", and none of belt's own (belt, belt-cluster-* and belt-run-*), not "a b"`,
    ],
    [digitalocean('tags: [web, ]', 'tags: b'), '.belt.yaml:4:3: duplicate key "tags"'],
    [
      digitalocean('tags: [~]'),
      `.belt.yaml:3:10: tags must be made of letters, digits, ":", "-" and "_", and none of belt's own (belt, belt-cluster-* and belt-run-*), not nothing`,
    ],
    [
      digitalocean('api_url: http://example.com'),
      '.belt.yaml:3:12: api_url must be an https:// URL (http:// only for this machine), not "http://example.com"',
    ],
    [
      'cluster: {name: a b}',
      '.belt.yaml:1:17: cluster name must be at most 200 letters, digits, ":", "-" and "_", not "a b"',
    ],
    ['digitalocean: sgp1', '.belt.yaml:1:15: digitalocean must be a mapping of keys, not "sgp1"'],
    ['cluster: [a]', '.belt.yaml:1:10: cluster must be a mapping of keys, not a list'],
    ['digitalocean: {region: *x}', '.belt.yaml:1:24: the alias has no anchor before it'],
    ['- a\n', '.belt.yaml:1:1: the file must be a mapping with the key "digitalocean"'],
    ['digitalocean:\n  region: "sgp1\n', '.belt.yaml:3:1: a text that begins with " is not closed'],
    ['digitalocean:\n\tregion: a\n', '.belt.yaml:2:1: indent with spaces, not with tabs'],
  ])('%j', async (yaml, message) => {
    expect(await refusal(loadYaml(yaml))).toBe(message);
  });

  test('a file outside the current folder is named whole', async () => {
    const files = { '/home/ann/.belt.yaml': 'digitalocean: 7' };
    expect(await refusal(load({ files }))).toBe(
      '/home/ann/.belt.yaml:1:15: digitalocean must be a mapping of keys, not 7',
    );
  });
});

describe('unknown keys', () => {
  test.each([
    [digitalocean('image: a', 'regoin: b'), '.belt.yaml:4:3: unknown key "regoin" (did you mean "region"?)'],
    [digitalocean('colour: red'), '.belt.yaml:3:3: unknown key "colour"'],
    [digitalocean('X-colour: red'), '.belt.yaml:3:3: unknown key "X-colour"'],
    [digitalocean('[a, b]: red'), '.belt.yaml:3:3: unknown key "?"'],
    ['digital_ocean: {}', '.belt.yaml:1:1: unknown key "digital_ocean" (did you mean "digitalocean"?)'],
    ['region: a', '.belt.yaml:1:1: unknown key "region" (it belongs under "digitalocean")'],
    ['cluster: {region: a}', '.belt.yaml:1:11: unknown key "region" (it belongs under "digitalocean")'],
    ['cluster: {worker: a}', '.belt.yaml:1:11: unknown key "worker" (did you mean "workers"?)'],
    ['x-a: &a {sice: b}\ndigitalocean: {<<: *a}', '.belt.yaml:1:10: unknown key "sice" (did you mean "size"?)'],
  ])('%j', async (yaml, message) => {
    expect(await refusal(loadYaml(yaml))).toBe(message);
  });

  test("another program's section, and a tag, are warned of", async () => {
    expect((await loadYaml('gcloud: {zone: a}')).warnings).toEqual(['.belt.yaml:1:1: unknown key "gcloud" is ignored']);
    expect((await loadYaml('digitalocean: {region: !x a}')).warnings).toEqual(['.belt.yaml:1:24: Unresolved tag: !x']);
  });

  test("keys that begin with x- are the user's own", async () => {
    const { settings, warnings } = await loadYaml(
      'x-a: 1\ndigitalocean: {x-b: 2, region: sgp1}\ncluster: {x-c: [3]}\n',
    );
    expect([settings.region, warnings]).toEqual(['sgp1', []]);
  });
});

describe('merge keys, anchors and aliases', () => {
  test.each([
    ['x-a: &a {region: a, size: b}\ndigitalocean: {<<: *a, size: c}', { region: 'a', size: 'c' }],
    ['x-a: &a {region: a, size: b}\ndigitalocean: {size: c, <<: *a}', { region: 'a', size: 'c' }],
    ['x-a: [&a {region: a}, &b {region: b, size: s}]\ndigitalocean: {<<: [*a, *b]}', { region: 'a', size: 's' }],
    ['x-a: &a {region: a}\nx-b: &b {<<: *a, size: s}\ndigitalocean: {<<: *b}', { region: 'a', size: 's' }],
    ['digitalocean: {<<: {region: a}, <<: {size: s}}', { region: 'a', size: 's' }],
    ['x-a: &a {digitalocean: {region: a}}\n<<: *a', { region: 'a' }],
    ['x-a: &all {region: a}\ndigitalocean: *all', { region: 'a' }],
    ['x-a: &k region\ndigitalocean: {*k : a}', { region: 'a' }],
    ['x-a: &t [a, b]\ndigitalocean: {tags: *t}', { tags: ['a', 'b'] }],
    ['x-a: &t a\ndigitalocean: {tags: [*t, b]}', { tags: ['a', 'b'] }],
  ])('%j', async (yaml, expected) => {
    const { settings, warnings } = await loadYaml(yaml);
    expect(settings).toMatchObject(expected);
    expect(warnings).toEqual([]);
  });

  const bomb = (levels: number, open: string, close: string) =>
    [
      'x-0: &b0 [x, x]',
      ...Array.from(
        { length: levels },
        (_, n) => `x-${n + 1}: &b${n + 1} ${open}${Array(9).fill(`*b${n}`).join(', ')}${close}`,
      ),
    ].join('\n');

  test.each([
    ['a bomb', `${bomb(30, '[', ']')}\n`, /^\.belt\.yaml:\d+:\d+: aliases expand to more than belt will read$/],
    ['25,000 aliases', `x-a: &a x\nx-b:\n${'- *a\n'.repeat(25_000)}`, /^\.belt\.yaml:20003:3: aliases expand to more/],
    ['itself', 'x-a: &a [*a]\n', /^\.belt\.yaml:1:10: the alias refers to a value that contains it$/],
    ['itself, merged', 'x-a: &a {<<: *a}\n', /^\.belt\.yaml:1:14: the alias refers to a value that contains it$/],
    ['a later anchor', 'x-a: *a\nx-b: &a x\n', /^\.belt\.yaml:1:6: the alias has no anchor before it$/],
    ['a text merged', 'digitalocean: {<<: sgp1}\n', /^\.belt\.yaml:1:20: << takes a mapping, or a list of them$/],
    ['nothing merged', 'digitalocean: {<<: }\n', /^\.belt\.yaml:1:\d+: << takes a mapping, or a list of them$/],
    ['texts merged', 'x-a: &a [1]\ndigitalocean: {<<: *a}\n', /^\.belt\.yaml:2:20: << takes a mapping/],
    [
      'a key twice by an alias',
      'x-a: &k region\ndigitalocean: {region: a, *k : b}',
      /^\.belt\.yaml:2:27: duplicate key "region"$/,
    ],
    [
      '20,000 deep',
      `x-a: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`,
      /^\.belt\.yaml:\d+:\d+: it is nested too deeply$/,
    ],
  ])('%s is an error with its place', async (_what, yaml, message) => {
    expect(await refusal(loadYaml(yaml))).toMatch(message);
  });

  test('50,000 keys are no matter', async () => {
    const keys = Array.from({ length: 50_000 }, (_, n) => `  x-${n}: 1`).join('\n');
    expect((await loadYaml(`digitalocean:\n${keys}\n  region: a\n`)).settings.region).toBe('a');
  });
});

describe('a token in the file', () => {
  const yaml = digitalocean(`access_token: ${TOKEN}`);

  test('works', async () => {
    const { settings, warnings } = await loadYaml(yaml);
    expect(settings.accessToken).toBe(TOKEN);
    expect(warnings).toEqual([]);
  });

  test.each([0o640, 0o604, 0o644, 0o620])('is warned of when others can read the file (%o)', async (mode) => {
    expect((await loadYaml(yaml, { mode })).warnings).toEqual([
      '.belt.yaml contains a token and others can read it: chmod 600 .belt.yaml',
    ]);
  });

  test('a file without a token may be read by all', async () => {
    expect((await loadYaml(digitalocean('region: a'), { mode: 0o644 })).warnings).toEqual([]);
  });

  test.each([
    digitalocean(`access_token: [${TOKEN}]`),
    digitalocean(`access_token: ${TOKEN} ${TOKEN}`),
    digitalocean(`access_token: "${TOKEN}`),
    digitalocean(`access_token: "${TOKEN}" ${TOKEN}`),
    digitalocean(`access_token: ${TOKEN}: x`),
    `digitalocean: {}\n- "${TOKEN}"\n`,
    `"${TOKEN}" "${TOKEN}"`,
    digitalocean(`access_token: {}}${TOKEN}`),
    digitalocean('region: a]', `"${TOKEN}"`),
    digitalocean(`access_token: |${TOKEN}`),
    digitalocean(`access_token: !${TOKEN}!x y`),
    digitalocean(`access_token: *${TOKEN}`),
  ])('is not shown by an error, %#', async (bad) => {
    const message = await refusal(loadYaml(bad));
    expect(message).toMatch(/^\.belt\.yaml:\d+:\d+: /);
    expect(message).not.toContain(TOKEN);
  });
});
