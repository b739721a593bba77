// /_ping, /version, /info: what an engine reports about itself.
import { noLeader, swarmLocked } from '../errors.ts';
import type { Engine } from '../model/engine.ts';
import { takesPart } from '../model/membership.ts';
import { ENGINE } from '../version.ts';
import { containerList, entriesHere } from './local.ts';
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

export function version() {
  return {
    Platform: { Name: 'Docker Engine - Community' },
    Components: [],
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

export function info(engine: Engine) {
  const [running, total] = [containerList(engine).length, entriesHere(engine).length];
  return {
    ID: engine.id,
    Containers: total,
    ContainersRunning: running,
    ContainersPaused: 0,
    ContainersStopped: total - running,
    Images: engine.images.size,
    Driver: 'overlay2',
    CgroupDriver: 'systemd',
    CgroupVersion: '2',
    KernelVersion: ENGINE.kernel,
    OperatingSystem: ENGINE.operatingSystem,
    OSType: ENGINE.os,
    Architecture: 'x86_64',
    DockerRootDir: '/var/lib/docker',
    ServerVersion: ENGINE.version,
    SystemTime: engine.world.time(),
    NCPU: engine.machine.vcpus,
    MemTotal: engine.machine.memoryMiB * 1024 * 1024,
    Name: engine.hostname,
    LoggingDriver: engine.logDriver,
    Labels: Object.entries(engine.labels).map(([key, value]) => `${key}=${value}`),
    Swarm: swarmInfo(engine),
  };
}

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
