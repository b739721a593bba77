// `docker info`.

import { info as engineInfo, type InfoJson } from '../../api/system.ts';
import { ENGINE } from '../../version.ts';
import { INFO } from '../format/goTypes.ts';
import { templateText } from '../format/one.ts';
import { bytesSize } from '../format/units.ts';
import { type Command, Failure, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';
import { CANNOT_CONNECT } from './version.ts';

const CLIENT_TEXT = `Client: Docker Engine - Community
 Version:    ${ENGINE.version}
 Context:    default
 Debug Mode: false

Server:
`;

const TWO_MANAGERS = `WARNING: Running Swarm in a two-manager configuration. This configuration provides
         no fault tolerance, and poses a high risk to lose control over the cluster.
         Refer to https://docs.docker.com/engine/swarm/admin_guide/ to configure the
         Swarm for fault-tolerance.
`;

export const info: Command = {
  ...told('info'),
  also: ['system info'],
  arity: none,
  withoutEngine: true,
  async run({ engine, process, values }) {
    const format = values.text('format');
    if (!engine.up) {
      if (format === undefined) await process.out(CLIENT_TEXT);
      throw new Failure(CANNOT_CONNECT);
    }
    const facts = engineInfo(engine);
    if (format === undefined) {
      await process.out(CLIENT_TEXT + serverText(facts));
      if (facts.Swarm.Managers === 2) await process.err(TWO_MANAGERS);
    } else {
      const all = { ...facts, ClientInfo: { Debug: false, Version: ENGINE.version, Context: 'default' } };
      await templateText(process, all, { format, type: INFO });
    }
    return 0;
  },
};

function serverText(facts: InfoJson): string {
  const { Plugins } = facts;
  const lines = [
    `Containers: ${facts.Containers}`,
    ` Running: ${facts.ContainersRunning}`,
    ` Paused: ${facts.ContainersPaused}`,
    ` Stopped: ${facts.ContainersStopped}`,
    `Images: ${facts.Images}`,
    `Server Version: ${facts.ServerVersion}`,
    `Storage Driver: ${facts.Driver}`,
    ...facts.DriverStatus.map(([key, value]) => ` ${key}: ${value}`),
    `Logging Driver: ${facts.LoggingDriver}`,
    `Cgroup Driver: ${facts.CgroupDriver}`,
    `Cgroup Version: ${facts.CgroupVersion}`,
    'Plugins:',
    ` Volume: ${Plugins.Volume.join(' ')}`,
    ` Network: ${Plugins.Network.join(' ')}`,
    ` Log: ${Plugins.Log.join(' ')}`,
    'CDI spec directories:',
    ...facts.CDISpecDirs.map((folder) => ` ${folder}`),
    ...swarmLines(facts.Swarm),
    `Runtimes: ${Object.keys(facts.Runtimes).join(' ')}`,
    `Default Runtime: ${facts.DefaultRuntime}`,
    `Init Binary: ${facts.InitBinary}`,
    `containerd version: ${facts.ContainerdCommit.ID}`,
    `runc version: ${facts.RuncCommit.ID}`,
    `init version: ${facts.InitCommit.ID}`,
    'Security Options:',
    ' apparmor',
    ' seccomp',
    '  Profile: builtin',
    ' cgroupns',
    ...machineLines(facts),
  ];
  return `${lines.map((line) => ` ${line}\n`).join('')}\n`;
}

function machineLines(facts: InfoJson): string[] {
  return [
    `Kernel Version: ${facts.KernelVersion}`,
    `Operating System: ${facts.OperatingSystem}`,
    `OSType: ${facts.OSType}`,
    `Architecture: ${facts.Architecture}`,
    `CPUs: ${facts.NCPU}`,
    `Total Memory: ${bytesSize(facts.MemTotal)}`,
    `Name: ${facts.Name}`,
    `ID: ${facts.ID}`,
    `Docker Root Dir: ${facts.DockerRootDir}`,
    `Debug Mode: ${facts.Debug}`,
    ...(facts.Labels.length > 0 ? ['Labels:', ...facts.Labels.map((label) => ` ${label}`)] : []),
    `Experimental: ${facts.ExperimentalBuild}`,
    'Insecure Registries:',
    ...facts.RegistryConfig.InsecureRegistryCIDRs.map((range) => ` ${range}`),
    `Live Restore Enabled: ${facts.LiveRestoreEnabled}`,
  ];
}

function swarmLines(swarm: InfoJson['Swarm']): string[] {
  const lines = [`Swarm: ${swarm.LocalNodeState}`];
  if (swarm.LocalNodeState === 'inactive' || swarm.LocalNodeState === 'locked') return lines;
  lines.push(` NodeID: ${swarm.NodeID}`);
  if (swarm.Error !== '') lines.push(` Error: ${swarm.Error}`);
  lines.push(` Is Manager: ${swarm.ControlAvailable}`);
  if (swarm.Cluster !== undefined && swarm.Error === '') lines.push(...clusterLines(swarm, swarm.Cluster));
  lines.push(` Node Address: ${swarm.NodeAddr}`);
  const managers = (swarm.RemoteManagers ?? []).map(({ Addr }) => `  ${Addr}`).sort();
  if (managers.length > 0) lines.push(' Manager Addresses:', ...managers);
  return lines;
}

function clusterLines(swarm: InfoJson['Swarm'], cluster: NonNullable<InfoJson['Swarm']['Cluster']>): string[] {
  const { Spec } = cluster;
  return [
    ` ClusterID: ${cluster.ID}`,
    ` Managers: ${swarm.Managers}`,
    ` Nodes: ${swarm.Nodes}`,
    ` Default Address Pool: ${cluster.DefaultAddrPool.join(' ')}  `,
    ` SubnetSize: ${cluster.SubnetSize}`,
    ` Data Path Port: ${cluster.DataPathPort}`,
    ' Orchestration:',
    `  Task History Retention Limit: ${Spec.Orchestration.TaskHistoryRetentionLimit}`,
    ' Raft:',
    `  Snapshot Interval: ${Spec.Raft.SnapshotInterval}`,
    `  Number of Old Snapshots to Retain: ${Spec.Raft.KeepOldSnapshots}`,
    `  Heartbeat Tick: ${Spec.Raft.HeartbeatTick}`,
    `  Election Tick: ${Spec.Raft.ElectionTick}`,
    ' Dispatcher:',
    '  Heartbeat Period: 5 seconds',
    ' CA Configuration:',
    '  Expiry Duration: 3 months',
    '  Force Rotate: 0',
    ` Autolock Managers: ${Spec.EncryptionConfig.AutoLockManagers}`,
    ' Root Rotation In Progress: false',
  ];
}
