import { describe, expect, it } from 'vitest';
import { doctorLines } from '../../../src/commands/sandbox/engine-hosts.ts';
import { diagnose, type Findings } from '../../../src/sandbox/engine-hosts/doctor/findings.ts';

const WELL: Findings = {
  platform: 'linux',
  root: true,
  missing: [],
  namespaces: undefined,
  overlay: undefined,
  cgroups: undefined,
  vxlan: true,
  bridgeFilter: true,
  ipvs: true,
  keyring: true,
  mirror: true,
  inotifyInstances: 1024,
  images: { missing: 0, seconds: 0, freeMiB: 0 },
};
const said = (found: Partial<Findings>) => doctorLines(diagnose({ ...WELL, ...found }));

describe('belt sandbox doctor', () => {
  it('where nothing is missing', () => {
    expect(said({})).toEqual(['engine hosts can run here: belt sandbox start --hosts engine']);
    expect(diagnose(WELL).limits).toEqual([]);
  });

  it('where the kernel cannot filter what passes a bridge', () => {
    expect(diagnose({ ...WELL, bridgeFilter: false })).toMatchObject({
      obstacles: [],
      limits: ['this kernel has no br_netfilter: cloud firewalls are accepted, but let everything through'],
    });
  });

  it('where the kernel’s limits allow for few droplets', () => {
    expect(diagnose({ ...WELL, inotifyInstances: 128 })).toMatchObject({
      obstacles: [],
      limits: [
        "this machine's limit of 128 inotify instances is enough for about 10 booted droplets in all: sysctl fs.inotify.max_user_instances=1024",
      ],
    });
  });

  it('where the images are still to be built', () => {
    expect(said({ images: { missing: 2, seconds: 70, freeMiB: 4_000 } })).toEqual([
      'engine hosts can run here: belt sandbox start --hosts engine',
      'their images are built first, in about 2 min: belt sandbox image build',
    ]);
    expect(said({ keyring: false, images: { missing: 2, seconds: 70, freeMiB: 100 } })).toEqual([
      'engine hosts cannot run here:',
      "  the keys of Debian's archive are not installed (package debian-archive-keyring)",
      '  the images need 3500 MiB, but only 100 are free: BELT_IMAGES_DIR can point to another disk',
      'install what is missing: apt-get install --no-install-recommends debian-archive-keyring',
    ]);
  });

  it('elsewhere than on Linux, or as somebody else than root', () => {
    expect(said({ platform: 'darwin', root: false, missing: ['mmdebstrap'] })).toEqual([
      'engine hosts cannot run here:',
      '  engine hosts need Linux; this is darwin',
    ]);
    expect(said({ root: false })).toEqual([
      'engine hosts cannot run here:',
      '  engine hosts need root: every droplet is a set of namespaces, mounts and bridges',
    ]);
  });

  it('names each program that is missing, its package, and one command for all', () => {
    expect(said({ missing: ['systemd-nspawn', 'mmdebstrap', 'iptables', 'iptables-restore'] })).toEqual([
      'engine hosts cannot run here:',
      '  systemd-nspawn is not installed (package systemd-container)',
      '  mmdebstrap is not installed (package mmdebstrap)',
      '  iptables is not installed (package iptables)',
      '  iptables-restore is not installed (package iptables)',
      'install what is missing: apt-get install --no-install-recommends iptables mmdebstrap systemd-container',
    ]);
  });

  it('says why the kernel refused what was tried', () => {
    expect(
      said({
        namespaces: 'unshare: Operation not permitted',
        overlay: 'wrong fs type',
        cgroups: 'EROFS',
      }),
    ).toEqual([
      'engine hosts cannot run here:',
      '  namespaces cannot be created: unshare: Operation not permitted',
      '  an overlay cannot be mounted where the sandbox keeps its disks: wrong fs type',
      '  control groups cannot be created: EROFS',
    ]);
  });

  it('an apt without a mirror keeps images from being built, and droplets from installing', () => {
    const images = { missing: 3, seconds: 60, freeMiB: 10_000 };
    expect(said({ mirror: false, images })).toEqual([
      'engine hosts cannot run here:',
      "  this machine's apt has no mirror of Debian, which the images are built from: add one to its sources, then: apt-get update",
    ]);
    expect(diagnose({ ...WELL, mirror: false })).toMatchObject({
      obstacles: [],
      limits: ["this machine's apt has no mirror of Debian: droplets can install nothing of the distribution's"],
    });
  });

  it('a kernel that lacks something for networks keeps nothing from running, and says what will not work', () => {
    const diagnosis = diagnose({ ...WELL, ipvs: false, vxlan: false });
    expect(diagnosis.obstacles).toEqual([]);
    expect(diagnosis.limits).toEqual([
      'this kernel has no IP_VS: a service has no virtual address and no routing mesh; publish with mode=host and use --endpoint-mode dnsrr',
      'this kernel has no VXLAN: containers on different droplets cannot talk over overlay networks',
    ]);
  });
});
