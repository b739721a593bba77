// /_ping, /version, /info: what an engine says of itself.

import { noLeader, swarmLocked } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { takesPart } from '../model/membership.ts';
import { ENGINE, LOG_DRIVERS, NETWORK_DRIVERS, VOLUME_DRIVERS } from '../version.ts';
import { containerList } from './local.ts';
import { clusterJson } from './swarm.ts';

/** The headers of every answer, by which clients settle on a version. */
export function pingHeaders(engine: Engine): Record<string, string> {
  const state = engine.membership?.state ?? 'inactive';
  return {
    'Api-Version': ENGINE.apiVersion,
    'Docker-Experimental': 'false',
    Ostype: ENGINE.os,
    Server: `Docker/${ENGINE.version} (${ENGINE.os})`,
    Swarm: state === 'active' ? `active/${takesPart(engine) ? 'manager' : 'worker'}` : state,
  };
}

/** `GET /version`. */
export function version() {
  return {
    Platform: { Name: 'Docker Engine - Community' },
    Components: [
      { Name: 'Engine', Version: ENGINE.version, Details: engineDetails },
      { Name: 'containerd', Version: ENGINE.containerd.version, Details: { GitCommit: ENGINE.containerd.commit } },
      { Name: 'runc', Version: ENGINE.runc.version, Details: { GitCommit: ENGINE.runc.commit } },
      { Name: 'docker-init', Version: ENGINE.init.version, Details: { GitCommit: ENGINE.init.commit } },
    ],
    Version: ENGINE.version,
    ApiVersion: ENGINE.apiVersion,
    MinAPIVersion: ENGINE.minApiVersion,
    GitCommit: ENGINE.engineCommit,
    GoVersion: ENGINE.goVersion,
    Os: ENGINE.os,
    Arch: ENGINE.arch,
    KernelVersion: ENGINE.kernel,
    BuildTime: ENGINE.engineBuilt,
  };
}

const engineDetails = {
  ApiVersion: ENGINE.apiVersion,
  Arch: ENGINE.arch,
  BuildTime: 'Fri May 30 12:07:26 2025',
  Experimental: 'false',
  GitCommit: ENGINE.engineCommit,
  GoVersion: ENGINE.goVersion,
  KernelVersion: ENGINE.kernel,
  MinAPIVersion: ENGINE.minApiVersion,
  Os: ENGINE.os,
};

/** `GET /info`. */
export function info(engine: Engine) {
  const running = containerList(engine).length;
  return {
    ID: engine.id,
    Containers: running,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: 0,
    Images: engine.images.size,
    ...capabilities,
    SystemTime: new Date().toISOString(),
    NCPU: engine.machine.vcpus,
    MemTotal: engine.machine.memoryMiB * 1024 * 1024,
    Name: engine.hostname,
    LoggingDriver: engine.logDriver,
    Labels: Object.entries(engine.labels).map(([key, value]) => `${key}=${value}`),
    Swarm: swarmInfo(engine),
  };
}

export type InfoJson = ReturnType<typeof info>;

/** The engine's own view of its swarm. */
export function swarmInfo(engine: Engine) {
  const { membership } = engine;
  const { swarm, node } = membership ?? {};
  const control = takesPart(engine);
  const quorum = swarm?.leader() !== undefined;
  const isLocked = membership?.state === 'locked';
  const isListed = membership?.state === 'active' && swarm !== undefined;
  return {
    // What is encrypted it cannot tell.
    NodeID: isLocked ? '' : (node?.id ?? ''),
    NodeAddr: membership?.nodeAddress ?? '',
    LocalNodeState: membership?.state ?? 'inactive',
    ControlAvailable: control,
    Error: errorOf(engine),
    RemoteManagers: isListed
      ? [...swarm.voters].map(({ id, address }) => ({ NodeID: id, Addr: `${address}:2377` }))
      : null,
    ...(control && quorum && swarm !== undefined
      ? { Nodes: swarm.nodes.size, Managers: swarm.voters.size, Cluster: clusterJson(swarm) }
      : {}),
  };
}

function errorOf(engine: Engine): string {
  const { membership } = engine;
  if (membership?.state === 'locked') return swarmLocked().message;
  if (takesPart(engine) && membership?.swarm?.leader() === undefined) return noLeader().message;
  return membership?.error ?? '';
}

const capabilities = {
  Driver: 'overlay2',
  DriverStatus: [
    ['Backing Filesystem', 'extfs'],
    ['Supports d_type', 'true'],
    ['Using metacopy', 'false'],
    ['Native Overlay Diff', 'true'],
    ['userxattr', 'false'],
  ],
  Plugins: {
    Volume: VOLUME_DRIVERS,
    Network: NETWORK_DRIVERS,
    Authorization: null,
    Log: LOG_DRIVERS,
  },
  MemoryLimit: true,
  SwapLimit: true,
  CpuCfsPeriod: true,
  CpuCfsQuota: true,
  CPUShares: true,
  CPUSet: true,
  PidsLimit: true,
  IPv4Forwarding: true,
  Debug: false,
  NFd: 24,
  OomKillDisable: false,
  NGoroutines: 44,
  CgroupDriver: 'systemd',
  CgroupVersion: '2',
  NEventsListener: 0,
  KernelVersion: ENGINE.kernel,
  OperatingSystem: ENGINE.operatingSystem,
  OSVersion: '24.04',
  OSType: ENGINE.os,
  Architecture: 'x86_64',
  IndexServerAddress: 'https://index.docker.io/v1/',
  RegistryConfig: {
    InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'],
    IndexConfigs: { 'docker.io': { Mirrors: [], Name: 'docker.io', Official: true, Secure: true } },
    Mirrors: [],
  },
  GenericResources: null,
  DockerRootDir: '/var/lib/docker',
  HttpProxy: '',
  HttpsProxy: '',
  NoProxy: '',
  ExperimentalBuild: false,
  ServerVersion: ENGINE.version,
  Runtimes: { 'io.containerd.runc.v2': { path: 'runc' }, runc: { path: 'runc' } },
  DefaultRuntime: 'runc',
  LiveRestoreEnabled: false,
  Isolation: '',
  InitBinary: 'docker-init',
  ContainerdCommit: { ID: ENGINE.containerd.commit },
  RuncCommit: { ID: ENGINE.runc.commit },
  InitCommit: { ID: ENGINE.init.commit },
  SecurityOptions: ['name=apparmor', 'name=seccomp,profile=builtin', 'name=cgroupns'],
  CDISpecDirs: ['/etc/cdi', '/var/run/cdi'],
  Warnings: null,
};
