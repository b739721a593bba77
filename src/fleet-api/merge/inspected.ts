// An inspected container with its node. Pure.
import type { Info } from '../types.ts';

interface Bound {
  HostIp?: string;
}

const isEverywhere = ({ HostIp = '' }: Bound): boolean => HostIp === '0.0.0.0' || HostIp === '::';

/** Adds `Node`, as Swarm v1 had it, and says at which address its ports are. */
export function inspected(
  container: Record<string, unknown>,
  { name, address, info }: { name: string; address: string; info: Info | undefined },
): Record<string, unknown> {
  const settings = container['NetworkSettings'] as { Ports?: Record<string, Bound[] | null> | null } | undefined;
  const ports = Object.entries(settings?.Ports ?? {}).map(([port, list]) => [
    port,
    list && once(list.map((bound) => (isEverywhere(bound) ? { ...bound, HostIp: address } : bound))),
  ]);
  return {
    ...container,
    Node: {
      ID: info?.ID ?? '',
      IP: address,
      Addr: address,
      Name: name,
      Cpus: info?.NCPU ?? 0,
      Memory: info?.MemTotal ?? 0,
      Labels: Object.fromEntries((info?.Labels ?? []).map((text) => text.split(/=(.*)/s).slice(0, 2))),
    },
    ...(settings?.Ports && { NetworkSettings: { ...settings, Ports: Object.fromEntries(ports) } }),
  };
}

const once = <T>(list: readonly T[]): T[] => [
  ...new Map(list.map((one) => [JSON.stringify(one), one] as const)).values(),
];
