// What a droplet that boots a distribution starts from.
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bootLines } from '../../../src/sandbox/engine-hosts/boot.ts';
import { delayServices, identityFiles, writeFiles } from '../../../src/sandbox/engine-hosts/disk.ts';
import { originOf } from '../../../src/sandbox/engine-hosts/slugs.ts';
import { listening } from '../../../src/sandbox/engine-hosts/sockets.ts';
import type { Machine } from '../../../src/sandbox/types.ts';

const MACHINE: Machine = {
  id: 7,
  name: 'node1',
  publicAddress: '198.18.0.3',
  privateAddress: '10.104.0.2',
  region: 'sgp1',
  vpcUuid: 'v',
  vpcRange: '10.104.0.0/20',
  memoryMiB: 512,
  vcpus: 1,
  diskGiB: 10,
  image: 'docker-20-04',
  hasEngine: true,
  authorizedKeys: ['ssh-ed25519 AAAA me'],
  userData: '#cloud-config\n{}\n',
  tags: () => ['belt'],
};
const SERVED = { address: '198.18.0.1', names: ['get.docker.com'], authority: 'CERTIFICATE\n' };

describe('an image', () => {
  it.each([
    ['docker-20-04', true, 'bookworm', ['one-click-bookworm', 'docker-bookworm', 'base-bookworm']],
    ['18153887', true, 'trixie', ['one-click-trixie', 'docker-trixie', 'base-trixie']],
    ['docker-22-04', true, 'trixie', ['onboarding-trixie', 'one-click-trixie', 'docker-trixie', 'base-trixie']],
    ['debian-12-x64', false, 'bookworm', ['base-bookworm']],
    ['ubuntu-24-04-x64', false, 'forky', ['base-forky']],
  ])('%s', (image, hasEngine, suite, layers) => {
    expect(originOf({ image, hasEngine })).toEqual({ suite, layers });
  });
});

describe('the ports that somebody listens on', () => {
  it('are those of listening sockets, not of connections', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
      '   1: 0300A8C0:0947 0200A8C0:D431 01 00000000:00000000 00:00000000 00000000     0        0 2 1',
      '',
    ].join('\n');
    expect(listening(table)).toEqual([22]);
    expect(listening('')).toEqual([]);
  });
});

describe('a disk', () => {
  let disk: string;
  beforeEach(() => {
    disk = mkdtempSync(join(tmpdir(), 'belt-disk-'));
  });
  afterEach(() => rmSync(disk, { recursive: true, force: true }));
  const read = (path: string) => readFileSync(join(disk, path), 'utf8');
  const LATE = 'etc/systemd/system/docker.service.d/50-sandbox.conf';

  it('has what cloud-init reads, for root alone, and where the sandbox is found', () => {
    writeFiles(disk, identityFiles(MACHINE, {}, SERVED));
    expect(JSON.parse(read('var/lib/cloud/seed/nocloud-net/meta-data'))).toEqual({
      'instance-id': '7',
      'local-hostname': 'node1',
      'public-keys': ['ssh-ed25519 AAAA me'],
    });
    expect(read('var/lib/cloud/seed/nocloud-net/user-data')).toBe('#cloud-config\n{}\n');
    const mode = (path: string) => statSync(join(disk, path)).mode & 0o777;
    expect([mode('var/lib/cloud/seed/nocloud-net/user-data'), mode('etc'), mode('etc/hosts')]).toEqual([
      0o600, 0o755, 0o644,
    ]);
    expect(read('etc/hosts')).toContain('198.18.0.1 get.docker.com\n');
  });

  it('has services start late, or never, as the sandbox was told, and forgets that at the next boot', () => {
    delayServices(disk, { sshMs: 3_000, engineMs: 1_500 }, { engineLateMs: 2_000 });
    expect(read('etc/systemd/system/ssh.service.d/50-sandbox.conf')).toContain('ExecStartPre=/bin/sleep 2\n');
    expect(read(LATE)).toContain('ExecStartPre=/bin/sleep 5\n');
    delayServices(disk, { sshMs: 0, engineMs: 0 }, { neverSsh: true });
    expect(read(LATE)).not.toContain('sleep');
    expect(readlinkSync(join(disk, 'etc/systemd/system/ssh.service'))).toBe('/dev/null');
  });
});

describe('a boot', () => {
  it('plugs the cables in, lays the disk over the layers and becomes the system', () => {
    const lines = bootLines({
      folder: '/s/droplets/7',
      layers: ['/i/docker/upper', '/i/base/upper'],
      machineName: 'belt-sandbox-1-7',
      hostname: 'node1',
      cables: {
        switchPid: 42,
        ports: { public: 'p7.0', private: 'v7.0' },
        vpcBridge: 'vpc0',
        addresses: { public: '198.18.0.3/19', private: '10.104.0.2/20' },
        gateway: '198.18.0.1',
      },
    });
    expect(lines).toContain('link add p7.0 type veth peer name eth0 netns $$');
    expect(lines).toContain(
      "mount -t overlay -o lowerdir='/i/docker/upper':'/i/base/upper',upperdir=upper,workdir=work disk root",
    );
    expect(lines.at(-1)).toContain('--bind=/s/droplets/7/docker:/var/lib/docker');
  });
});
