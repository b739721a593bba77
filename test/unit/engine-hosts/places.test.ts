import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { overlap, parseCidr } from '../../../src/sandbox/account/addresses.ts';
import { SLOTS, slot } from '../../../src/sandbox/engine-hosts/addresses.ts';
import { hierarchies } from '../../../src/sandbox/engine-hosts/cgroups.ts';
import { newRecord, readRecord } from '../../../src/sandbox/engine-hosts/record.ts';

describe('the addresses of engine droplets', () => {
  const all = Array.from({ length: SLOTS }, (_, n) => slot(n));

  it('are in the range that is kept for tests, after its gateway and the machine', () => {
    const { link, gateway, machine, publicAddress } = slot(0);
    expect([link, gateway, machine, publicAddress(0), publicAddress(1)]).toEqual([
      'belt0',
      '198.18.0.1/19',
      '198.18.0.2/19',
      '198.18.0.3',
      '198.18.0.4',
    ]);
    const last = slot(SLOTS - 1);
    expect([last.publicRange, last.publicAddress(8186), last.publicAddress(8187)]).toEqual([
      '198.19.224.0/19',
      '198.19.255.253',
      '198.19.224.3',
    ]);
  });

  it('of no two sandboxes on a machine are the same', () => {
    const ranges = all.flatMap((one) => [
      one.publicRange,
      one.defaultRange(104, 20),
      one.defaultRange(128, 16),
      ...one.freeRanges(),
    ]);
    const cidrs = ranges.map((range) => parseCidr(range)!);
    const clashes = cidrs.flatMap((a, at) => cidrs.slice(at + 1).filter((b) => overlap(a, b)));
    expect(clashes).toEqual([]);
  });
});

describe('control groups', () => {
  it('of version 1, with and without a name', () => {
    const mountinfo = `31 22 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct
33 31 0:29 /docker/abc /sys/fs/cgroup/systemd rw - cgroup systemd rw,xattr,name=systemd
34 31 0:30 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate
`;
    expect(hierarchies(mountinfo)).toEqual([
      { folder: '/sys/fs/cgroup/cpu,cpuacct', version: 1, options: 'cpu,cpuacct' },
      { folder: '/sys/fs/cgroup/systemd', version: 1, options: 'none,name=systemd' },
      { folder: '/sys/fs/cgroup/unified', version: 2, options: '' },
    ]);
  });

  it('of version 2', () => {
    expect(hierarchies('30 22 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate')).toEqual([
      { folder: '/sys/fs/cgroup', version: 2, options: '' },
    ]);
  });
});

describe('the record of what a sandbox made', () => {
  it('is read back, and one that names something else is not followed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'belt-record-'));
    try {
      expect(readRecord(folder)).toBeUndefined();
      const record = newRecord(folder);
      expect(readRecord(folder)).toEqual(record);
      for (const group of ['', '..', 'system.slice', 'belt-sandbox-1/../x']) {
        writeFileSync(join(folder, 'engine.json'), JSON.stringify({ group }));
        expect(readRecord(folder)).toBeUndefined();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
