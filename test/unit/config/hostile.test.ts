// What a cloned or shared folder may hold: none of it decides, and nothing outside the folder is read or written for it.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  describedClusters,
  openDescriptions,
  readDescription,
  writeDescription,
} from '../../../src/config/cluster/folder.ts';
import { nodeFiles } from '../../../src/config/node-files.ts';
import { loadSettings } from '../../../src/config/settings.ts';
import { openState } from '../../../src/config/state.ts';
import { refusal, TOKEN } from './fixture.ts';

const isRoot = process.getuid?.() === 0;
const OTHER = 12_345;
const YAML = 'digitalocean: {region: sgp1}\n';

let root = '';
let home = '';
let repo = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'belt-hostile-'));
  [home, repo] = [join(root, 'home'), join(root, 'repo')];
  for (const folder of [home, repo]) mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(home, 'secret'), 'the user wrote this\n');
});
afterEach(() => {
  expect(readFileSync(join(home, 'secret'), 'utf8')).toBe('the user wrote this\n');
  rmSync(root, { recursive: true, force: true });
});

const load = (more: object = {}) =>
  loadSettings({ env: { DIGITALOCEAN_ACCESS_TOKEN: TOKEN }, cwd: repo, home, files: nodeFiles, ...more });
const at = (name = '.belt.yaml') => join(repo, name);

describe.skipIf(process.platform === 'win32')('.belt.yaml', () => {
  const variants: [string, () => void, string, boolean?][] = [
    ['a link to /dev/null', () => symlinkSync('/dev/null', at()), 'is a symbolic link out of its folder'],
    ['a link to /dev/zero', () => symlinkSync('/dev/zero', at()), 'is a symbolic link out of its folder'],
    ["a link to another file of the user's", () => symlinkSync(join(home, 'secret'), at()), 'is a symbolic link out'],
    ['a relative link out', () => symlinkSync('../home/secret', at()), 'is a symbolic link out of its folder'],
    ['a link to /etc/passwd', () => symlinkSync('/etc/passwd', at()), 'is a symbolic link out of its folder'],
    [
      'a link to what only begins like its folder',
      () => {
        mkdirSync(join(root, 'repo-evil'));
        writeFileSync(join(root, 'repo-evil', 'x'), YAML);
        symlinkSync('../repo-evil/x', at());
      },
      'is a symbolic link out of its folder',
    ],
    [
      'a link by way of a link',
      () => {
        symlinkSync(home, at('inner'));
        symlinkSync('inner/secret', at());
      },
      'is a symbolic link out of its folder',
    ],
    ['a link to nothing', () => symlinkSync('none', at()), 'is a broken symbolic link'],
    ['a link to itself', () => symlinkSync('.belt.yaml', at()), 'cannot be read: '],
    [
      'a link to a folder',
      () => {
        mkdirSync(at('inner'));
        symlinkSync('inner', at());
      },
      'cannot be read: it is a folder',
    ],
    ['a folder', () => mkdirSync(at()), 'cannot be read: it is a folder'],
    ['a pipe', () => execFileSync('mkfifo', [at()]), 'is not a regular file'],
    [
      'a link to a pipe',
      () => {
        execFileSync('mkfifo', [at('pipe')]);
        symlinkSync('pipe', at());
      },
      'is not a regular file',
    ],
    [
      'writable by all',
      () => {
        writeFileSync(at(), YAML);
        chmodSync(at(), 0o666);
      },
      'is writable by everybody',
    ],
    [
      'in a folder that all can write to',
      () => {
        writeFileSync(at(), YAML);
        chmodSync(repo, 0o777);
      },
      'is in a folder that is writable by everybody',
    ],
    [
      '2 MiB of zeros',
      () => {
        writeFileSync(at(), '');
        truncateSync(at(), 2 * 1024 * 1024);
      },
      'is larger than 1 MiB',
    ],
    [
      '100 GB of nothing',
      () => {
        writeFileSync(at(), '');
        truncateSync(at(), 100e9);
      },
      'is larger than 1 MiB',
    ],
    [
      'an address for the token',
      () => writeFileSync(at(), 'digitalocean: {api_url: "https://evil.example"}'),
      '.belt.yaml:1:25: api_url would',
    ],
    [
      'an address on this machine',
      () => writeFileSync(at(), 'digitalocean: {api_url: "http://127.0.0.1:9"}'),
      '.belt.yaml:1:25: api_url would',
    ],
    [
      'an address behind a merge key',
      () => writeFileSync(at(), 'x-a: &a {api_url: "https://evil.example"}\ndigitalocean: {<<: *a}'),
      '.belt.yaml:1:19: api_url would',
    ],
    [
      'an address that looks local',
      () => writeFileSync(at(), 'digitalocean: {api_url: "http://localhost//evil.example"}'),
      'api_url must be',
    ],
    ['binary', () => writeFileSync(at(), Buffer.from(Array.from({ length: 256 }, (_, n) => n))), '.belt.yaml:'],
    [
      "somebody else's",
      () => {
        writeFileSync(at(), YAML);
        chownSync(at(), OTHER, OTHER);
      },
      'belongs to another user',
      true,
    ],
    [
      "somebody else's link to a file of root's",
      () => {
        writeFileSync(at('inner'), YAML);
        symlinkSync('inner', at());
        lchownSync(at(), OTHER, OTHER);
      },
      'belongs to another user',
      true,
    ],
    [
      "one's own link to somebody else's file",
      () => {
        writeFileSync(at('inner'), YAML);
        chownSync(at('inner'), OTHER, OTHER);
        symlinkSync('inner', at());
      },
      'belongs to another user',
      true,
    ],
    [
      "somebody else's link to /dev/null",
      () => {
        symlinkSync('/dev/null', at());
        lchownSync(at(), OTHER, OTHER);
      },
      'belongs to another user',
      true,
    ],
    ['a device', () => execFileSync('mknod', [at(), 'c', '1', '3']), 'is not a regular file', true],
  ];

  test.each(variants)('%s is refused', async (_what, make, reason, needsRoot = false) => {
    if (needsRoot && !isRoot) return;
    try {
      make();
    } catch (error) {
      if (needsRoot && (error as { status?: number }).status !== undefined) return; // no devices in this container
      throw error;
    }
    const said = await refusal(load());
    expect(said).toContain(reason);
    expect(said.split('\n')[0]).toMatch(/^\.belt\.yaml/);
    // It is also met from a folder below.
    mkdirSync(at('deep'));
    expect(await refusal(load({ cwd: at('deep') }))).toContain(reason);
  });

  test("a link within the folder is followed, and one of the home's to anywhere of the user's", async () => {
    writeFileSync(at('inner'), YAML);
    symlinkSync('inner', at());
    expect((await load()).settings.region).toBe('sgp1');
    rmSync(at());
    mkdirSync(join(root, 'dotfiles'));
    writeFileSync(join(root, 'dotfiles', 'belt.yaml'), YAML);
    symlinkSync('../dotfiles/belt.yaml', join(home, '.belt.yaml'));
    expect((await load()).settings.region).toBe('sgp1');
  });

  test("a file in a sticky folder such as /tmp is read when it is one's own", async () => {
    writeFileSync(at(), YAML);
    chmodSync(repo, 0o1777);
    expect((await load()).settings.region).toBe('sgp1');
  });
});

describe.skipIf(process.platform === 'win32')('.belt/', () => {
  const secret = () => join(home, 'secret');
  const descriptions = () => openDescriptions(repo);
  const write = () => writeDescription(descriptions(), 'shop', 'cluster: {name: shop}\n');

  test.each<[string, () => void, string]>([
    ['.belt is a link', () => symlinkSync(home, at('.belt')), 'is a symbolic link'],
    ['.belt is a link to nothing', () => symlinkSync(join(home, 'made'), at('.belt')), 'is a symbolic link'],
    [
      'clusters is a link',
      () => {
        mkdirSync(at('.belt'));
        symlinkSync(home, at('.belt/clusters'));
      },
      'is a symbolic link',
    ],
    [
      'the description is a link',
      () => {
        mkdirSync(at('.belt/clusters'), { recursive: true });
        symlinkSync(secret(), at('.belt/clusters/shop.yaml'));
      },
      'it is a symbolic link',
    ],
    [
      'the description is a link to nothing',
      () => {
        mkdirSync(at('.belt/clusters'), { recursive: true });
        symlinkSync(join(home, 'made'), at('.belt/clusters/shop.yaml'));
      },
      'it is a symbolic link',
    ],
    [
      'the description is a pipe',
      () => {
        mkdirSync(at('.belt/clusters'), { recursive: true });
        execFileSync('mkfifo', [at('.belt/clusters/shop.yaml')]);
      },
      'it is not a regular file',
    ],
    [
      'the description is a folder',
      () => mkdirSync(at('.belt/clusters/shop.yaml'), { recursive: true }),
      'it is a folder',
    ],
    [
      'everybody can write to .belt',
      () => {
        mkdirSync(at('.belt'));
        chmodSync(at('.belt'), 0o777);
      },
      'others can write to',
    ],
    ['.belt is a file', () => writeFileSync(at('.belt'), ''), 'its folder is a file'],
  ])('%s: nothing is written', (_what, make, reason) => {
    make();
    expect(write).toThrow(reason);
    expect(existsSync(join(home, 'made'))).toBe(false);
    expect(existsSync(join(home, 'shop.yaml'))).toBe(false);
    expect(existsSync(join(home, 'clusters'))).toBe(false);
  });

  test('what a link leads to is not read either', () => {
    mkdirSync(at('.belt/clusters'), { recursive: true });
    symlinkSync(secret(), at('.belt/clusters/shop.yaml'));
    expect(() => readDescription(descriptions(), 'shop')).toThrow('it is a symbolic link');
  });

  test("a hard link to a file of the user's is not written through", () => {
    mkdirSync(at('.belt/clusters'), { recursive: true });
    linkSync(secret(), at('.belt/clusters/shop.yaml'));
    write();
    expect(readFileSync(at('.belt/clusters/shop.yaml'), 'utf8')).toBe('cluster: {name: shop}\n');
  });

  test.skipIf(!isRoot)("somebody else's folder is not used", () => {
    mkdirSync(at('.belt'));
    chownSync(at('.belt'), OTHER, OTHER);
    expect(write).toThrow('belongs to another user');
  });

  test('names that are no clusters are passed over', () => {
    mkdirSync(at('.belt/clusters'), { recursive: true });
    for (const name of ['..%2F..%2Fx.yaml', '%00.yaml', '%.yaml', 'a b.yaml', '.yaml', '%2e%2e.yaml', 'shop.yml']) {
      writeFileSync(at(`.belt/clusters/${name}`), '');
    }
    expect(describedClusters(descriptions())).toEqual([]);
  });

  test('a cluster of 200 colons has a description, and Shop is shop', () => {
    const names = [':'.repeat(200), 'a:b', 'a-b'];
    for (const name of names) writeDescription(descriptions(), name, `${name}\n`);
    for (const name of names) expect(readDescription(descriptions(), name)).toBe(`${name}\n`);
    expect(describedClusters(descriptions()).toSorted()).toEqual(names.toSorted());
    writeDescription(descriptions(), 'Shop', 'one\n');
    writeDescription(descriptions(), 'shop', 'two\n');
    expect(describedClusters(descriptions())).toHaveLength(4);
    expect(readDescription(descriptions(), 'SHOP')).toBe('two\n');
    // As an older belt wrote it.
    writeFileSync(at('.belt/clusters/c%3Ad.yaml'), 'old\n');
    expect(readDescription(descriptions(), 'c:d')).toBe('old\n');
  });
});

describe('names of state files', () => {
  test.each(['../x', 'a/../../x', '/etc/x', 'a//b', '', 'a\0b', '..\\x'])('%j leads nowhere', (name) => {
    const state = openState(join(home, 'state'));
    expect(() => state.write(name, 'x')).toThrow('is not the name of a file that belt keeps');
    expect(() => state.read(name)).toThrow('is not the name of a file that belt keeps');
    expect(existsSync(join(home, 'state'))).toBe(false);
  });
});
