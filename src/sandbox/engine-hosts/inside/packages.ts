// `apt-get` on an engine droplet. The sandbox has no network: a droplet whose image hides the engine finds it, as the
// one package that can be installed there, in a read-only view of the machine's own programs.

/** What the engine's packages bring, below /usr. */
export const ENGINE_PROGRAMS = [
  ...['docker', 'dockerd', 'docker-proxy', 'docker-init', 'runc', 'ctr'],
  ...['containerd', 'containerd-shim', 'containerd-shim-runc-v1', 'containerd-shim-runc-v2'],
].flatMap((name) => [`bin/${name}`, `sbin/${name}`]);

/** Where a droplet without the engine sees the machine's /usr (boot.ts). */
const ARCHIVES = '/var/cache/apt/archives';
/** Where it has the storage with the sandbox's images until the engine comes (templates.ts), below its root. */
export const STORAGE = 'var/cache/apt/docker';

/** Says which version the machine's package has, as Docker's repository would: the sandbox's version is that one. */
const AVAILABLE = `available() {
  . /etc/os-release
  for file in /usr/sbin/dockerd /usr/bin/dockerd ${ARCHIVES}/sbin/dockerd ${ARCHIVES}/bin/dockerd; do
    [ -e $file ] && { echo "5:$($file --version | sed 's/^Docker version \\([0-9.]*\\).*/\\1/')-1~$ID.$VERSION_ID~$VERSION_CODENAME"; return; }
  done
}`;

export const APT_GET = `#!/bin/sh
# Belt's sandbox has no network. This apt-get installs the engine from the machine's own disk; anything else is not found.
${AVAILABLE}
verb= wanted= value=
for word; do
  [ -n "$value" ] && { value=; continue; }
  case $word in
    -o|-c|-t) value=1 ;;
    -*|[0-9]) ;;
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
    docker-ce=*|docker-ce-cli=*) [ "\${package#*=}" = "$(available)" ] || {
         echo "E: Version '\${package#*=}' for '\${package%%=*}' was not found" >&2; exit 100; } ;;
    docker.io|docker-ce|docker-ce-cli|containerd|containerd.io|moby-engine) ;;
    *) dpkg-query -W "$package" > /dev/null 2>&1 || command -v "$package" > /dev/null || {
         echo "E: Unable to locate package $package" >&2; exit 100; } ;;
  esac
done
for package in $wanted; do
  package=\${package%%=*}
  case $package in docker.io|docker-ce|moby-engine) ;; *) continue ;; esac
  command -v dockerd > /dev/null && { echo "$package is already the newest version."; continue; }
  echo "Setting up $package ..."
  rmdir /var/lib/docker && mv /${STORAGE} /var/lib/docker
  for file in ${ENGINE_PROGRAMS.filter((file) => !file.endsWith('/dockerd')).join(' ')} ${'bin/dockerd sbin/dockerd'}; do
    [ -e ${ARCHIVES}/$file ] && cp -a ${ARCHIVES}/$file /usr/$file
  done
  # Installed means started, as the package does it.
  tries=0
  until [ -e /run/sandbox/docker.ready ] || [ $tries -ge 600 ]; do sleep 0.05; tries=$((tries + 1)); done
done
exit 0
`;

export const APT_CACHE = `#!/bin/sh
# Belt's sandbox has no network. Once Docker's repository is among apt's sources, it has the machine's own version.
${AVAILABLE}
grep -qs download.docker.com /etc/apt/sources.list /etc/apt/sources.list.d/* || exit 0
[ "$1" = madison ] || { echo "E: Invalid operation $1" >&2; exit 100; }
shift
for package; do
  case $package in
    docker-ce|docker-ce-cli) . /etc/os-release
      echo " $package | $(available) | https://download.docker.com/linux/$ID $VERSION_CODENAME/stable amd64 Packages" ;;
  esac
done
`;

/** The machine's own curl, where this one hands on. */
export const REAL_CURL = 'lib/sandbox/curl';

export const CURL = `#!/bin/sh
# Belt's sandbox has no network. This curl has what an installation of Docker fetches; the rest is the machine's curl's.
url= to=/dev/stdout value=
for word; do
  case $value in -o) to=$word ;; esac
  [ -n "$value" ] && { value=; continue; }
  case $word in
    -o|--output) value=-o ;;
    --connect-timeout|--max-time|--retry|--retry-delay|-m) value=$word ;;
    -*) ;;
    *) url=$word ;;
  esac
done
case $url in
  https://download.docker.com/linux/*/gpg) echo "The sandbox's key: its apt-get checks none." > "$to" ;;
  https://get.docker.com|https://get.docker.com/)
    cat > "$to" << 'END'
set -e
mkdir -p /etc/apt/sources.list.d
echo 'deb https://download.docker.com/linux/debian stable' > /etc/apt/sources.list.d/docker.list
found=$(apt-cache madison docker-ce | cut -d'|' -f2 | tr -d ' ')
case $found in *:"$VERSION"*) ;; *) echo "ERROR: '$VERSION' not found amongst apt-cache madison results" >&2; exit 1 ;; esac
apt-get -y -qq install "docker-ce=$found" "docker-ce-cli=$found" containerd.io
END
    ;;
  *) [ -x /usr/${REAL_CURL} ] && exec /usr/${REAL_CURL} "$@"
    echo "curl: (6) Could not resolve host: $url" >&2
    exit 6 ;;
esac
`;
