// `docker version`.

import { version as serverVersion } from '../../api/system.ts';
import { ENGINE } from '../../version.ts';
import { VERSION } from '../format/goTypes.ts';
import { templateText } from '../format/one.ts';
import { type Command, Failure, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';

const client = {
  Version: ENGINE.version,
  ApiVersion: ENGINE.apiVersion,
  DefaultAPIVersion: ENGINE.apiVersion,
  GitCommit: ENGINE.clientCommit,
  GoVersion: ENGINE.goVersion,
  Os: ENGINE.os,
  Arch: ENGINE.arch,
  BuildTime: 'Fri May 30 12:07:14 2025',
  Context: 'default',
};

const CLIENT_TEXT = `Client: Docker Engine - Community
 Version:           ${ENGINE.version}
 API version:       ${ENGINE.apiVersion}
 Go version:        ${ENGINE.goVersion}
 Git commit:        ${ENGINE.clientCommit}
 Built:             ${client.BuildTime}
 OS/Arch:           ${ENGINE.os}/${ENGINE.arch}
 Context:           default
`;

const SERVER_TEXT = `
Server: Docker Engine - Community
 Engine:
  Version:          ${ENGINE.version}
  API version:      ${ENGINE.apiVersion} (minimum version ${ENGINE.minApiVersion})
  Go version:       ${ENGINE.goVersion}
  Git commit:       ${ENGINE.engineCommit}
  Built:            Fri May 30 12:07:26 2025
  OS/Arch:          ${ENGINE.os}/${ENGINE.arch}
  Experimental:     false
 containerd:
  Version:          ${ENGINE.containerd.version}
  GitCommit:        ${ENGINE.containerd.commit}
 runc:
  Version:          ${ENGINE.runc.version}
  GitCommit:        ${ENGINE.runc.commit}
 docker-init:
  Version:          ${ENGINE.init.version}
  GitCommit:        ${ENGINE.init.commit}
`;

export const CANNOT_CONNECT =
  'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';

export const version: Command = {
  ...told('version'),
  arity: none,
  withoutEngine: true,
  async run({ engine, process, values }) {
    const format = values.text('format');
    if (format === undefined) await process.out(CLIENT_TEXT + (engine.up ? SERVER_TEXT : ''));
    else {
      const both = { Client: client, Server: engine.up ? serverVersion() : null };
      await templateText(process, both, { format, name: 'version', type: VERSION });
    }
    if (!engine.up) throw new Failure(CANNOT_CONNECT);
    return 0;
  },
};
