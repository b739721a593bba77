// Docker where the image has none, what would run there, and commands that only say what they would do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { world } from '../support/belt.ts';
import { apart } from '../support/coming-up.ts';
import { lines, onHost, writes } from '../support/probe.ts';

const config = (
  engine: string,
  image = 'ubuntu-24-04-x64',
) => `digitalocean: {region: sgp1, image: ${image}, ssh_key_fingerprint: 816630}
cluster:
  name: shop
  managers: {nodes: m1, size: s-1vcpu-1gb}
  workers: {nodes: w1, size: s-1vcpu-1gb}
  engine: ${engine}
`;

describe('a plain image', () => {
  const w = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  it('has Docker when create is done, and swarms over the VPC', async () => {
    w.write('.belt.yaml', config('{version: "28.2"}'));
    expect(apart(await w.belt('create 512mb plain1'))).toMatchObject({ code: 0, stderr: '' });
    const version = await w.belt(['--host', 'plain1', 'docker', 'version', '--format', '{{.Server.Version}}']);
    expect(version).toMatchObject({ code: 0, stdout: '28.2.2\n' });
    expect((await w.belt('--host plain1 docker swarm init')).code).toBe(0);
    await w.belt('rm -y plain1');
  });

  it('becomes a cluster by up', async () => {
    const { code, stdout } = await w.belt('up --yes');
    expect({ code, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: 'shop: 2 nodes, up to date',
    });
    await w.belt('down --yes');
  });

  it('keeps its engine when the file says another: plan and up tell it, and leave it', async () => {
    w.write('.belt.yaml', config(`{version: "28.2", labels: {tier: "it's", a: ""}}`));
    expect((await w.belt('up --yes')).code).toBe(0);
    expect(await w.belt('plan')).toMatchObject({ code: 0, stderr: expect.stringMatching(/^nothing to do;/) });
    const labels = await w.belt(['--host', 'm1', 'docker', 'info', '--format', '{{json .Labels}}']);
    expect(JSON.parse(labels.stdout)).toEqual(["tier=it's", 'a=']);
    w.write('.belt.yaml', config('{version: "27.5", labels: {tier: web}}'));
    const told = ['m1', 'w1'].flatMap((name) => [
      `${name} has the engine 28.2.2, but the file says 27.5; recreate it (its data is lost): belt up --replace ${name}`,
      `${name} is missing the engine label tier=web; recreate it (its data is lost): belt up --replace ${name}`,
    ]);
    const plan = await w.belt('plan');
    expect({ code: plan.code, told: plan.stderr.split('\n').slice(0, 4) }).toEqual({ code: 4, told });
    const before = await writes(w);
    const { code, stdout, stderr } = await w.belt('up');
    expect({ code, stderr, last: stdout.trim().split('\n').at(-1) }).toEqual({
      code: 4,
      stderr: lines(...told.map((line) => `warning: ${line}`)),
      last: 'shop: 0 of 2 nodes up to date; m1,w1 differ in engine version, m1,w1 differ in engine labels',
    });
    expect(await writes(w)).toBe(before);
    await w.belt('down --yes');
  });

  it('whose Docker cannot be installed is a node that failed, not a node', async () => {
    w.write('.belt.yaml', config('{version: "17"}'));
    const { code, stderr } = apart(await w.belt('create 512mb old1'));
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: lines(
        'error: 1 of 1 failed: old1',
        "  old1: image ubuntu-24-04-x64 has no Docker and it could not be installed: cloud-init finished with an error: ('scripts_user', RuntimeError('Runparts: 1 failures')) (see `cloud-init status --long` there) (then delete it and create it again: belt rm old1)",
        'hint: see what exists: belt ls · create what is missing: the same command with --missing',
      ),
    });
    expect((await onHost(w, 'old1', 'cat /var/log/cloud-init-output.log')).stdout).toContain('no version 17');
    await w.belt('rm -y old1');
  });

  it('that no package is for takes a script', async () => {
    w.write('.belt.yaml', config('{}', 'fedora-42-x64'));
    expect((await w.belt('create 512mb f1')).code).toBe(3);
    w.write('.belt.yaml', config('{install_url: "https://get.docker.com"}', 'fedora-42-x64'));
    expect(apart(await w.belt('create 512mb f2'))).toMatchObject({ code: 0, stderr: '' });
    await w.belt('rm -y f[1:2]');
  });

  it("the user's own script that installs it is enough", async () => {
    w.write('.belt.yaml', config('{}'));
    w.write('own.sh', '#!/bin/sh\napt-get install -y docker.io\n');
    expect(apart(await w.belt('create 512mb own1 --no-engine --user-data own.sh'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    await w.belt('rm -y own1');
  });
});

describe('--dry-run', () => {
  const w = world();
  beforeAll(() => w.sandbox());
  afterAll(() => w.end());

  it('create says what would be made and its price, and sends nothing that writes', async () => {
    expect(await w.belt('create 1gb node[1:2] --tag web --dry-run')).toEqual({
      code: 0,
      stdout: lines(
        'Name    Region  Size          Image     USD/hour   USD/month',
        'node1   sgp1    s-1vcpu-1gb   18153887     0.009        6.00',
        'node2   sgp1    s-1vcpu-1gb   18153887     0.009        6.00',
      ),
      stderr: lines(
        'tags: belt, belt-cluster-default, web, and one for this run',
        'SSH keys: 816630 (sandbox)',
        '2 droplets to create, for 12.00 USD a month (0.018 an hour); nothing was created',
      ),
    });
    expect(await writes(w)).toBe(0);
  });

  it('create --show-user-data prints what would run there, and no key', async () => {
    w.write('own.yaml', '#cloud-config\nruncmd: [echo mine]\n');
    const { code, stdout, stderr } = await w.belt('create 1gb node1 --dry-run --show-user-data --user-data own.yaml');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Content-Type: multipart\/mixed/);
    expect(stdout).toContain('ed25519_private: |\n    <generated for each run>\n');
    expect(stdout).not.toContain('PRIVATE KEY');
    for (const part of [
      'download.docker.com',
      'docker-compose-plugin',
      '169.254.169.254',
      'swarm-default-advertise-addr',
      '"log-driver":"local"',
      'default-network-opts',
      'Unattended-Upgrade::Package-Blacklist',
      'swapon',
      'runcmd: [echo mine]',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stderr).toContain('node1   sgp1');
    const without = await w.belt('create 1gb node1 --dry-run --show-user-data --no-engine --json');
    expect(JSON.parse(without.stdout)).toMatchObject({ droplets: [{ name: 'node1', usd: { monthly: 6 } }] });
    expect(JSON.parse(without.stdout).userData).not.toContain('download.docker.com');
  });

  it('create --show-user-data alone is refused', async () => {
    expect(await w.belt('create 1gb node1 --show-user-data')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: --show-user-data only shows what would be sent\nhint: add --dry-run\n',
    });
  });

  it('create refuses what a real run would', async () => {
    w.write('large.sh', `#!/bin/sh\n: ${'x'.repeat(64 * 1024)}\n`);
    expect((await w.belt('create 1gb node1 --dry-run --user-data large.sh')).stderr).toContain('large.sh is too large');
    expect((await w.belt('create 1gb node1 --dry-run --region nowhere1')).code).toBe(2);
    w.write('live.sh', `#!/bin/sh\necho '{"live-restore": true}' > /etc/docker/daemon.json\n`);
    expect(await w.belt('create 1gb node1 --user-data live.sh')).toEqual({
      code: 2,
      stdout: '',
      stderr: lines(
        'error: live.sh:2: Docker does not support live-restore with Swarm',
        'hint: remove it: a swarm restarts the tasks of a lost node on other nodes',
      ),
    });
    expect(await writes(w)).toBe(0);
  });

  it('rm, up and down say what would go or come, and leave it', async () => {
    w.write('.belt.yaml', config('{}', 'docker-20-04'));
    const planned = await w.belt('plan');
    expect(await w.belt('up --dry-run')).toEqual(planned);
    expect(planned.code).toBe(4);
    expect((await w.belt('up --yes')).code).toBe(0);
    const before = await writes(w);
    const [m1, w1] = (await w.status()).droplets.map(({ id }) => id);
    const toRemove = [
      `m1: would be deleted (${m1}, s-1vcpu-1gb, sgp1)`,
      `w1: would be deleted (${w1}, s-1vcpu-1gb, sgp1)`,
    ];
    expect(await w.belt('rm w1 --dry-run')).toEqual({ code: 0, stdout: lines(toRemove[1]!), stderr: '' });
    const all = lines(...toRemove, 'firewall belt-shop: would be deleted');
    expect(await w.belt('down --dry-run')).toEqual({ code: 0, stdout: all, stderr: '' });
    expect((await w.belt('up --dry-run')).code).toBe(0);
    expect(await writes(w)).toBe(before);
  });
});
