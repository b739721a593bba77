// What runs on an engine droplet beside the distribution's programs: its init's table, and how each service starts.

/** Where the sandbox's own scripts are, on a droplet. */
export const SCRIPTS = '/usr/lib/sandbox';

/** busybox's init starts these, again when they end, and ends them in order when it is asked to power off or reboot. */
export const INITTAB = [
  `::sysinit:${SCRIPTS}/begin`,
  `::respawn:${SCRIPTS}/ssh`,
  `::respawn:${SCRIPTS}/engine`,
  `::once:${SCRIPTS}/cloud-final`,
  `::shutdown:${SCRIPTS}/end`,
  '',
].join('\n');

/** A machine that makes images instead (images.ts). */
export const IMAGE_INITTAB = `::once:${SCRIPTS}/make-images\n`;

/** bash can wait without a process of its own; starting one costs more than it is to wait. */
export const PAUSE = 'pause() { read -rt "$1" _ <> /run/sandbox/pause; }';

const BEGIN = `#!/bin/sh
# The first stage of a boot, before anybody can log in.
rm -rf /tmp/* /tmp/.[!.]*
mkfifo /run/sandbox/pause
echo running > /run/cloud-init/state
[ -x /var/lib/cloud/instance/boot ] && /var/lib/cloud/instance/boot
if [ ! -e /var/lib/cloud/instance/sem/init ]; then
  /var/lib/cloud/instance/init
  : > /var/lib/cloud/instance/sem/init
fi
# Without a key from the user data: one of its own. The other kinds take time and no client misses them.
for key in /etc/ssh/ssh_host_*_key; do [ -e $key ] && exit; done
exec ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
`;

/** A service that systemctl stopped waits; one that starts with the machine waits for its time. */
const service = (name: string, delay: string, ready: string, start: string) => `#!/bin/bash
. /run/sandbox/boot
${PAUSE}
if [ ! -e /run/sandbox/${name}.began ]; then
  pause ${delay}
  : > /run/sandbox/${name}.began
fi
while [ -e /run/sandbox/${name}.stopped ] || ! ${ready}; do pause 0.2; done
${start}
`;

const SSH = service(
  'ssh',
  '$SSH_DELAY',
  '[ -z "$NEVER_SSH" ]',
  `# Whoever asked for this address before it was there asks again a second later, unless told that it is there now.
busybox arping -q -U -c 1 -I eth0 "$PUBLIC_ADDRESS" &
exec /usr/sbin/sshd -D -E /var/log/auth.log`,
);

const ENGINE = service(
  'docker',
  '$ENGINE_DELAY',
  'command -v dockerd > /dev/null',
  `rm -f /run/sandbox/docker.ready
${SCRIPTS}/engine-ready &
exec dockerd >> /var/log/docker.log 2>&1`,
);

const ENGINE_READY = `#!/bin/bash
# Notes when the engine answers: it takes connections long before.
${PAUSE}
until [ -S /run/docker.sock ]; do pause 0.05; done
until perl -MIO::Socket::UNIX -e '
  $engine = IO::Socket::UNIX->new(Peer => "/run/docker.sock") or exit 1;
  print $engine "GET /_ping HTTP/1.0\\r\\n\\r\\n";
  exit(<$engine> =~ / 200 / ? 0 : 1)'; do pause 0.1; done
: > /run/sandbox/docker.ready
`;

const CLOUD_FINAL = `#!/bin/bash
# The last stage of a boot: the engine, where the image has one, is up by then, as on a real droplet.
. /run/sandbox/boot
${PAUSE}
pause $ENGINE_DELAY
tries=0
while [ -n "$HAS_ENGINE" ] && [ ! -e /run/sandbox/docker.ready ] && [ $((tries++)) -lt 1200 ]; do pause 0.05; done
if [ ! -e /var/lib/cloud/instance/sem/final ]; then
  /var/lib/cloud/instance/final >> /var/log/cloud-init-output.log 2>&1
  : > /var/lib/cloud/instance/sem/final
fi
[ -s /var/lib/cloud/instance/errors ] && state=error || state=done
# Whole or not at all: somebody may read it at this moment.
echo $state > /run/cloud-init/state.new && mv /run/cloud-init/state.new /run/cloud-init/state
`;

const END = `#!/bin/sh
# Powering off: containers get the time that the engine gives them.
pid=$(cat /run/docker.pid 2> /dev/null) || exit 0
kill "$pid" 2> /dev/null
tries=0
while [ -d "/proc/$pid" ] && [ $tries -lt 150 ]; do sleep 0.1; tries=$((tries + 1)); done
exit 0
`;

const SYSTEMCTL = `#!/bin/sh
# Belt's sandbox: its droplets have no systemd. What one says to it about ssh and docker is done all the same.
verb=$1
[ $# -gt 0 ] && shift
code=0
for unit; do
  case $unit in
    -*) continue ;;
    ssh|sshd|ssh.service|sshd.service) name=ssh pid=/run/sshd.pid ;;
    docker|docker.service) name=docker pid=/run/docker.pid ;;
    docker.socket|containerd|containerd.service) continue ;;
    *) echo "Failed to $verb $unit: Unit $unit not found." >&2; code=5; continue ;;
  esac
  running() { [ -s $pid ] && kill -0 "$(cat $pid)" 2> /dev/null; }
  case $verb in
    start) rm -f /run/sandbox/$name.stopped ;;
    stop) touch /run/sandbox/$name.stopped; running && kill "$(cat $pid)"; while running; do sleep 0.1; done ;;
    restart|try-restart) running && kill "$(cat $pid)"; while running; do sleep 0.1; done; rm -f /run/sandbox/$name.stopped ;;
    reload|reload-or-restart) running && kill -HUP "$(cat $pid)" ;;
    enable|disable|unmask) ;;
    is-active) if running; then echo active; else echo inactive; code=3; fi ;;
    *) echo "systemctl: '$verb' is not there in belt's sandbox" >&2; exit 1 ;;
  esac
done
exit $code
`;

/** A word to init: `reboot` and its like, whose own programs talk to systemd. */
const toInit = (applet: string) => `#!/bin/sh\nexec /usr/bin/busybox ${applet}\n`;

const SHUTDOWN = `#!/bin/sh
case " $* " in *' -r '*|*' --reboot '*) exec /usr/bin/busybox reboot ;; esac
exec /usr/bin/busybox poweroff
`;

/** Where each file is on a droplet, below /usr. All can be executed. */
export const SERVICE_FILES: Record<string, string> = {
  'lib/sandbox/begin': BEGIN,
  'lib/sandbox/ssh': SSH,
  'lib/sandbox/engine': ENGINE,
  'lib/sandbox/engine-ready': ENGINE_READY,
  'lib/sandbox/cloud-final': CLOUD_FINAL,
  'lib/sandbox/end': END,
  'bin/systemctl': SYSTEMCTL,
  'sbin/halt': toInit('poweroff'),
  'sbin/poweroff': toInit('poweroff'),
  'sbin/reboot': toInit('reboot'),
  'sbin/shutdown': SHUTDOWN,
};
