import { describe, expect, test } from 'vitest';
import { containerName } from '../../../src/engine/container-name.ts';
import { apiStats, containerSample, cpuPercent } from '../../../src/engine/container-stats.ts';

const sample = (answer: object) => containerSample(apiStats.parse(answer));

/** As Docker 26.1 answers on a host with cgroup v2, shortened. */
const V2 = {
  read: '2026-03-01T10:00:00.500000000Z',
  cpu_stats: { cpu_usage: { total_usage: 2_000_000_000 }, system_cpu_usage: 800_000_000_000, online_cpus: 4 },
  memory_stats: { usage: 10_000_000, limit: 2_000_000_000, stats: { inactive_file: 4_000_000 } },
  networks: { eth0: { rx_bytes: 100, tx_bytes: 20 }, eth1: { rx_bytes: 1, tx_bytes: 2 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 254, minor: 0, op: 'read', value: 4096 },
      { major: 254, minor: 0, op: 'write', value: 8192 },
      { major: 254, minor: 16, op: 'Read', value: 4 },
      { major: 254, minor: 16, op: 'Total', value: 99_999 },
    ],
  },
  pids_stats: { current: 3, limit: 2 ** 64 },
};

describe('one sample', () => {
  test('of cgroup v2: memory without the cache, traffic of all networks and disks', () => {
    expect(sample(V2)).toEqual({
      atMs: Date.UTC(2026, 2, 1, 10, 0, 0, 500),
      cpuNs: 2_000_000_000,
      systemNs: 800_000_000_000,
      cpus: 4,
      memoryBytes: 6_000_000,
      memoryLimitBytes: 2_000_000_000,
      receivedBytes: 101,
      sentBytes: 22,
      readBytes: 4100,
      writtenBytes: 8192,
      processes: 3,
    });
  });

  test('of cgroup v1: its own word for the cache, and CPUs that are counted', () => {
    const { memoryBytes, cpus } = sample({
      ...V2,
      cpu_stats: { cpu_usage: { total_usage: 1, percpu_usage: [1, 0] }, system_cpu_usage: 2 },
      memory_stats: { usage: 100, limit: 200, stats: { total_inactive_file: 30, inactive_file: 5 } },
    });
    expect([memoryBytes, cpus]).toEqual([70, 2]);
  });

  test('more cache than memory is no memory below zero', () => {
    expect(sample({ memory_stats: { usage: 10, stats: { inactive_file: 11 } } }).memoryBytes).toBe(10);
  });

  test('of a container that ended, or without networks and disks: nothing', () => {
    const ended = { read: '0001-01-01T00:00:00Z', cpu_stats: {}, memory_stats: {}, blkio_stats: null, networks: null };
    expect(Object.values(sample(ended))).toEqual(Array(11).fill(0));
  });
});

describe('the share of a CPU between two samples', () => {
  const now = sample(V2);
  const before = { ...now, atMs: now.atMs - 1_000, cpuNs: now.cpuNs - 1.5e9, systemNs: now.systemNs - 4e9 };

  test('as docker’s client works it out: one and a half of four', () => {
    expect(cpuPercent(before, now)).toBeCloseTo(150);
  });

  test('where the engine does not say what the host spent: by the time that passed', () => {
    expect(cpuPercent({ ...before, systemNs: 0 }, { ...now, systemNs: 0 })).toBeCloseTo(150);
  });

  test('none where the container was restarted, or nothing passed', () => {
    expect(cpuPercent({ ...before, cpuNs: now.cpuNs + 1 }, now)).toBeUndefined();
    expect(cpuPercent({ ...now, systemNs: 0 }, { ...now, systemNs: 0 })).toBeUndefined();
  });

  test('one that did nothing used nothing', () => {
    expect(cpuPercent({ ...before, cpuNs: now.cpuNs }, now)).toBe(0);
  });
});

test('a container’s own name, not that of a link to it', () => {
  expect(containerName({ Id: 'a'.repeat(64), Names: ['/web/database', '/db'] })).toBe('db');
  expect(containerName({ Id: 'abcdef0123456789', Names: null })).toBe('abcdef012345');
});
