import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCluster } from '../../src/config/cluster/read.ts';
import { type RunOptions, world } from '../support/belt.ts';

const w = world();
beforeAll(() => w.sandbox());
afterAll(() => w.end());

let folders = 0;
/** A folder of its own for each run, with no .belt.yaml in it or above it. */
function folder(name = 'shop'): string {
  const path = join(w.home, String(folders++), name);
  mkdirSync(path, { recursive: true });
  return path;
}

async function init(words: string, { cwd = folder(), ...options }: RunOptions = {}) {
  const outcome = await w.belt(`init ${words}`, { cwd, ...options });
  return { ...outcome, cwd, text: () => readFileSync(join(cwd, '.belt.yaml'), 'utf8') };
}

const FILE = `\
# \`belt plan\` shows what is missing, with the price; \`belt up\` makes it so.
# Change this file as you like and run them again.
# The token is best kept in DIGITALOCEAN_ACCESS_TOKEN.
# Every key there is: .belt.yaml.example, which comes with belt.
# What else there is: belt regions, belt images, belt sizes, belt keys.
digitalocean:
  region: sgp1                             # Singapore 1
  image: ubuntu-24-04-x64                  # Ubuntu 24.04 (LTS) x64
  size: s-1vcpu-1gb                        # 6.00 USD a month each
  #ssh_key_fingerprint: ID                 # your own key; others by ID or name

cluster:
  name: shop                               # in the tags of its droplets
  managers: {nodes: "shop-manager[1:3]"}   # an odd number
  workers: {nodes: "shop-worker[1:3]"}     # or several groups: [{…}, {…}]
  firewall:
    open: []                               # public ports, such as [80, 443]
    #ssh_from: [203.0.113.0/24]            # who may use SSH; all without it
`;

test('no line of the file is wider than 80 columns', () => {
  expect(FILE.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

const PLAN = `\
  Node            Role      Size           USD/month  Change
+ shop-manager1   manager   s-1vcpu-1gb         6.00  create, start the swarm
+ shop-manager2   manager   s-1vcpu-1gb         6.00  create, join as manager
+ shop-manager3   manager   s-1vcpu-1gb         6.00  create, join as manager
+ shop-worker1    worker    s-1vcpu-1gb         6.00  create, join as worker
+ shop-worker2    worker    s-1vcpu-1gb         6.00  create, join as worker
+ shop-worker3    worker    s-1vcpu-1gb         6.00  create, join as worker
`;

describe('belt init without a terminal', () => {
  test('takes defaults, writes the file, and shows the plan and the next step', async () => {
    const { code, stdout, stderr, text, cwd } = await init('--region sgp1');
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: PLAN,
      stderr:
        'wrote .belt.yaml; this is what belt up would make:\n' +
        'firewall belt-shop: will be created\n' +
        '6 nodes and a firewall to create; 36.00 USD a month (0.054 an hour)\n' +
        'edit .belt.yaml if you like, check it with belt plan, then run belt up\n',
    });
    expect(text()).toBe(FILE);
    expect(lstatSync(join(cwd, '.belt.yaml')).mode & 0o022).toBe(0);
    expect(readdirSync(cwd)).toEqual(['.belt.yaml']);
    expect((await w.belt('plan', { cwd })).stdout).toBe(PLAN);
    expect((await w.status()).droplets).toEqual([]);
  });

  test('takes all of it from options', async () => {
    const { code, text } = await init(
      '--name blog --region nyc1 --size 2gb --image 195932982 --managers 1 --workers 0 --ssh-key sandbox ' +
        '--ssh-from 203.0.113.7 --ssh-from 2001:db8::/32',
    );
    expect(code).toBe(0);
    const lines = text()
      .split('\n')
      .filter((line) => !line.startsWith('# '));
    expect(lines.map((line) => line.replace(/ +# .*/, ''))).toEqual([
      'digitalocean:',
      '  region: nyc1',
      '  image: ubuntu-22-04-x64',
      '  size: s-1vcpu-2gb',
      '  ssh_key_fingerprint: 816630',
      '',
      'cluster:',
      '  name: blog',
      '  managers: {nodes: "blog-manager1"}',
      '  #workers: {nodes: "worker[1:3]"}',
      '  firewall:',
      '    open: []',
      '    ssh_from: ["203.0.113.7/32", "2001:db8::/32"]',
      '',
    ]);
    expect(readCluster({ text: text(), shown: 'it' }).spec).toMatchObject({
      name: 'blog',
      groups: [{ role: 'manager', names: ['blog-manager1'] }],
      firewall: { sshFrom: ['203.0.113.7/32', '2001:db8::/32'], open: [] },
    });
  });

  test('as JSON, what was written', async () => {
    const { stdout, stderr, cwd } = await init('--region sgp1 --json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      file: join(cwd, '.belt.yaml'),
      cluster: 'shop',
      region: 'sgp1',
      size: 's-1vcpu-1gb',
      image: 'ubuntu-24-04-x64',
      managers: 'shop-manager[1:3]',
      workers: 'shop-worker[1:3]',
      sshKey: null,
      sshFrom: ['0.0.0.0/0', '::/0'],
    });
  });

  test('an even number of managers is warned of', async () => {
    const { stderr } = await init('--region sgp1 --managers 2');
    expect(stderr.split('\n')[0]).toBe(
      'warning: 2 managers survive the loss of 0, no more than 1 would: an odd number is better',
    );
  });

  test.each([
    [
      '',
      'init needs a --region where there is no terminal to ask on',
      'such as --region nyc3; all of them: belt regions',
    ],
    ['--region sgp2', 'there is no region "sgp2"', 'did you mean sgp1?'],
    [
      '--region sgp1 --size s-1vcpu-3gb',
      'there is no size "s-1vcpu-3gb"',
      'did you mean s-1vcpu-1gb, s-1vcpu-2gb, s-2vcpu-2gb?',
    ],
    [
      '--region nyc3 --size 512mb',
      'size s-1vcpu-512mb-10gb is not available in region nyc3',
      'it is in ams3, fra1, nyc1, sfo3, sgp1, syd1; the nearest size in nyc3 is s-1vcpu-1gb',
    ],
    ['--region sgp1 --image ubuntu-24-04', 'there is no image "ubuntu-24-04"', 'did you mean ubuntu-24-04-x64?'],
    ['--region nyc1 --image 18153887', 'image 18153887 is not available in region nyc1', 'it is in sgp1'],
    ['--region sgp1 --managers 0', '--managers must be a number from 1 to 1000, not "0"', undefined],
    ['--region sgp1 --workers many', '--workers must be a number from 0 to 1000, not "many"', undefined],
    ['--region sgp1 --ssh-key nobody', 'the account has no SSH key "nobody"', 'it has 816630 (sandbox)'],
    ['--region sgp1 --ssh-from here', '"here" is not an IP address or CIDR range', 'such as 203.0.113.0/24'],
    [
      '--region sgp1 --name a.b',
      'a cluster\'s name must be at most 200 letters, digits, ":", "-" and "_", not "a.b"',
      undefined,
    ],
    ['--region sgp1 --config x.yaml', 'init writes .belt.yaml in the current folder and takes no --config', undefined],
  ])('%s', async (words, message, hint) => {
    const { code, stdout, stderr, cwd } = await init(words);
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: '',
      stderr: `error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`,
    });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('without a token it says how to get one', async () => {
    const { code, stderr } = await init('--region sgp1', { env: { DIGITALOCEAN_ACCESS_TOKEN: undefined } });
    expect([code, stderr]).toEqual([
      1,
      'error: no DigitalOcean token is set\n' +
        'hint: create a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN, or keep it: belt auth add NAME · try it without an account: belt sandbox start\n',
    ]);
  });
});

describe('a file that is there', () => {
  test('stays, but for --force', async () => {
    const cwd = folder();
    const path = join(cwd, '.belt.yaml');
    writeFileSync(path, '# mine\n');
    expect(await init('--region sgp1', { cwd })).toMatchObject({
      code: 2,
      stderr: 'error: .belt.yaml exists already\nhint: edit it, or replace it: belt init --force\n',
    });
    expect(readFileSync(path, 'utf8')).toBe('# mine\n');
    expect((await init('--region sgp1 --force', { cwd })).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(FILE);
    expect(readdirSync(cwd)).toEqual(['.belt.yaml']);
  });

  test('a link that leads nowhere is one, and is not followed', async () => {
    const cwd = folder();
    const target = join(cwd, 'elsewhere');
    symlinkSync(target, join(cwd, '.belt.yaml'));
    expect((await init('--region sgp1', { cwd })).code).toBe(2);
    expect(readdirSync(cwd)).toEqual(['.belt.yaml']);
  });

  test('with the token in it: that would be lost', async () => {
    const cwd = folder();
    const token = w.env['DIGITALOCEAN_ACCESS_TOKEN'];
    writeFileSync(join(cwd, '.belt.yaml'), `digitalocean: {access_token: ${token}}\n`, { mode: 0o600 });
    const env = { DIGITALOCEAN_ACCESS_TOKEN: undefined };
    expect(await init('--region sgp1 --force', { cwd, env })).toMatchObject({
      code: 2,
      stderr:
        `error: the token is in ${join(cwd, '.belt.yaml')}, and that file no longer counts once .belt.yaml is written here\n` +
        'hint: keep the token elsewhere: export DIGITALOCEAN_ACCESS_TOKEN=… · belt auth add NAME\n',
    });
  });
});

test('where nothing describes a cluster, plan says how to begin', async () => {
  expect(await w.belt('plan', { cwd: folder() })).toEqual({
    code: 2,
    stdout: '',
    stderr:
      'error: no .belt.yaml describes a cluster\n' +
      'hint: write one: belt init · describe one of several: belt cluster new shop\n',
  });
});

test('an earlier choice of another cluster here does not stand in the way', async () => {
  const cwd = folder();
  await init('--region sgp1 --name first', { cwd });
  await w.belt('cluster new other', { cwd });
  expect((await init('--region sgp1 --name second --force', { cwd })).stdout).toContain('+ second-manager1');
  expect((await w.belt('plan', { cwd })).stdout).toContain('+ second-manager1');
});

test('the name of a cluster that has droplets is refused: up would take them for its own', async () => {
  const cwd = folder();
  await w.belt('create 1gb old1 --region sgp1 --image ubuntu-24-04-x64 --no-wait', {
    cwd,
    env: { BELT_CLUSTER: 'taken' },
  });
  expect(await init('--region sgp1 --name taken')).toMatchObject({
    code: 2,
    stderr:
      'error: the cluster taken already exists: droplets have its tag\n' +
      'hint: choose another --name, or adopt it as it is: belt cluster import taken\n',
  });
});

describe('belt init on a terminal', () => {
  /** What a person read, without what moves the cursor and paints. */
  const read = (stderr: string) => stderr.replaceAll(/\x1b\[[\d;]*[A-Za-z]/g, '');

  test('asks for what the options do not say; Enter takes the default, a number a choice', async () => {
    const answers = ['', 'sgp9', '11', '2', '4', '1', '0', '', '203.0.113.0/33', '203.0.113.0/24'];
    const { code, stderr, text } = await init('', {
      terminal: true,
      input: answers.map((line) => `${line}\n`).join(''),
    });
    expect(code).toBe(0);
    const lines = read(stderr);
    expect(lines).toContain(' 11 sgp1    Singapore 1\n');
    expect(lines).toContain('there is no region "sgp9"; did you mean sgp1?\nRegion, by number or slug [nyc3]: ');
    expect(lines).toContain('  2 s-1vcpu-1gb                  1     1 GiB   25 GB        6.00\n');
    expect(lines).toContain('  1 own     sandbox');
    expect(lines).toContain('"203.0.113.0/33" is not an IP address or CIDR range; such as 203.0.113.0/24\n');
    const { spec } = readCluster({ text: text(), shown: 'it' });
    expect(spec.groups.map(({ role, names }) => [role, ...names])).toEqual([['manager', 'shop-manager1']]);
    expect(spec.firewall?.sshFrom).toEqual(['203.0.113.0/24']);
    expect(text()).toContain('  image: ubuntu-22-04-x64 ');
  });

  test('asks for a token where none is set, tries it, keeps it elsewhere, and goes on', async () => {
    const cwd = folder();
    const config = join(cwd, '../config');
    const env = { DIGITALOCEAN_ACCESS_TOKEN: undefined, XDG_CONFIG_HOME: config };
    const token = w.env['DIGITALOCEAN_ACCESS_TOKEN']!;
    const words =
      'init --size s-1vcpu-1gb --image debian-13-x64 --managers 1 --workers 0 --ssh-key 816630 --ssh-from 0.0.0.0/0 --name shop';
    const run = { cwd, env, terminal: true, open: true };

    const refused = w.start(words, run);
    await expect.poll(() => read(refused.so().stderr)).toContain('Token (https://');
    refused.type('not-the-token\n');
    expect((await refused.outcome).code).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);

    const started = w.start(words, run);
    await expect.poll(() => read(started.so().stderr)).toContain('Token (https://');
    started.type(`${token}\n`);
    await expect.poll(() => read(started.so().stderr)).toContain('[nyc3]: ');
    started.type('sgp1\n');
    const { code, stdout, stderr } = await started.outcome;
    expect(code).toBe(0);
    expect(read(stderr).replaceAll(/\s+/g, ' ')).toContain(
      `account default (My Team): kept in ${config}/belt/accounts.json `,
    );
    expect(stdout + stderr).not.toContain(token);
    expect(readFileSync(join(cwd, '.belt.yaml'), 'utf8')).not.toContain(token);
    expect((await w.belt('plan', { cwd, env })).code).toBe(4);
  });

  test('Ctrl-D writes nothing', async () => {
    const { code, stderr, cwd } = await init('--region sgp1', { terminal: true, input: '\n' });
    expect([code, read(stderr).split('\n').at(-2)]).toEqual([1, 'nothing was changed']);
    expect(readdirSync(cwd)).toEqual([]);
  });
});
