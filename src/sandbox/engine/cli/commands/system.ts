// `docker version` and `docker info`: what client and engine report about themselves; and the engine's API on a stream.
import { Duplex, Writable } from 'node:stream';
import { info as engineInfo } from '../../api/system.ts';
import { Failure } from '../../failure.ts';
import { ENGINE } from '../../version.ts';
import { type Commands, NONE, type Run } from '../command.ts';
import { lines, one } from '../format.ts';

export const CANNOT_CONNECT =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

const { version: Version, apiVersion: ApiVersion, goVersion: GoVersion, os: Os, arch: Arch } = ENGINE;
const CLIENT = { Version, ApiVersion, GoVersion, GitCommit: ENGINE.clientCommit, Os, Arch, Context: 'default' };
const SERVER = { Version, ApiVersion, GoVersion, GitCommit: ENGINE.engineCommit, Os, Arch };

/** Facts under each other. */
const aligned = (indent: string, facts: Record<string, string>): string[] =>
  Object.entries(facts).map(([name, fact]) => `${indent}${name}:`.padEnd(20) + fact);

const facts = (commit: string, built: string, oldest = '') => ({
  Version,
  'API version': ApiVersion + oldest,
  'Go version': GoVersion,
  'Git commit': commit,
  Built: built,
  'OS/Arch': `${Os}/${Arch}`,
});
const clientFacts = { ...facts(ENGINE.clientCommit, 'Fri May 30 12:07:14 2025'), Context: 'default' };
const oldest = ` (minimum version ${ENGINE.minApiVersion})`;
const serverFacts = { ...facts(ENGINE.engineCommit, 'Fri May 30 12:07:26 2025', oldest), Experimental: 'false' };
const CLIENT_TEXT = ['Client: Docker Engine - Community', ...aligned(' ', clientFacts)];
const SERVER_TEXT = ['', 'Server: Docker Engine - Community', ' Engine:', ...aligned('  ', serverFacts)];

const version: Run = async (call) => {
  const { engine, process } = call;
  const format = call.text('format');
  const both = { Client: CLIENT, Server: engine.up ? SERVER : null };
  const text = () => lines([...CLIENT_TEXT, ...(engine.up ? SERVER_TEXT : [])]);
  await process.out(format === undefined ? text() : one(call, format, both));
  if (!engine.up) throw new Failure(CANNOT_CONNECT);
  return '';
};

const info: Run = (call) => {
  const about = engineInfo(call.engine);
  const format = call.text('format');
  if (format !== undefined) return one(call, format, about);
  const { LocalNodeState, NodeID, ControlAvailable, Cluster } = about.Swarm;
  const autolock = Cluster?.Spec.EncryptionConfig.AutoLockManagers;
  return lines([
    'Server:',
    ` Server Version: ${about.ServerVersion}`,
    ` Swarm: ${LocalNodeState}`,
    ...(NodeID === '' ? [] : [`  NodeID: ${NodeID}`, `  Is Manager: ${ControlAvailable}`]),
    ...(Cluster === undefined ? [] : [`  ClusterID: ${Cluster.ID}`, `  Autolock Managers: ${autolock}`]),
    ` Operating System: ${about.OperatingSystem}`,
    ` CPUs: ${about.NCPU}`,
    ` Name: ${about.Name}`,
  ]);
};

/** The Engine API on stdin and stdout. */
const dialStdio: Run = ({ engine, process, http }) => {
  const writable = new Writable({ write: (chunk, _encoding, done) => void process.out(chunk).then(() => done()) });
  const connection = Duplex.from({ readable: process.stdin, writable });
  http.serve(engine, connection);
  return new Promise((resolve) => connection.once('close', () => resolve('')));
};

export const SYSTEM: Commands = {
  version: [NONE, 'f,format=', version],
  info: [NONE, 'f,format=', info],
  // Nothing is reported; a signal ends it.
  events: [NONE, 'f,filter=', () => new Promise(() => {})],
  'system dial-stdio': [NONE, '', dialStdio],
};
