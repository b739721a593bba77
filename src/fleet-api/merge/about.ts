// What the fleet says of itself: `docker version`, and `docker info` as Swarm v1 had it. Pure.
import { binaryText } from '../../byte-text.ts';
import type { Info } from '../types.ts';
import { commonVersions, type VersionRange } from '../version.ts';

/** What is known of a node. */
export interface About {
  name: string;
  address: string;
  versions: VersionRange;
  version: Record<string, unknown> | undefined;
  info: Info | undefined;
  silence: string | undefined;
  /** Of all of its containers. */
  containers: { total: number; running: number; paused: number; stopped: number };
  reserved: { cpus: number; memoryBytes: number };
}

interface Component {
  Name: string;
  Version: string;
  Details?: Record<string, string>;
}

/** A component a node. */
export function fleetVersion(nodes: readonly About[], belt: string): Record<string, unknown> {
  const answering = nodes.filter(({ version }) => version !== undefined);
  const { min, max } = commonVersions(answering.map(({ versions }) => versions));
  const first = answering[0]?.version;
  const components = nodes.map(({ name, version, silence }): Component => {
    const said = (key: string) => String(version?.[key] ?? 'unknown');
    return {
      Name: name,
      Version: version ? said('Version') : 'unknown',
      Details: {
        ApiVersion: said('ApiVersion'),
        MinAPIVersion: said('MinAPIVersion'),
        Os: said('Os'),
        Arch: said('Arch'),
        KernelVersion: said('KernelVersion'),
        Status: silence === undefined ? 'Healthy' : 'Unhealthy',
      },
    };
  });
  return {
    Platform: { Name: `belt, one API over ${nodes.length} engines` },
    Components: components,
    Version: `belt/${belt}`,
    ApiVersion: max,
    MinAPIVersion: min,
    Os: first?.['Os'] ?? 'linux',
    Arch: first?.['Arch'] ?? 'amd64',
    GitCommit: '',
    GoVersion: '',
    KernelVersion: '',
  };
}

/** As docker's units had them in Swarm v1. */
const size = (bytes: number): string => binaryText(bytes, { gap: ' ' });

const status = ({ silence, info }: About): string =>
  silence === undefined ? 'Healthy' : info === undefined ? 'Pending' : 'Unhealthy';

function nodeLines(node: About): [string, string][] {
  const { name, address, info, containers, reserved, silence } = node;
  const { total, running, paused, stopped } = containers;
  return [
    [` ${name}`, address],
    ['  └ ID', info?.ID ?? '(unknown)'],
    ['  └ Status', status(node)],
    ['  └ Containers', `${total} (${running} Running, ${paused} Paused, ${stopped} Stopped)`],
    ['  └ Reserved CPUs', `${Number(reserved.cpus.toFixed(2))} / ${info?.NCPU ?? 0}`],
    ['  └ Reserved Memory', `${size(reserved.memoryBytes)} / ${size(info?.MemTotal ?? 0)}`],
    ['  └ Labels', labelLine(info)],
    ...(silence === undefined ? [] : [['  └ Error', silence] satisfies [string, string]]),
    ['  └ ServerVersion', info?.ServerVersion ?? ''],
  ];
}

const labelLine = (info: Info | undefined): string =>
  [
    ...Object.entries({
      kernelversion: info?.KernelVersion,
      operatingsystem: info?.OperatingSystem,
      ostype: info?.OSType,
      storagedriver: info?.Driver,
    }).map(([key, value]) => `${key}=${value ?? ''}`),
    ...(info?.Labels ?? []),
  ].join(', ');

const FILTERS = 'health, port, containerslots, dependency, affinity, constraint, whitelist';

/** The first engine's answer where all engines are alike; a manager's where there is one, for what it says of the swarm. */
export function fleetInfo(
  nodes: readonly About[],
  { strategy, name, images }: { strategy: string; name: string; images: number },
): Record<string, unknown> {
  const answering = nodes.flatMap(({ info, silence }) => (info && silence === undefined ? [info] : []));
  const chief = answering.find(({ Swarm }) => Swarm?.ControlAvailable) ?? answering[0];
  const total = (key: 'total' | 'running' | 'paused' | 'stopped') =>
    nodes.reduce((sum, { containers }) => sum + containers[key], 0);
  const lines: [string, string][] = [
    ['Role', 'primary'],
    ['Strategy', strategy],
    ['Filters', FILTERS],
    ['Nodes', String(nodes.length)],
    ...nodes.flatMap(nodeLines),
  ];
  return {
    ...chief,
    ID: '',
    Name: name,
    ServerVersion: 'swarm/1.2 (belt)',
    SystemStatus: lines,
    DriverStatus: [],
    Driver: '',
    Labels: [],
    Containers: total('total'),
    ContainersRunning: total('running'),
    ContainersPaused: total('paused'),
    ContainersStopped: total('stopped'),
    Images: images,
    NCPU: answering.reduce((sum, { NCPU }) => sum + NCPU, 0),
    MemTotal: answering.reduce((sum, { MemTotal }) => sum + MemTotal, 0),
    Warnings: nodes.flatMap(({ name: node, silence }) =>
      silence === undefined ? [] : [`WARNING: ${node} does not answer: ${silence}`],
    ),
  };
}
