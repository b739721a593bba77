import { describe, expect, it } from 'vitest';
import { slot } from '../../../src/sandbox/engine-hosts/addresses.ts';
import { type BootPlan, bootLines, hardwareAddress } from '../../../src/sandbox/engine-hosts/boot.ts';
import type { Hierarchy } from '../../../src/sandbox/engine-hosts/cgroups.ts';
import { bound } from '../../../src/sandbox/engine-hosts/launch.ts';
import { machineWords } from '../../../src/sandbox/engine-hosts/machine.ts';
import { inSwitch, machineLines, switchLines, vpcLines } from '../../../src/sandbox/engine-hosts/switch.ts';

const MEMORY: Hierarchy = { folder: '/sys/fs/cgroup/memory', version: 1, options: 'memory' };
const UNIFIED: Hierarchy = { folder: '/sys/fs/cgroup', version: 2, options: '' };
const PLAN: BootPlan = {
  folder: "/root/it's/7",
  hasEngine: true,
  hierarchies: [MEMORY],
  cables: {
    switchPid: 99,
    ports: { public: 'p7.0', private: 'v7.0' },
    vpcBridge: 'vpc0',
    addresses: { public: '198.18.0.3/19', private: '10.104.0.2/20' },
    gateway: '198.18.0.1',
  },
  delaysMs: { ssh: 120, engine: 80 },
  neverSsh: false,
};

describe('a droplet’s boot', () => {
  it('plugs the cables, lays the disk over the machine’s programs, and becomes init', () => {
    expect(bootLines(PLAN)).toEqual([
      'set -eu',
      "cd '/root/it'\\''s/7'",
      '/usr/bin/nsenter --net=/proc/99/ns/net -- /bin/ip -batch - <<END',
      'link add p7.0 type veth peer name eth0 netns 1',
      'link set p7.0 master public up',
      'link add v7.0 type veth peer name eth1 netns 1',
      'link set v7.0 master vpc0 up',
      'END',
      '/bin/ip -batch - <<END',
      'link set lo up',
      'link set eth0 address 02:00:c6:12:00:03',
      'link set eth1 address 02:00:0a:68:00:02',
      'addr add 198.18.0.3/19 brd + dev eth0',
      'addr add 10.104.0.2/20 brd + dev eth1',
      'link set eth0 up',
      'link set eth1 up',
      'route add default via 198.18.0.1',
      'END',
      'for file in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $file; done',
      'mount --bind root root',
      'mount -t overlay -o lowerdir=../../layers/tools:../../layers/hide-local:/usr,upperdir=usr,workdir=work disk root/usr',
      'mount -t tmpfs -o mode=755 dev root/dev',
      'cp -a ../../layers/dev/. root/dev',
      'mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 devpts root/dev/pts',
      'mount -t tmpfs -o mode=1777 shm root/dev/shm',
      'mount -t tmpfs -o mode=755 run root/run',
      'mkdir -p root/run/lock root/run/sshd root/run/cloud-init root/run/sandbox',
      'mount -t proc proc root/proc',
      'mount -t sysfs sysfs root/sys',
      'mount -t tmpfs -o mode=755 cgroup root/sys/fs/cgroup',
      'mkdir -p root/sys/fs/cgroup/memory',
      'mount -t cgroup -o memory cgroup root/sys/fs/cgroup/memory',
      'hostname -F root/etc/hostname',
      "printf '%s\\n' SSH_DELAY=0.12 ENGINE_DELAY=0.2 HAS_ENGINE=1 NEVER_SSH= PUBLIC_ADDRESS=198.18.0.3 > root/run/sandbox/boot",
      'cd root',
      'pivot_root . mnt',
      'umount -l /mnt',
      'cd /',
      'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=linux',
      'exec /usr/bin/busybox init < /dev/null > /var/log/console 2>&1',
    ]);
  });

  it('without the engine hides its programs, and shows them where packages come from', () => {
    const lines = bootLines({ ...PLAN, hasEngine: false });
    expect(lines.filter((line) => line.includes('layers/hide-'))).toEqual([
      'mount -t overlay -o lowerdir=../../layers/tools:../../layers/hide-engine:../../layers/hide-local:/usr,upperdir=usr,workdir=work disk root/usr',
      'mount -t overlay -o ro,lowerdir=../../layers/hide-local:/usr packages root/var/cache/apt/archives',
    ]);
  });

  it('with one hierarchy for all makes room for the engine to hand controllers on', () => {
    expect(bootLines({ ...PLAN, hierarchies: [UNIFIED] }).filter((line) => line.includes('cgroup'))).toEqual([
      'mount -t cgroup2 cgroup root/sys/fs/cgroup',
      'mkdir -p root/sys/fs/cgroup/init',
      'echo 0 > root/sys/fs/cgroup/init/cgroup.procs',
      'for word in $(cat root/sys/fs/cgroup/cgroup.controllers); do echo +$word > root/sys/fs/cgroup/cgroup.subtree_control || :; done',
    ]);
  });

  it('the hardware address is one that anybody may give', () => {
    expect(hardwareAddress('198.18.255.10/19')).toBe('02:00:c6:12:ff:0a');
  });
});

describe('its processes', () => {
  it('end with the sandbox, by construction', () => {
    expect(bound([MEMORY], 'belt-x/outside', ['sleep', '9'])).toEqual([
      'sh',
      '-ec',
      'echo 0 > /sys/fs/cgroup/memory/belt-x/outside/cgroup.procs\nexec setpriv --pdeathsig KILL -- "$@"',
      'sh',
      'sleep',
      '9',
    ]);
    expect(machineWords([MEMORY], 'belt-x', '7', '/d/boot.sh').slice(4)).toEqual([
      ...['unshare', '--net', '--mount', '--uts', '--pid', '--ipc', '--fork', '--kill-child', '--', 'sh', '-ec'],
      'echo 0 > /sys/fs/cgroup/memory/belt-x/7/cgroup.procs\nexec unshare --cgroup -- busybox sh "$0"',
      '/d/boot.sh',
    ]);
  });
});

describe('the switch', () => {
  it('has a bridge for the public network and one a VPC; the machine gets one cable', () => {
    expect(switchLines(slot(1))).toEqual([
      'link set lo up',
      'link add public address 02:00:c6:12:20:01 type bridge',
      'addr add 198.18.32.1/19 dev public',
      'link set public up',
    ]);
    expect(vpcLines('vpc0', '10.104.16.0/20')).toEqual([
      'link add vpc0 address 02:00:0a:68:10:01 type bridge',
      'addr add 10.104.16.1/20 dev vpc0',
      'link set vpc0 up',
    ]);
    expect(machineLines(slot(1))).toEqual(['addr add 198.18.32.2/19 dev belt1', 'link set belt1 up']);
    expect(inSwitch(99, ['ip', 'link'])).toEqual(['nsenter', '--net=/proc/99/ns/net', '--', 'ip', 'link']);
  });
});
