import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { configText, type NamedNode, namesOf } from '../../../src/ssh/openssh/config-text.ts';
import {
  hasInclude,
  includeLine,
  readUserConfig,
  withInclude,
  withoutInclude,
  writeUserConfig,
} from '../../../src/ssh/openssh/include.ts';

const node = (id: number, name: string, cluster = 'shop'): NamedNode<string> => ({
  node: `${cluster}/${name}/${id}`,
  id,
  name,
  cluster,
});
const named = (nodes: NamedNode<string>[], plain = 'shop', taken: string[] = []) =>
  Object.fromEntries(namesOf(nodes, { plain, taken }).map((one) => [one.node, one.names]));

import { namesTaken } from '../../../src/ssh/openssh/taken.ts';

describe('what nodes are called', () => {
  test('the plain name in one cluster, with the cluster’s in all', () => {
    expect(named([node(1, 'node1'), node(2, 'node1', 'web'), node(3, 'w2', 'web')])).toEqual({
      'shop/node1/1': ['node1', 'node1.shop.belt'],
      'web/node1/2': ['node1.web.belt'],
      'web/w2/3': ['w2.web.belt'],
    });
  });

  test('of two droplets of one name the older one has it', () => {
    expect(named([node(8, 'node1'), node(7, 'node1')])).toEqual({ 'shop/node1/7': ['node1', 'node1.shop.belt'] });
  });

  test('no name means two: a name with a dot is no plain one', () => {
    const nodes = [node(1, 'node1.web'), node(2, 'node1', 'web'), node(3, 'github.com')];
    expect(named(nodes)).toEqual({
      'shop/node1.web/1': ['node1.web.shop.belt'],
      'web/node1/2': ['node1.web.belt'],
      'shop/github.com/3': ['github.com.shop.belt'],
    });
  });

  test('a host of the user’s own keeps its name', () => {
    expect(named([node(1, 'bastion'), node(2, 'web')], 'shop', ['Bastion'])).toEqual({
      'shop/bastion/1': ['bastion.shop.belt'],
      'shop/web/2': ['web', 'web.shop.belt'],
    });
  });

  test.each(['*', 'a b', '!a', 'a?', '-x', 'a"b', 'a\nHost *', 'a#', '', 'ä'])('%j is not written', (name) => {
    expect(named([node(1, name)])).toEqual({});
  });

  test('a cluster’s colon ends no host', () => {
    expect(named([node(1, 'a', 'x:y_z')])).toEqual({ 'x:y_z/a/1': ['a.x-y-z.belt'] });
  });

  test('each is there once, whatever they are called', () => {
    const some = fc.record({
      id: fc.nat(9),
      name: fc.constantFrom('a', 'A', 'a.b', 'b', 'a.b.b'),
      cluster: fc.constantFrom('b', 'c', 'b.b'),
    });
    fc.assert(
      fc.property(fc.array(some), (nodes) => {
        const all = namesOf(
          nodes.map((one, n) => ({ ...one, node: n })),
          { plain: 'b', taken: [] },
        ).flatMap(({ names }) => names.map((name) => name.toLowerCase()));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});

test('names that the user’s configuration spells out, in the files that it includes too', () => {
  const home = mkdtempSync(join(tmpdir(), 'belt-taken-'));
  const ssh = (name: string, text: string) => {
    mkdirSync(join(home, '.ssh', name, '..'), { recursive: true });
    writeFileSync(join(home, '.ssh', name), text);
    return join(home, '.ssh', name);
  };
  try {
    const belts = ssh('belts', 'Host mine\n');
    const path = ssh(
      'config',
      'Host a "b"  c*\n  HostName x\nhost=D\n\tHOST e !f\n# Host h\nHost i # j\nHostname k\n' +
        'Match originalhost l,m*,n exec "true"\nMatch user o host "p"\nMatch host=q\n' +
        'Host *\n  Include conf.d/[1-2]?.conf ~/.ssh/"no"\nInclude "sp ace" belts\nInclude sp\\ ace2 nowhere/*\n',
    );
    ssh('conf.d/1a.conf', 'Host r\nInclude config conf.d/1a.conf nested\n');
    ssh('conf.d/3a.conf', 'Host no\n');
    ssh('conf.d/.2.conf', 'Host no\n');
    const nested = ssh('nested', 'Host s\n');
    ssh('sp ace', 'Host t\n');
    ssh('sp ace2', 'Host u\n');
    const taken = namesTaken(path, { home, except: belts });
    expect([...taken.keys()].sort()).toEqual(
      ['localhost', 'a', 'b', 'd', 'e', 'i', 'l', 'n', 'p', 'q', 'r', 's', 't', 'u'].sort(),
    );
    expect(taken.get('s')).toBe(nested);
  } finally {
    rmSync(home, { recursive: true });
  }
});

test.skipIf(spawnSync('ssh', ['-V']).error)('ssh reads the text as it is meant', () => {
  const folder = mkdtempSync(join(tmpdir(), 'belt-config-'));
  try {
    const path = join(folder, 'config');
    writeFileSync(
      path,
      configText([
        { names: ['a', 'a.x'], settings: [['HostName', '192.0.2.1']] },
        {
          names: ['b'],
          settings: [
            ['HostName', '192.0.2.2'],
            ['IdentityFile', '"/x y"'],
          ],
        },
      ]),
    );
    const told = (host: string) => spawnSync('ssh', ['-F', path, '-G', host], { encoding: 'utf8' }).stdout;
    expect(told('a.x')).toContain('\nhostname 192.0.2.1\n');
    expect(told('b')).toMatch(/\nhostname 192\.0\.2\.2\n[\s\S]*\nidentityfile \/x y\n/);
    expect(told('c')).toContain('\nhostname c\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('the line in the user’s configuration', () => {
  const FILE = '/home/a b/ssh_config';

  test.skipIf(spawnSync('ssh', ['-V']).error).each(['a[b]', 'a*', 'a?b', "it's {x}", 'a~b #c'])(
    'is read by ssh where the path has %s',
    (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'belt-config-'));
      try {
        mkdirSync(join(folder, name));
        writeFileSync(join(folder, name, 'f'), 'Host a\n  HostName 192.0.2.1\n');
        writeFileSync(join(folder, 'config'), `${includeLine(join(folder, name, 'f'))}\n`);
        const { stdout } = spawnSync('ssh', ['-F', join(folder, 'config'), '-G', 'a'], { encoding: 'utf8' });
        expect(stdout).toContain('\nhostname 192.0.2.1\n');
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test.each(['/a%b/f', '/a\\b/f'])('is refused for %s, and is in no configuration', (file) => {
    expect(() => withInclude('', file)).toThrow(`ssh cannot include a file whose path has % or \\ in it: ${file}`);
    expect(withoutInclude('Host a\n', file)).toBe('Host a\n');
  });

  test('stands at its top', () => {
    expect(Buffer.from(withInclude('Host *\n', FILE), 'latin1').toString()).toBe(
      '# The nodes of belt’s clusters; off again: belt ssh-config --remove\nInclude "/home/a b/ssh_config"\n\nHost *\n',
    );
  });

  test('goes without a trace, and comes once', () => {
    const line = fc.constantFrom('', 'Host *', 'Include x', '  User a', '# c', '\r');
    fc.assert(
      fc.property(
        fc.array(line).map((lines) => lines.join('\n')),
        (config) => {
          const having = withInclude(config, FILE);
          expect(hasInclude(having, FILE)).toBe(true);
          expect(withInclude(having, FILE)).toBe(having);
          expect(withoutInclude(having, FILE)).toBe(config);
          expect(withoutInclude(config, FILE)).toBe(config);
        },
      ),
    );
  });

  test('goes also where its comment is gone, and nothing else with it', () => {
    expect(withoutInclude('Host a\n\nInclude "/home/a b/ssh_config"\n\nHost b\n', FILE)).toBe('Host a\n\n\nHost b\n');
  });
});

describe('the user’s file', () => {
  const root = mkdtempSync(join(tmpdir(), 'belt-include-'));
  afterAll(() => rmSync(root, { recursive: true }));
  let n = 0;
  const fresh = () => join(root, String(n++), '.ssh/config');
  const at = (text: string, mode = 0o644) => {
    const path = fresh();
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const mode = (path: string) => statSync(path).mode & 0o777;

  test('is made for its user alone, with its folder', () => {
    const path = fresh();
    expect(readUserConfig(path)).toBe('');
    writeUserConfig(path, 'x\n');
    expect([readFileSync(path, 'utf8'), mode(path), mode(join(path, '..'))]).toEqual(['x\n', 0o600, 0o700]);
    writeUserConfig(path, '');
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  test('keeps its mode', () => {
    const path = at('a\n', 0o640);
    writeUserConfig(path, 'b\n');
    expect([readFileSync(path, 'utf8'), mode(path), readdirSync(join(path, '..'))]).toEqual(['b\n', 0o640, ['config']]);
  });

  test('behind a symbolic link is changed there, and the link stays', () => {
    const target = at('a\n', 0o600);
    const path = fresh();
    mkdirSync(join(path, '..'), { recursive: true });
    symlinkSync(target, path);
    writeUserConfig(path, 'b\n');
    expect([readlinkSync(path), readFileSync(target, 'utf8')]).toEqual([target, 'b\n']);
    writeUserConfig(path, '');
    expect([readlinkSync(path), readFileSync(target, 'utf8')]).toEqual([target, '']);
  });

  test('is left alone where the link leads nowhere, or it is a folder', () => {
    const path = fresh();
    mkdirSync(join(path, '..'), { recursive: true });
    symlinkSync(join(root, 'nowhere'), path);
    const nowhere = 'it is a symbolic link that leads nowhere';
    expect(() => readUserConfig(path)).toThrow(`cannot read ${path}: ${nowhere}`);
    expect(() => writeUserConfig(path, 'x')).toThrow(`cannot write ${path}: ${nowhere}`);
    const folder = fresh();
    mkdirSync(folder, { recursive: true });
    expect(() => writeUserConfig(folder, 'x')).toThrow(`cannot write ${folder}: it is not a regular file`);
  });
});
