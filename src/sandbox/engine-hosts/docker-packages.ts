// https://download.docker.com and https://get.docker.com, as droplets see them.
import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { attempt } from '../attempt.ts';

/** Takes its version as the real one does (https://github.com/docker/docker-install), and only supports Debian. */
const GET_DOCKER = `#!/bin/sh
set -e
# The part of Docker's own script that belt's sandbox plays.
. /etc/os-release
export DEBIAN_FRONTEND=noninteractive
mkdir -p /etc/apt/keyrings
curl -fsSL https://download.docker.com/linux/$ID/gpg -o /etc/apt/keyrings/docker.asc
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/$ID $VERSION_CODENAME stable" > /etc/apt/sources.list.d/docker.list
apt-get -qq update
version=
if [ -n "$VERSION" ]; then
  version=$(apt-cache madison docker-ce | grep ":$VERSION" | head -n 1 | cut -d'|' -f2 | tr -d ' ')
  [ -n "$version" ] || { echo "ERROR: '$VERSION' not found amongst apt-cache madison results" >&2; exit 1; }
  version="=$version"
fi
apt-get -y -qq install "docker-ce$version" "docker-ce-cli$version" containerd.io docker-compose-plugin docker-buildx-plugin
`;

/** Answers for both names; `folder` holds the repository. */
export const answerDocker = (folder: string) => (request: IncomingMessage, response: ServerResponse) => {
  if (request.headers.host === 'get.docker.com') return void response.end(GET_DOCKER);
  const url = attempt(() => decodeURIComponent(request.url ?? '')) ?? '';
  const path = /^\/linux\/debian\/([\w.+~:/-]*)$/.exec(url)?.[1];
  const file = path === undefined || path.includes('..') ? undefined : join(folder, path);
  const size = file === undefined ? undefined : sizeOf(file);
  if (file === undefined || size === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': size });
  if (request.method === 'HEAD') return void response.end();
  createReadStream(file).pipe(response);
};

function sizeOf(file: string): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}
