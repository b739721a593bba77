// `apt-get` on an engine droplet. The sandbox has no network: a droplet whose image hides the engine finds it, as the
// one package that can be installed there, in a read-only view of the machine's own programs.

/** What the engine's packages bring, below /usr. */
export const ENGINE_PROGRAMS = [
  ...['docker', 'dockerd', 'docker-proxy', 'docker-init', 'runc', 'ctr'],
  ...['containerd', 'containerd-shim', 'containerd-shim-runc-v1', 'containerd-shim-runc-v2'],
].flatMap((name) => [`bin/${name}`, `sbin/${name}`]);

/** Where a droplet without the engine sees the machine's /usr (boot.ts). */
const ARCHIVES = '/var/cache/apt/archives';

export const APT_GET = `#!/bin/sh
# Belt's sandbox has no network. This apt-get installs the engine from the machine's own disk; anything else is not found.
verb= code=0 wanted=
for word; do
  case $word in
    -*|*=*|Dpkg::*|[0-9]) ;;
    *) [ -z "$verb" ] && verb=$word || wanted="$wanted $word" ;;
  esac
done
case $verb in
  update|upgrade|dist-upgrade|clean|autoremove|autoclean) echo 'Reading package lists... Done'; exit 0 ;;
  install) ;;
  *) echo "E: Invalid operation $verb" >&2; exit 100 ;;
esac
for package in $wanted; do
  case $package in
    docker.io|docker-ce|docker-ce-cli|containerd|containerd.io|moby-engine) ;;
    *) dpkg-query -W "$package" > /dev/null 2>&1 || command -v "$package" > /dev/null || {
         echo "E: Unable to locate package $package" >&2; exit 100; } ;;
  esac
done
for package in $wanted; do
  case $package in docker.io|docker-ce|moby-engine) ;; *) continue ;; esac
  command -v dockerd > /dev/null && { echo "$package is already the newest version."; continue; }
  echo "Setting up $package ..."
  for file in ${ENGINE_PROGRAMS.filter((file) => !file.endsWith('/dockerd')).join(' ')} ${'bin/dockerd sbin/dockerd'}; do
    [ -e ${ARCHIVES}/$file ] && cp -a ${ARCHIVES}/$file /usr/$file
  done
  # Installed means started, as the package does it.
  tries=0
  until [ -e /run/sandbox/docker.ready ] || [ $tries -ge 600 ]; do sleep 0.05; tries=$((tries + 1)); done
done
exit 0
`;
