// `belt create` and `belt ls`: what can be asked for, and what is shown of it.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { apart, cameUp } from '../support/coming-up.ts';
import { gate, isPost } from '../support/gate.ts';
import { info, lines, onHost, until } from '../support/probe.ts';
import type { Outcome } from '../support/world.ts';

// Two: DigitalOcean lists the keys of an account ten times a minute.
const w: World = world();
const other: World = world();
beforeAll(() => Promise.all([w.sandbox(), other.sandbox()]));
afterAll(() => Promise.all([w.end(), other.end()]));

const HEADER = 'ID              Name    Public IPv4     Memory  VCPUs   Disk';

/** Nothing went wrong, and nothing is said but of nodes that come up; gives what was printed. */
function well(outcome: Outcome): string {
  const { code, stdout, stderr } = apart(outcome);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('what is printed', () => {
  it('--no-wait: as soon as they exist, with the addresses that there are', async () => {
    // They may have them already.
    const told = well(await w.belt('create 512mb node[1:2] --no-wait --tag web --tag front'));
    expect(told.replace(/127\.1\.0\.\d/g, ' '.repeat(9))).toBe(
      lines(
        HEADER,
        '18511681        node1                   512     1       10',
        '18511682        node2                   512     1       10',
      ),
    );
    await until('they are up', async () =>
      (await w.status()).droplets.every(({ timeline }) => timeline.engineAt !== undefined),
    );
  });

  it('ls shows the tags that the user gave, and no others', async () => {
    expect(well(await w.belt('ls'))).toBe(
      lines(
        'ID              Name    Public IPv4     Status  Tags',
        '18511681        node1   127.1.0.1       active  web,front',
        '18511682        node2   127.1.0.2       active  web,front',
      ),
    );
  });

  it('what was made without waiting can be worked', async () => {
    expect(well(await w.belt('--host node[2:2] docker version --format here'))).toBe('here\n');
  });

  it('--missing makes only the others, and shows all in the order asked for', async () => {
    expect(apart(await w.belt('create 1gb node10 node[1:2] --missing'))).toEqual({
      code: 0,
      stdout: lines(
        HEADER,
        '18511683        node10  127.1.0.3       1024    1       25',
        '18511681        node1   127.1.0.1       512     1       10',
        '18511682        node2   127.1.0.2       512     1       10',
      ),
      stderr: '',
      nodes: [
        'node10: created (N s)',
        'node10: ready after N s',
        'node1: ready after N s',
        'node2: ready after N s',
      ].toSorted(),
    });
    expect(await w.belt('create 1gb node10 --missing -q')).toEqual({ code: 0, stdout: 'node10\n', stderr: '' });
    expect(apart(await w.belt('create 1gb node10 --missing'))).toMatchObject({
      stderr: 'nothing to create: node10 exists\n',
      nodes: ['node10: ready after N s'],
    });
  });

  it.each([
    ['node1', 'node1 already exists'],
    ['node[1:3]', 'node[1:2] already exist'],
  ])('%s: names that exist are an error before anything is made', async (names, message) => {
    expect(await w.belt(`create 512mb ${names}`)).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(`error: ${message}`, 'hint: choose other names, or create only the missing ones: --missing'),
    });
    expect(well(await w.belt('ls -q'))).toBe(lines('node1', 'node2', 'node10'));
  });

  it('ls --wide', async () => {
    const told = well(await w.belt('ls --wide node10 node1')).replace(/belt-run-[\w-]+/g, 'belt-run-RUN');
    expect(told).toBe(
      lines(
        'ID              Name    Public IPv4     Status  Private IPv4    Region  Size                Image      USD/month  Tags',
        '18511683        node10  127.1.0.3       active  10.104.0.4      sgp1    s-1vcpu-1gb         18153887        6.00  belt,belt-cluster-default,belt-run-RUN',
        '18511681        node1   127.1.0.1       active  10.104.0.2      sgp1    s-1vcpu-512mb-10gb  18153887        4.00  belt,belt-cluster-default,web,front,belt-run-RUN',
      ),
    );
  });

  it('create --json and ls --json', async () => {
    const made = JSON.parse(well(await w.belt('create 512mb node3 --json')));
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ name: 'node3', publicAddress: '127.1.0.4', privateAddress: '10.104.0.5' });
    const listed = JSON.parse(well(await w.belt('ls --json node3')));
    expect(listed).toEqual([{ ...made[0], status: 'active', cluster: 'default', active: false, swarm: null }]);
  });

  it.each([
    ['node[1:3]', ['node1', 'node2', 'node3']],
    ['node3,node1', ['node3', 'node1']],
    ['node*', ['node1', 'node2', 'node3', 'node10']],
    ['@tag:web', ['node1', 'node2']],
    ['@all,!node[1:2]', ['node3', 'node10']],
  ])('ls -q %s', async (pattern, names) => {
    expect(well(await w.belt(['ls', '-q', pattern]))).toBe(lines(...names));
  });

  it('belt sandbox status --json counts what was asked', async () => {
    w.standIn();
    const status = JSON.parse(well(await w.belt('sandbox status --json')));
    expect(status.requests.byEndpoint['POST /v2/droplets']).toBe(3);
    expect(status.droplets.map(({ name }: { name: string }) => name)).toEqual(['node1', 'node2', 'node10', 'node3']);
  });
});

describe('what can be asked for', () => {
  it('regions from the names', async () => {
    well(await other.belt('create 1gb nyc1-node[1:2] fra1-web xyz9-node --image docker-20-04'));
    const droplets = JSON.parse(well(await other.belt('ls --json nyc1-* fra1-* xyz9-*')));
    expect(droplets.map(({ name, region }: { name: string; region: string }) => `${name} ${region}`)).toEqual([
      'nyc1-node1 nyc1',
      'nyc1-node2 nyc1',
      'fra1-web fra1',
      'xyz9-node sgp1',
    ]);
  });

  it('features, a VPC, tags of the configuration', async () => {
    const vpcs = await fetch(`${other.env['DIGITALOCEAN_API_URL']}/v2/vpcs`, {
      headers: { authorization: `Bearer ${info(other).token}` },
    });
    const { vpcs: all } = (await vpcs.json()) as { vpcs: { id: string; region: string }[] };
    const vpc = all.find(({ region }) => region === 'sgp1')!.id;
    const held = await gate(other);
    const env = { ...held.env, DIGITALOCEAN_TAGS: 'blue,green' };
    well(await other.belt(`create 512mb full1 --ipv6 --monitoring --backups --vpc ${vpc} --no-wait`, { env }));
    held.close();
    const sent = JSON.parse(held.seen.find(isPost)!.body);
    expect(sent).toEqual({
      names: ['full1'],
      region: 'sgp1',
      size: 's-1vcpu-512mb-10gb',
      image: 18153887,
      ssh_keys: [816630],
      tags: ['belt', 'belt-cluster-default', 'blue', 'green', expect.stringMatching(/^belt-run-/)],
      user_data: expect.stringMatching(/\n#cloud-config\nssh_keys:\n/),
      vpc_uuid: vpc,
      ipv6: true,
      monitoring: true,
      backups: true,
    });
  });

  it('--backups is in the price, before and after', async () => {
    const { stdout, stderr } = await other.belt('create s-1vcpu-1gb saved1 --backups --dry-run');
    expect(stdout).toMatch(/ 7\.80$/m);
    expect(stderr).toContain('1 droplet to create, for 7.80 USD a month (0.012 an hour), daily backups included;');
    const { stdout: json } = await other.belt('create s-1vcpu-1gb saved1 --backups --dry-run --json');
    expect(JSON.parse(json).droplets[0].usd.monthly).toBe(7.8);
    well(await other.belt('create s-1vcpu-1gb saved1 --backups --no-wait'));
    expect((await other.belt('ls --wide saved1')).stdout).toContain(' 7.80');
  });

  it('--user-data with a cloud-config: the host sees it and the host key of belt', async () => {
    other.write('files.yaml', '#cloud-config\nwrite_files:\n  - path: /etc/motd\n    content: "made for ünit1\\n"\n');
    well(await other.belt('create 512mb unit1 --user-data files.yaml'));
    expect((await onHost(other, 'unit1', 'cat /etc/motd')).stdout).toBe('made for ünit1\n');
  });

  it('--user-data with a script: it is sent as it is, beside belt’s parts', async () => {
    const script = '#!/bin/sh\n# ü "quotes" $HOME\napt-get install -y htop\n';
    other.write('setup.sh', script);
    const held = await gate(other);
    well(await other.belt('create 512mb unit2 --user-data setup.sh', { env: held.env }));
    held.close();
    const { user_data } = JSON.parse(held.seen.find(isPost)!.body);
    const [, boundary] = /boundary="([^"]+)"/.exec(user_data)!;
    const parts = user_data.split(`--${boundary}`).slice(1, -1);
    expect(parts.map((part: string) => /Content-Type: (\S+);/.exec(part)?.[1])).toEqual([
      'text/cloud-boothook',
      'text/x-shellscript',
      'text/x-shellscript',
      'text/x-shellscript',
      'text/cloud-config',
    ]);
    const sent = Buffer.from(parts[3].slice(parts[3].indexOf('\n\n') + 2), 'base64');
    expect(sent.toString()).toBe(script);
  });

  it('--ssh-key by fingerprint, and in the form that ssh-keygen prints', async () => {
    const told = spawnSync('ssh-keygen', ['-E', 'md5', '-lf', `${info(other).sshKeyPath}.pub`], { encoding: 'utf8' });
    const fingerprint = /MD5:\S+/.exec(told.stdout)![0];
    well(await other.belt(`create 512mb keyed1 --ssh-key ${fingerprint}`));
  });

  it('the size of .belt.yaml, from a folder below it', async () => {
    const below = join(other.cwd, 'deep', 'down');
    mkdirSync(below, { recursive: true });
    const config = 'digitalocean:\n  region: sgp1\n  image: 18153887\n  size: 1gb\n  ssh_key_fingerprint: 816630\n';
    other.write('deep/.belt.yaml', config);
    const told = well(await other.belt('create sized[1:2] --no-wait', { cwd: below }));
    expect(told.match(/sized\d +(127\S+ +)?1024/g)).toHaveLength(2);
  });
});

describe('an image without the engine', () => {
  it('that is to stay so is ready with a warning, and docker ends as it does on such a host', async () => {
    const outcome = await other.belt('create 512mb plain1 --image ubuntu-24-04-x64 --no-engine');
    const { code, stdout, stderr } = apart(outcome);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'warning: plain1: image ubuntu-24-04-x64 has no Docker engine\n',
    });
    expect(stdout).toMatch(/plain1 +127\.1\.0\.\d+ /);
    const docker = await other.belt('--host plain1 docker version');
    expect(docker.code).toBe(127);
    expect(docker.stderr).toMatch(/docker: (command )?not found/);
  });
});

describe("the user's own key", () => {
  const env = { DIGITALOCEAN_SSH_KEY_PATH: undefined };
  beforeAll(() => {
    w.write('own.yaml', 'digitalocean:\n  region: sgp1\n  image: 18153887\n');
    const folder = join(w.home, '.ssh');
    mkdirSync(folder, { mode: 0o700 });
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ann@laptop', '-f', join(folder, 'id_ed25519')]);
  });

  it('is added to the account when it is missing there, and belt says so', async () => {
    const { code, stderr, nodes } = apart(await w.belt('--config own.yaml create 512mb own1', { env }));
    expect({ code, stderr, nodes }).toEqual({
      nodes: cameUp('own1'),
      code: 0,
      stderr: `your SSH key ${join(w.home, '.ssh/id_ed25519')} was not in the account: added as "belt ann@laptop" (id 816631)\n`,
    });
    expect(well(await w.belt('--host own1 docker version --format here', { env }))).toBe('here\n');
  });

  it('is found there the next time, and --quiet says nothing', async () => {
    expect(well(await w.belt('--config own.yaml create 512mb own2 --no-wait -q', { env }))).toBe('own2\n');
  });
});

describe('the first of an account', () => {
  let w: World;
  beforeAll(async () => {
    w = world();
    await w.sandbox();
  });
  afterAll(() => w.end());

  it('prints the table of the book, in the order of the names', async () => {
    const { code, stdout } = await w.belt('create 512mb node[1:2]');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'ID              Name    Public IPv4     Memory  VCPUs   Disk',
        '18511681        node1   127.1.0.1       512     1       10',
        '18511682        node2   127.1.0.2       512     1       10',
        '',
      ].join('\n'),
    );
  });

  it('refuses names that exist, before anything is made', async () => {
    const before = (await w.status()).droplets.length;
    const { code, stdout, stderr } = await w.belt('create 512mb node[2:3]');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .*node2/);
    expect((await w.status()).droplets.length).toBe(before);
  });
});
