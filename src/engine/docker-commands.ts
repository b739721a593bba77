// The commands of docker 28 with their options, from the help of its own client (a test compares the two). Pure.

/** A command's names, then its switches, then `|`, then the options that take a value; `name:n` has the shorthand `-n`. */
const TABLE = `
builder prune: all:a force:f | filter keep-storage
checkpoint create: leave-running | checkpoint-dir
checkpoint ls, checkpoint list: | checkpoint-dir
checkpoint rm, checkpoint remove: | checkpoint-dir
config create: | label:l template-driver
config inspect: pretty | format:f
config ls, config list: quiet:q | filter:f format
config rm, config remove: |
container attach, attach: no-stdin sig-proxy | detach-keys
container commit, commit: pause:p | author:a change:c message:m
container cp, cp: archive:a follow-link:L quiet:q |
container create, create: disable-content-trust init interactive:i no-healthcheck oom-kill-disable privileged
  publish-all:P quiet:q read-only rm tty:t use-api-socket | add-host annotation attach:a blkio-weight
  blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota
  cpu-rt-period cpu-rt-runtime cpu-shares:c cpus cpuset-cpus cpuset-mems device device-cgroup-rule device-read-bps
  device-read-iops device-write-bps device-write-iops dns dns-option dns-search domainname entrypoint env:e env-file
  expose gpus group-add health-cmd health-interval health-retries health-start-interval health-start-period
  health-timeout hostname:h io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label:l label-file link
  link-local-ip log-driver log-opt mac-address memory:m memory-reservation memory-swap memory-swappiness mount name
  network network-alias oom-score-adj pid pids-limit platform publish:p pull restart runtime security-opt shm-size
  stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user:u userns uts volume:v volume-driver volumes-from
  workdir:w
container diff, diff: |
container exec, exec: detach:d interactive:i privileged tty:t | detach-keys env:e env-file user:u workdir:w
container export, export: | output:o
container inspect: size:s | format:f
container kill, kill: | signal:s
container logs, logs: details follow:f timestamps:t | since tail:n until
container ls, container list, container ps, ps: all:a latest:l no-trunc quiet:q size:s | filter:f format last:n
container pause, pause: |
container port, port: |
container prune: force:f | filter
container rename, rename: |
container restart, restart: | signal:s timeout:t
container rm, container remove, rm: force:f link:l volumes:v |
container run, run: detach:d disable-content-trust init interactive:i no-healthcheck oom-kill-disable privileged
  publish-all:P quiet:q read-only rm sig-proxy tty:t use-api-socket | add-host annotation attach:a blkio-weight
  blkio-weight-device cap-add cap-drop cgroup-parent cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota
  cpu-rt-period cpu-rt-runtime cpu-shares:c cpus cpuset-cpus cpuset-mems detach-keys device device-cgroup-rule
  device-read-bps device-read-iops device-write-bps device-write-iops dns dns-option dns-search domainname
  entrypoint env:e env-file expose gpus group-add health-cmd health-interval health-retries health-start-interval
  health-start-period health-timeout hostname:h io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory
  label:l label-file link link-local-ip log-driver log-opt mac-address memory:m memory-reservation memory-swap
  memory-swappiness mount name network network-alias oom-score-adj pid pids-limit platform publish:p pull restart
  runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs ulimit user:u userns uts volume:v
  volume-driver volumes-from workdir:w
container start, start: attach:a interactive:i | checkpoint checkpoint-dir detach-keys
container stats, stats: all:a no-stream no-trunc | format
container stop, stop: | signal:s timeout:t
container top, top: |
container unpause, unpause: |
container update, update: | blkio-weight cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares:c cpus
  cpuset-cpus cpuset-mems memory:m memory-reservation memory-swap pids-limit restart
container wait, wait: |
context create: | description docker from
context export: |
context import: |
context inspect: | format:f
context ls, context list: quiet:q | format
context rm, context remove: force:f |
context show: |
context update: | description docker
context use: |
image build, build, builder build: compress disable-content-trust force-rm no-cache pull quiet:q rm squash |
  add-host build-arg cache-from cgroup-parent cpu-period cpu-quota cpu-shares:c cpuset-cpus cpuset-mems file:f
  iidfile isolation label memory:m memory-swap network platform security-opt shm-size tag:t target ulimit
image history, history: human:H no-trunc quiet:q | format platform
image import, import: | change:c message:m platform
image inspect: | format:f platform
image load, load: quiet:q | input:i platform
image ls, image list, images: all:a digests no-trunc quiet:q tree | filter:f format
image prune: all:a force:f | filter
image pull, pull: all-tags:a disable-content-trust quiet:q | platform
image push, push: all-tags:a disable-content-trust quiet:q | platform
image rm, image remove, rmi: force:f no-prune | platform
image save, save: | output:o platform
image tag, tag: |
inspect: size:s | format:f type
login: password-stdin | password:p username:u
logout: |
manifest annotate: | arch os os-features os-version variant
manifest create: amend:a insecure |
manifest inspect: insecure verbose:v |
manifest push: insecure purge:p |
manifest rm: |
network connect: | alias driver-opt gw-priority ip ip6 link link-local-ip
network create: attachable config-only ingress internal ipv4 ipv6 | aux-address config-from driver:d gateway
  ip-range ipam-driver ipam-opt label opt:o scope subnet
network disconnect: force:f |
network inspect: verbose:v | format:f
network ls, network list: no-trunc quiet:q | filter:f format
network prune: force:f | filter
network rm, network remove: force:f |
node demote: |
node inspect: pretty | format:f
node ls, node list: quiet:q | filter:f format
node promote: |
node ps: no-resolve no-trunc quiet:q | filter:f format
node rm, node remove: force:f |
node update: | availability label-add label-rm role
plugin create: compress |
plugin disable: force:f |
plugin enable: | timeout
plugin inspect: | format:f
plugin install: disable disable-content-trust grant-all-permissions | alias
plugin ls, plugin list: no-trunc quiet:q | filter:f format
plugin push: disable-content-trust |
plugin rm, plugin remove: force:f |
plugin set: |
plugin upgrade: disable-content-trust grant-all-permissions skip-remote-check |
search: no-trunc | filter:f format limit
secret create: | driver:d label:l template-driver
secret inspect: pretty | format:f
secret ls, secret list: quiet:q | filter:f format
secret rm, secret remove: |
service create: detach:d init no-healthcheck no-resolve-image quiet:q read-only tty:t with-registry-auth | cap-add
  cap-drop config constraint container-label credential-spec dns dns-option dns-search endpoint-mode entrypoint
  env:e env-file generic-resource group health-cmd health-interval health-retries health-start-interval
  health-start-period health-timeout host hostname isolation label:l limit-cpu limit-memory limit-pids log-driver
  log-opt max-concurrent mode mount name network oom-score-adj placement-pref publish:p replicas
  replicas-max-per-node reserve-cpu reserve-memory restart-condition restart-delay restart-max-attempts
  restart-window rollback-delay rollback-failure-action rollback-max-failure-ratio rollback-monitor rollback-order
  rollback-parallelism secret stop-grace-period stop-signal sysctl ulimit update-delay update-failure-action
  update-max-failure-ratio update-monitor update-order update-parallelism user:u workdir:w
service inspect: pretty | format:f
service logs: details follow:f no-resolve no-task-ids no-trunc raw timestamps:t | since tail:n
service ls, service list: quiet:q | filter:f format
service ps: no-resolve no-trunc quiet:q | filter:f format
service rm, service remove: |
service rollback: detach:d quiet:q |
service scale: detach:d |
service update: detach:d force init no-healthcheck no-resolve-image quiet:q read-only rollback tty:t
  with-registry-auth | args cap-add cap-drop config-add config-rm constraint-add constraint-rm container-label-add
  container-label-rm credential-spec dns-add dns-option-add dns-option-rm dns-rm dns-search-add dns-search-rm
  endpoint-mode entrypoint env-add env-rm generic-resource-add generic-resource-rm group-add group-rm health-cmd
  health-interval health-retries health-start-interval health-start-period health-timeout host-add host-rm hostname
  image isolation label-add label-rm limit-cpu limit-memory limit-pids log-driver log-opt max-concurrent mount-add
  mount-rm network-add network-rm oom-score-adj placement-pref-add placement-pref-rm publish-add publish-rm replicas
  replicas-max-per-node reserve-cpu reserve-memory restart-condition restart-delay restart-max-attempts
  restart-window rollback-delay rollback-failure-action rollback-max-failure-ratio rollback-monitor rollback-order
  rollback-parallelism secret-add secret-rm stop-grace-period stop-signal sysctl-add sysctl-rm ulimit-add ulimit-rm
  update-delay update-failure-action update-max-failure-ratio update-monitor update-order update-parallelism user:u
  workdir:w
stack config: skip-interpolation | compose-file:c
stack deploy, stack up: detach:d prune quiet:q with-registry-auth | compose-file:c resolve-image
stack ls, stack list: | format
stack ps: no-resolve no-trunc quiet:q | filter:f format
stack rm, stack down, stack remove: detach:d |
stack services: quiet:q | filter:f format
swarm ca: detach:d quiet:q rotate | ca-cert ca-key cert-expiry external-ca
swarm init: autolock force-new-cluster | advertise-addr availability cert-expiry data-path-addr data-path-port
  default-addr-pool default-addr-pool-mask-length dispatcher-heartbeat external-ca listen-addr max-snapshots
  snapshot-interval task-history-limit
swarm join: | advertise-addr availability data-path-addr listen-addr token
swarm join-token: quiet:q rotate |
swarm leave: force:f |
swarm unlock: |
swarm unlock-key: quiet:q rotate |
swarm update: autolock | cert-expiry dispatcher-heartbeat external-ca max-snapshots snapshot-interval
  task-history-limit
system df: verbose:v | format
system events, events: | filter:f format since until
system info, info: | format:f
system prune: all:a force:f volumes | filter
trust inspect: pretty |
trust key generate: | dir
trust key load: | name
trust revoke: yes:y |
trust sign: local |
trust signer add: | key
trust signer remove: force:f |
version: | format:f
volume create: | availability driver:d group label limit-bytes opt:o required-bytes scope secret sharing
  topology-preferred topology-required type
volume inspect: | format:f
volume ls, volume list: cluster quiet:q | filter:f format
volume prune: all:a force:f | filter
volume rm, volume remove: force:f |
volume update: | availability
`;

/** Options that its client accepts but does not show, and those that it has if buildx is installed. */
const MORE: Readonly<Record<string, string>> = {
  'container create': '| net net-alias dns-opt',
  'container run': '| net net-alias dns-opt',
  'image build':
    'load push check debug:D | allow annotation attest build-context builder cache-to call metadata-file no-cache-filter ' +
    'output:o progress provenance sbom secret ssh',
};

/** Options before the command. */
const GLOBALS = 'debug:D tls tlsverify version:v | config context:c host:H log-level:l tlscacert tlscert tlskey';

/** Commands for which everything after the first non-option belongs to the container, or is not an option. */
const STOPS_AT_WORD: ReadonlySet<string> = new Set([
  'container commit',
  'container create',
  'container exec',
  'container run',
  'container top',
  'image tag',
  'service create',
]);

export interface CommandShape {
  /** Including its group: `container ls`, also for `ps`. */
  name: string;
  /** Long names; all of them take a value or none. */
  options: ReadonlyMap<string, 'switch' | 'value'>;
  /** The long name of each letter. */
  letters: ReadonlyMap<string, string>;
  stopsAtWord: boolean;
}

/** The options that are accepted before docker's command. */
export const globalShape = (): CommandShape => shapeOf('docker', [GLOBALS], { stopsAtWord: true });

/** The command that the words begin with, and how many of them name it; undefined where docker itself has no such command. */
export function commandAt(words: readonly string[]): { shape: CommandShape; length: number } | undefined {
  const entries = readTable();
  for (const length of [3, 2, 1]) {
    const typed = words.slice(0, length).join(' ');
    const entry = words.length >= length ? entries.find(({ names }) => names.includes(typed)) : undefined;
    if (!entry) continue;
    const [name = ''] = entry.names;
    return {
      shape: shapeOf(name, [entry.options, MORE[name] ?? '|'], { stopsAtWord: STOPS_AT_WORD.has(name) }),
      length,
    };
  }
  return undefined;
}

/** Every command's names (its full one first) and options, as the table has them. */
export function readTable(): { names: string[]; options: string }[] {
  const lines = TABLE.trim().replaceAll('\n  ', ' ').split('\n');
  return [...lines.map((line) => entryOf(line)), { names: ['system dial-stdio'], options: '|' }];
}

function entryOf(line: string): { names: string[]; options: string } {
  const at = line.indexOf(':');
  return { names: line.slice(0, at).split(', '), options: line.slice(at + 1) };
}

/** A command's shape from its options, each part as in the table above. */
export function shapeOf(
  name: string,
  tables: readonly string[],
  { stopsAtWord }: { stopsAtWord: boolean },
): CommandShape {
  // `-h` asks for help unless the command has another use for it.
  const options = new Map<string, 'switch' | 'value'>([['help', 'switch']]);
  const letters = new Map([['h', 'help']]);
  for (const table of tables) {
    for (const [index, half] of table.split('|').entries()) {
      for (const word of half.split(' ').filter(Boolean)) {
        const [long = '', letter] = word.split(':');
        options.set(long, index === 0 ? 'switch' : 'value');
        if (letter) letters.set(letter, long);
      }
    }
  }
  return { name, options, letters, stopsAtWord };
}
