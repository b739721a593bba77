// What bad input to `belt create` gets: one clear line that names the part at fault and what to do, and nothing is made.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, type World, world } from '../support/belt.ts';
import { info, lines, names, posts } from '../support/probe.ts';

// Two: DigitalOcean lists the keys of an account ten times a minute.
const w: World = world();
const other: World = world();
beforeAll(() =>
  Promise.all([w, other].map((one) => one.sandbox('--boot-seconds 0 --api-latency 0 --droplet-limit 5'))),
);
afterAll(async () => {
  const made = await Promise.all([w, other].map(posts));
  await Promise.all([w.end(), other.end()]);
  // Of all that stands here, one request each is to be sent: the one that a token may not.
  expect(made).toEqual([1, 0]);
});

const TOKEN_HINT =
  'create a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';

interface Refusal extends RunOptions {
  code?: number;
  in?: World;
}

/** Runs the words and expects this on stderr and nothing on stdout. */
async function refused(words: string | string[], expected: string[], { code = 2, ...options }: Refusal = {}) {
  const outcome = await (options.in ?? w).belt(words, options);
  expect(outcome).toEqual({ code, stdout: '', stderr: lines(...expected) });
}

describe.concurrent('a pattern that cannot be read: a caret under the column', () => {
  it.each([
    ['node[4:1]', '"node[4:1]": the range 4:1 runs backwards', '       ^', 'write node[1:4]'],
    ['node[', '"node[": "[" is never closed', '      ^', 'close it with "]"'],
    ['node]', '"node]": "]" has no "[" before it', '      ^', 'remove it, or open it with "["'],
    ['node[]', '"node[]": the brackets are empty', '      ^', 'write a range in them, as in [1:4]'],
    ['node[1:4:0]', '"node[1:4:0]": the step of 1:4:0 must be 1 or more', '           ^', 'write node[1:4]'],
    ['node[1-4]', '"node[1-4]": "1-4" is not a number, a letter or a range', '       ^', 'write node[1:4]'],
    [
      'node[1:20000]',
      '"node[1:20000]": that makes 20,000 names; the limit is 10,000',
      '      ^',
      'write a smaller range',
    ],
    ['{web,db', '"{web,db": "{" is never closed', '  ^', 'close it with "}"'],
    ['a,,b', '"a,,b": a name is missing next to the comma', '    ^', 'remove the comma'],
    [
      '!node3',
      '"!node3": there is nothing before it to exclude names from',
      '  ^',
      "put it after the names to choose from, as in 'node[1:4],!node3'",
    ],
  ])('%s', (pattern, message, caret, hint) =>
    refused(['create', '512mb', pattern], [`error: ${message}`, `  ${pattern}`, caret, `hint: ${hint}`]),
  );

  it('is refused before anything is asked of the API: there need not be one', () =>
    refused(
      'create 512mb node[4:1]',
      ['error: "node[4:1]": the range 4:1 runs backwards', '  node[4:1]', '       ^', 'hint: write node[1:4]'],
      { env: { DIGITALOCEAN_API_URL: 'http://127.0.0.1:1' } },
    ));
});

describe.concurrent("a name that is no droplet's", () => {
  it.each([
    ['node_1', 'a droplet name cannot contain "_" (only letters, digits, "-" and ".")', '      ^'],
    ['nöde', 'a droplet name cannot contain "ö" (only letters, digits, "-" and ".")', '   ^'],
    ['web-*', 'a droplet name cannot contain "*" (only letters, digits, "-" and ".")', '      ^'],
    ['web-', 'a droplet name must end with a letter or a digit, not "-"', '     ^'],
  ])('%s', (name, message, caret) =>
    refused(['create', '512mb', name], [`error: ${name}: ${message}`, `  ${name}`, caret]),
  );
});

describe.concurrent('the token', () => {
  it('is missing', () =>
    refused(
      'create 512mb node1',
      [
        'error: no DigitalOcean token is set',
        `hint: ${TOKEN_HINT}, or keep it: belt auth add NAME · try it without an account: belt sandbox start`,
      ],
      {
        code: 1,
        env: { DIGITALOCEAN_ACCESS_TOKEN: '' },
      },
    ));

  it('is refused, and not shown', () =>
    refused('create 512mb node1', ['error: DigitalOcean refused the token', `hint: ${TOKEN_HINT}`], {
      code: 1,
      env: { DIGITALOCEAN_ACCESS_TOKEN: 'dop_v1_made_up' },
    }));

  it('may not write: one line for all of them, and no empty table', async () => {
    const env = { DIGITALOCEAN_ACCESS_TOKEN: info(w).readOnlyToken };
    expect(await w.belt('create 512mb readonly[1:4]', { env })).toEqual({
      code: 1,
      stdout: '',
      stderr: lines(
        'error: the token lacks the right droplet:create, image:read, ssh_key:read or tag:create',
        `hint: create one that has it (full access has all) at ${TOKEN_HINT.replace('create a token at ', '')}`,
      ),
    });
    expect(await names(w)).toEqual([]);
    expect((await w.belt('ls', { env })).code).toBe(0);
  });
});

describe.concurrent('what the account does not offer', () => {
  it.each([
    [
      'create s-1vcpu-1gib node1',
      'there is no size "s-1vcpu-1gib"',
      'did you mean s-1vcpu-1gb, s-1vcpu-2gb, s-2vcpu-2gb?',
    ],
    ['create 512m node1', 'there is no size "512m"', 'did you mean 512mb?'],
    ['create 512mb node1 --region sgp', 'there is no region "sgp"', 'did you mean sgp1?'],
    ['create 512mb node1 --image ubuntu-24-04', 'there is no image "ubuntu-24-04"', 'did you mean ubuntu-24-04-x64?'],
    ['create 512mb node1 --ssh-key 816631', 'the account has no SSH key "816631"', 'did you mean 816630?'],
    [
      'create 512mb node1 --region lon1 --image docker-20-04',
      'size s-1vcpu-512mb-10gb is not available in region lon1',
      'it is in ams3, fra1, nyc1, sfo3, sgp1, syd1; the nearest size in lon1 is s-1vcpu-1gb',
    ],
  ])('belt %s', (words, message, hint) => refused(words, [`error: ${message}`, `hint: ${hint}`]));
});

describe.concurrent('what the account does not offer, more of it', () => {
  it.each([
    ['create 512mb node1 --region fra1', 'image 18153887 is not available in region fra1', 'it is in sgp1'],
    [
      'create 512mb node1 --vpc 5a4981aa-9653-4bd1-bef5-d6bff52042e4',
      'there is no VPC 5a4981aa-9653-4bd1-bef5-d6bff52042e4',
      'see: belt vpcs',
    ],
  ])('belt %s', (words, message, hint) => refused(words, [`error: ${message}`, `hint: ${hint}`]));

  it('more droplets than the account may have, known before the first is made', () =>
    refused(
      'create 512mb node[1:6]',
      [
        "error: 6 more droplets would exceed the account's droplet limit: 0 of 5 are in use",
        'hint: create fewer, remove some, or request a higher limit at https://cloud.digitalocean.com/account/team',
      ],
      { code: 1 },
    ));

  it('user data that is not there, or larger than DigitalOcean takes', async () => {
    await refused('create 512mb node1 --user-data setup.sh', ['error: cannot read --user-data setup.sh: no such file']);
    w.write('huge.sh', `#!/bin/sh\n${'# nothing\n'.repeat(7000)}`);
    const { code, stderr } = await w.belt('create 512mb node1 --user-data huge.sh');
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: huge\.sh is too large: 7\d{4} bytes with belt's part, and DigitalOcean's limit is 65536\nhint: have a short script fetch the rest\n$/,
    );
  });

  it('user data from a pipe that nobody writes to, or from a device without an end', async () => {
    execFileSync('mkfifo', [join(w.cwd, 'silent')]);
    for (const [path, why] of [
      ['silent', 'it is a pipe to which nothing was written'],
      ['/dev/zero', 'it is larger than 1 MiB'],
    ]) {
      await refused(`create 512mb node1 --user-data ${path}`, [`error: cannot read --user-data ${path}: ${why}`]);
    }
  });

  it('a tag that is none', () =>
    refused(
      ['create', '512mb', 'node1', '--tag', 'two words'],
      ['error: --tag two words: a tag is made of letters, digits, ":", "-" and "_"'],
    ));

  it('a size behind the names is none of them, also where the file has a size', async () => {
    const sized = w.write('sized/.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    for (const words of [`node1 512mb`, `node1 s-2vcpu-4gb node2`, `1gb node1 2gb`]) {
      const size = /512mb|s-2vcpu-4gb|2gb/.exec(words)![0];
      const names = words
        .replace('1gb ', '')
        .split(' ')
        .filter((word) => word !== size);
      await refused(
        ['--config', sized, 'create', ...words.split(' ')],
        [
          `error: "${size}" is a size, and the size comes first`,
          `hint: such as: belt create ${size} ${names.join(' ')}`,
        ],
      );
    }
  });

  it.each([
    ['512mbb', 'did you mean 512mb? '],
    ['1g', 'did you mean 1gb? '],
    ['s-1vpcu-1gb', 'did you mean s-1vcpu-1gb, s-1vcpu-2gb, s-2vcpu-2gb? '],
    ['c-2vcpu', ''],
  ])('a mistyped size is no droplet’s name, also where the file has a size: %s', async (size, meant) => {
    const sized = w.write('sized/.belt.yaml', 'digitalocean: {region: sgp1, image: docker-20-04, size: s-1vcpu-1gb}\n');
    await refused(
      ['--config', sized, 'create', size, 'node1'],
      [`error: there is no size "${size}"`, `hint: ${meant}sizes: belt sizes`],
    );
  });

  it.each(['belt', 'belt-cluster-other', 'BELT-run-1'])("a tag of belt's own: %s", async (tag) => {
    await refused(
      ['create', '512mb', 'node1', '--tag', tag],
      [
        `error: --tag ${tag}: it is belt's own, by which belt finds its droplets`,
        'hint: choose a tag other than belt, belt-cluster-* and belt-run-*',
      ],
    );
    const { code, stderr } = await w.belt('create 512mb node1', { env: { DIGITALOCEAN_TAGS: `web,${tag}` } });
    expect([code, stderr]).toEqual([2, expect.stringContaining("and none of belt's own")]);
  });
});

describe.concurrent('neither a configuration nor options', () => {
  const bare = (name: string) => {
    const cwd = join(w.home, name);
    mkdirSync(cwd);
    return { cwd };
  };
  it('no region, no image', () =>
    refused(
      'create 512mb node1',
      [
        'error: neither a region nor an image is set',
        'hint: add --region sgp1 --image ubuntu-24-04-x64, or both to .belt.yaml (every key: .belt.yaml.example)',
      ],
      bare('neither'),
    ));
  it('no image', () =>
    refused(
      'create 512mb node1 --region sgp1',
      ['error: no image is set', 'hint: add --image ubuntu-24-04-x64, or image: to .belt.yaml'],
      bare('imageless'),
    ));
  it('no region', () =>
    refused(
      'create 512mb node1 --image docker-20-04',
      ['error: no region is set for node1', 'hint: add --region sgp1, or region: to .belt.yaml'],
      bare('nowhere'),
    ));
});

describe.concurrent('the private key', () => {
  const key = (name: string) => join(other.cwd, name);
  const keygen = (name: string, ...words: string[]) =>
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-C', name, '-f', key(name), ...words]);
  const withKey = (name: string) => ({ in: other, code: 1, env: { DIGITALOCEAN_SSH_KEY_PATH: key(name) } });

  it('is not there', () =>
    refused(
      'create 512mb node1',
      [`error: cannot read the SSH key ${key('nowhere')}: no such file`, 'hint: set ssh_key_path to your private key'],
      withKey('nowhere'),
    ));

  it('is a folder', async () => {
    mkdirSync(key('folder'));
    await refused(
      'create 512mb node1',
      [`error: cannot read the SSH key ${key('folder')}: it is a folder`, 'hint: set ssh_key_path to your private key'],
      withKey('folder'),
    );
  });

  it.each([
    ['a pipe that nobody writes to', 'pipe', 'it is not a regular file', () => spawnSync('mkfifo', [key('pipe')])],
    ['a device without an end', 'device', 'it is not a regular file', () => symlinkSync('/dev/zero', key('device'))],
    [
      'a large file',
      'large',
      'it is larger than 1 MiB',
      () => writeFileSync(key('large'), 'x'.repeat(1024 * 1024 + 1)),
    ],
  ])('is %s', async (_what, name, why, make) => {
    make();
    await refused(
      'create 512mb node1',
      [`error: cannot read the SSH key ${key(name)}: ${why}`, 'hint: set ssh_key_path to your private key'],
      withKey(name),
    );
  });

  it('is something else', async () => {
    writeFileSync(key('letter'), 'Dear belt\n');
    await refused(
      'create 512mb node1',
      [
        `error: ${key('letter')} is not a private key that belt can read`,
        'hint: set ssh_key_path to an OpenSSH or PEM private key',
      ],
      withKey('letter'),
    );
  });

  it('is encrypted, and there is no terminal', async () => {
    keygen('locked', '-N', 'secret');
    await refused(
      'create 512mb node1',
      [
        `error: the SSH key ${key('locked')} is encrypted and there is no terminal to ask for its passphrase`,
        `hint: add it to the agent: ssh-add ${key('locked')}`,
      ],
      withKey('locked'),
    );
  });

  it('is none of those that the droplets would let in', async () => {
    keygen('other', '-N', '');
    const told = spawnSync('ssh-keygen', ['-E', 'md5', '-lf', key('other.pub')], { encoding: 'utf8' }).stdout;
    const fingerprint = /MD5:(\S+)/.exec(told)?.[1];
    await refused(
      'create 512mb node1',
      [
        `error: belt could not log in to these droplets: they would accept the key 816630 (sandbox), but belt has ${key('other')} (${fingerprint})`,
        'hint: set ssh_key_path to the private half of that key, or name another with --ssh-key',
      ],
      withKey('other'),
    );
  });

  it('does not exist at all', () =>
    refused(
      'create 512mb node1',
      [
        'error: no SSH key to log in with',
        'hint: create one with `ssh-keygen -t ed25519`, or set ssh_key_path in .belt.yaml',
      ],
      { in: other, code: 1, env: { DIGITALOCEAN_SSH_KEY_PATH: undefined } },
    ));
});
