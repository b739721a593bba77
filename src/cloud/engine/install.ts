// The part of user data that installs Docker where the image has none. A script of cloud-init's last stage: an exit code
// other than 0 makes `cloud-init status` say error, and what it prints is in /var/log/cloud-init-output.log.
import { ENGINE_PLUGINS, type EngineSpec } from '../../config/cluster/types.ts';
import { quoteWord } from '../../quote.ts';
import { CONFIGURE } from './daemon.ts';
import { CLOSE_METADATA } from './hook.ts';
import { holdEngine } from './upgrades.ts';

/** Seconds that apt waits for the lock: a fresh droplet may be busy with its own upgrades. */
const LOCK_SECONDS = 300;
/** apt does not wait for the lock on its lists; a mirror or the network may not be up yet. */
const TRIES = 10;
const PAUSE_SECONDS = 6;

const HEAD = [
  '#!/bin/sh',
  '# belt: Docker, where the image has none. An image that has it is left alone.',
  `say() { echo "belt: $*"; }`,
  `fail() { say "Docker could not be installed: $*" >&2; exit 1; }`,
  '# Runs a command until it succeeds, some times.',
  'attempt() {',
  '  tries=1',
  '  until "$@"; do',
  `    [ "$tries" -ge ${TRIES} ] && return 1`,
  `    say "retrying in ${PAUSE_SECONDS} s: $*"`,
  '    tries=$((tries + 1))',
  `    sleep ${PAUSE_SECONDS}`,
  '  done',
  '}',
  'fetch() {',
  '  if command -v curl > /dev/null 2>&1; then curl -fsSL --connect-timeout 20 --max-time 120 -o "$2" "$1"',
  '  else wget -q -T 20 -t 1 -O "$2" "$1"; fi',
  '}',
  `apt() { apt-get -o DPkg::Lock::Timeout=${LOCK_SECONDS} "$@"; }`,
  'command -v dockerd > /dev/null 2>&1 && { say "Docker is already installed: left unchanged"; exit 0; }',
  'export DEBIAN_FRONTEND=noninteractive',
];

const TAIL = [
  `command -v dockerd > /dev/null 2>&1 || fail "dockerd is missing after the installation"`,
  '# iptables may have come with it.',
  ...CLOSE_METADATA,
  '# What depends on the version of the engine can be known only now.',
  `sh ${CONFIGURE}`,
  'say "installed $(dockerd --version)"',
  '',
];

/** The script. Installs the newest version with the wanted prefix, or the newest of all. */
export function installScript(engine: EngineSpec): string {
  const { version = '', installUrl } = engine;
  const how = installUrl === undefined ? fromRepository(engine) : fromScript(installUrl, engine);
  return [...HEAD, `version=${quoteWord(version)}`, ...how, ...TAIL].join('\n');
}

/** A script that takes its version as https://get.docker.com does. A file, because half a script must not be run. */
const fromScript = (url: string, engine: EngineSpec): string[] => [
  `url=${quoteWord(url)}`,
  'script=$(mktemp) config=$(mktemp)',
  '# The script calls apt by itself: this has it wait too.',
  `echo 'DPkg::Lock::Timeout "${LOCK_SECONDS}";' > "$config"`,
  'attempt fetch "$url" "$script" || fail "cannot fetch $url"',
  'VERSION="$version" APT_CONFIG="$config" sh "$script" || fail "the script from $url failed"',
  // It may have installed another way than by apt.
  ...holdEngine(engine).map((line) => `if command -v apt-mark > /dev/null; then ${line}; fi`),
];

/** Docker's own instructions for Debian and Ubuntu (https://docs.docker.com/engine/install/ubuntu/). */
const fromRepository = (engine: EngineSpec): string[] => [
  '. /etc/os-release',
  'case $ID in',
  '  debian|ubuntu) ;;',
  '  *) fail "there are no packages for $PRETTY_NAME: choose an image with Docker, or set engine.install_url" ;;',
  'esac',
  'from=https://download.docker.com/linux/$ID key=/etc/apt/keyrings/docker.asc',
  'mkdir -p /etc/apt/keyrings /etc/apt/sources.list.d',
  'attempt fetch "$from/gpg" "$key" || fail "cannot fetch $from/gpg"',
  'chmod a+r "$key"',
  'echo "deb [arch=$(dpkg --print-architecture) signed-by=$key] $from $VERSION_CODENAME stable" > /etc/apt/sources.list.d/docker.list',
  "# Another repository's trouble does not matter, and a lock or the network may: what counts is that Docker is listed.",
  'listed() { apt update -q; [ -n "$(apt-cache madison docker-ce)" ]; }',
  'attempt listed || fail "$from has no packages for $VERSION_CODENAME, or is unreachable"',
  '# The newest of a package that begins with the version: 5:28.2.2-1~ubuntu.24.04~noble for 28, 28.2 and 28.2.2.',
  'pick() {',
  '  apt-cache madison "$1" | while IFS=\' |\' read -r _ found _; do',
  '    case $found in *:"$version"[.-]*) echo "=$found"; break ;; esac',
  '  done',
  '}',
  'engine= client=',
  'if [ -n "$version" ]; then',
  '  engine=$(pick docker-ce) client=$(pick docker-ce-cli)',
  `  there=$(apt-cache madison docker-ce | cut -d'|' -f2 | sed 's/^ *[0-9]*://; s/-.*//' | head -n 8 | tr '\\n' ' ')`,
  '  [ -n "$engine" ] || fail "no version $version for $PRETTY_NAME; available: ${there:-none}"',
  'fi',
  '# What the repository does not have for a distribution is no reason to be without an engine.',
  `plugins=; for plugin in ${pluginPackages(engine).join(' ')}; do`,
  '  [ -z "$(apt-cache madison "$plugin")" ] || plugins="$plugins $plugin"',
  'done',
  'attempt apt install -y -q "docker-ce$engine" "docker-ce-cli$client" containerd.io $plugins || fail "apt-get install failed"',
  ...holdEngine(engine),
];

/** `docker compose` and `docker buildx`, unless the file says which. */
const pluginPackages = ({ plugins = ENGINE_PLUGINS }: EngineSpec): string[] =>
  plugins.map((name) => `docker-${name}-plugin`);
