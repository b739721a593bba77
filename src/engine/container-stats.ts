// What a container uses, as docker's own client works it out (docker/cli, cli/command/container/stats_helpers.go). Pure.
import { z } from 'zod';

const number = z.number().nullish();

/** `GET /containers/ID/stats`. */
export const apiStats = z.object({
  read: z.string().nullish(),
  cpu_stats: z
    .object({
      cpu_usage: z.object({ total_usage: number, percpu_usage: z.array(z.number()).nullish() }).nullish(),
      system_cpu_usage: number,
      online_cpus: number,
    })
    .nullish(),
  memory_stats: z.object({ usage: number, limit: number, stats: z.record(z.string(), z.number()).nullish() }).nullish(),
  networks: z.record(z.string(), z.object({ rx_bytes: number, tx_bytes: number })).nullish(),
  blkio_stats: z
    .object({
      io_service_bytes_recursive: z.array(z.object({ op: z.string().nullish(), value: number })).nullish(),
    })
    .nullish(),
  pids_stats: z.object({ current: number }).nullish(),
});
type ApiStats = z.infer<typeof apiStats>;

/** What a container has used up to a moment; bytes. */
export interface ContainerSample {
  /** ms since the epoch, by the engine's clock; 0 where it does not say. */
  atMs: number;
  /** Of all CPUs, in ns. */
  cpuNs: number;
  /** What all of the host's CPUs have spent, idle or not, in ns; 0 where the engine does not say. */
  systemNs: number;
  cpus: number;
  /** Without the file cache that the kernel can take back. */
  memoryBytes: number;
  /** The host's memory where the container has no limit of its own. */
  memoryLimitBytes: number;
  receivedBytes: number;
  sentBytes: number;
  readBytes: number;
  writtenBytes: number;
  processes: number;
}

const sum = (values: readonly (number | null | undefined)[]): number =>
  values.reduce<number>((all, one) => all + (one ?? 0), 0);

export function containerSample({ read, ...stats }: ApiStats): ContainerSample {
  const cpu = stats.cpu_stats;
  const networks = Object.values(stats.networks ?? {});
  const blocks = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const ofBlocks = (letter: string) =>
    sum(blocks.flatMap(({ op, value }) => (op?.toLowerCase().startsWith(letter) ? [value] : [])));
  return {
    atMs: Math.max(0, Date.parse(read ?? '') || 0),
    cpuNs: cpu?.cpu_usage?.total_usage ?? 0,
    systemNs: cpu?.system_cpu_usage ?? 0,
    cpus: cpu?.online_cpus || (cpu?.cpu_usage?.percpu_usage?.length ?? 0),
    memoryBytes: memoryOf(stats.memory_stats),
    memoryLimitBytes: stats.memory_stats?.limit ?? 0,
    receivedBytes: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    sentBytes: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    readBytes: ofBlocks('r'),
    writtenBytes: ofBlocks('w'),
    processes: stats.pids_stats?.current ?? 0,
  };
}

/** cgroup v1 calls the cache `total_inactive_file`, v2 `inactive_file`. */
function memoryOf(memory: ApiStats['memory_stats']): number {
  const { usage, stats } = memory ?? {};
  const used = usage ?? 0;
  const cache = stats?.['total_inactive_file'] ?? stats?.['inactive_file'] ?? 0;
  return cache < used ? used - cache : used;
}

/**
 * Of one CPU, so that 200 is two of them. Undefined where nothing passed between the samples, or a new process counts from the
 * beginning.
 */
export function cpuPercent(before: ContainerSample, now: ContainerSample): number | undefined {
  const used = now.cpuNs - before.cpuNs;
  if (used < 0) return undefined;
  if (before.systemNs > 0 && now.systemNs > before.systemNs) {
    return (used / (now.systemNs - before.systemNs)) * now.cpus * 100;
  }
  // Engines before 25 leave out what the host's CPUs spent where one sample is asked for. It is the time that passed, times the CPUs.
  const passedNs = (now.atMs - before.atMs) * 1e6;
  return before.atMs > 0 && passedNs > 0 ? (used / passedNs) * 100 : undefined;
}
