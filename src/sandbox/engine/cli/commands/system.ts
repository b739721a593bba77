// `docker version` and `docker info`: what client and engine say of themselves.

import { info as engineInfo } from '../../api/system.ts';
import { ENGINE } from '../../version.ts';
import { Failure, type Run } from '../command.ts';
import { lines, one } from '../format.ts';

export const CANNOT_CONNECT =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

const ABOUT = {
  Version: ENGINE.version,
  ApiVersion: ENGINE.apiVersion,
  GoVersion: ENGINE.goVersion,
  GitCommit: ENGINE.clientCommit,
  BuildTime: 'Fri May 30 12:07:14 2025',
  Os: ENGINE.os,
  Arch: ENGINE.arch,
};
const CLIENT = { ...ABOUT, Context: 'default' };
const SERVER = { ...ABOUT, GitCommit: ENGINE.engineCommit, BuildTime: 'Fri May 30 12:07:26 2025' };

const texts = (about: Record<keyof typeof ABOUT, string>, oldest = ''): [label: string, text: string][] => [
  ['Version', about.Version],
  ['API version', about.ApiVersion + oldest],
  ['Go version', about.GoVersion],
  ['Git commit', about.GitCommit],
  ['Built', about.BuildTime],
  ['OS/Arch', `${about.Os}/${about.Arch}`],
];

/** Lines whose texts stand under each other. */
const aligned = (indent: string, rows: [label: string, text: string][]): string[] =>
  rows.map(([label, text]) => `${indent}${label}:`.padEnd(20) + text);

const CLIENT_TEXT = ['Client: Docker Engine - Community', ...aligned(' ', [...texts(CLIENT), ['Context', 'default']])];
const SERVER_TEXT = [
  '',
  'Server: Docker Engine - Community',
  ' Engine:',
  ...aligned('  ', [...texts(SERVER, ` (minimum version ${ENGINE.minApiVersion})`), ['Experimental', 'false']]),
];

export const version: Run = async (call) => {
  const { engine, process } = call;
  const format = call.text('format');
  const both = { Client: CLIENT, Server: engine.up ? SERVER : null };
  const text = () => lines([...CLIENT_TEXT, ...(engine.up ? SERVER_TEXT : [])]);
  await process.out(format === undefined ? text() : one(call, format, both));
  if (!engine.up) throw new Failure(CANNOT_CONNECT);
  return '';
};

export const info: Run = (call) => {
  const facts = engineInfo(call.engine);
  const format = call.text('format');
  if (format !== undefined) return one(call, format, facts);
  const { LocalNodeState, NodeID, ControlAvailable, Cluster } = facts.Swarm;
  const autolock = Cluster?.Spec.EncryptionConfig.AutoLockManagers;
  return lines([
    'Server:',
    ` Server Version: ${facts.ServerVersion}`,
    ` Swarm: ${LocalNodeState}`,
    ...(NodeID === '' ? [] : [`  NodeID: ${NodeID}`, `  Is Manager: ${ControlAvailable}`]),
    ...(Cluster === undefined ? [] : [`  ClusterID: ${Cluster.ID}`, `  Autolock Managers: ${autolock}`]),
    ` Operating System: ${facts.OperatingSystem}`,
    ` CPUs: ${facts.NCPU}`,
    ` Name: ${facts.Name}`,
  ]);
};
