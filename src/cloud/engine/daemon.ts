// What belt writes into the engine's /etc/docker/daemon.json: the engine settings of the file, and defaults for the rest
// (https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file).
import type { EngineSpec } from '../../config/cluster/types.ts';
import { quoteWord } from '../../quote.ts';

/**
 * Without a limit the log of one container fills the disk (https://docs.docker.com/engine/logging/drivers/local/). The options belong to
 * the driver: dockerd does not start with those of another one.
 */
const LOGS = { 'log-driver': 'local', 'log-opts': { 'max-size': '20m', 'max-file': '5' } };

/**
 * A droplet has a public and a VPC address, and Docker does not choose between them: without this, the plain words
 * `docker swarm init` are refused there. The interface is the VPC's, as `FIND_INTERFACE` finds it.
 */
const SWARM_OVER_VPC = { 'swarm-default-advertise-addr': 'eth1' };

/** The engine settings of the file. Without `live-restore`, which a swarm does not support. */
export function daemonConfig({ labels, registryMirrors, logDriver, logOpts }: EngineSpec): Record<string, unknown> {
  const pairs = Object.entries(labels);
  return {
    ...(pairs.length > 0 && { labels: pairs.map(([key, value]) => `${key}=${value}`) }),
    ...(registryMirrors.length > 0 && { 'registry-mirrors': registryMirrors }),
    ...(logDriver !== undefined && { 'log-driver': logDriver }),
    // An image's own options belong to its driver: another one would reject them.
    ...((logDriver !== undefined || Object.keys(logOpts).length > 0) && { 'log-opts': logOpts }),
  };
}

/** Defaults for what neither the file nor the droplet's own daemon.json sets. */
function defaultsFor({ logDriver, logOpts }: EngineSpec): Record<string, unknown> {
  const saysOfLogs = logDriver !== undefined || Object.keys(logOpts).length > 0;
  return { ...SWARM_OVER_VPC, ...(!saysOfLogs && LOGS) };
}

/** An existing daemon.json is kept except for what the file sets. Python is available, since cloud-init needs it. */
const MERGE = `import json, os, sys
path, defaults, chosen = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
own = {}
if os.path.exists(path):
    with open(path) as file:
        own = json.loads(file.read().strip() or "{}")
if "log-driver" in own or "log-opts" in own:
    defaults = {key: value for key, value in defaults.items() if not key.startswith("log-")}
defaults["swarm-default-advertise-addr"] = sys.argv[4]
mtu = sys.argv[5]
if mtu:
    defaults["default-network-opts"] = {"overlay": {"com.docker.network.driver.mtu": mtu}}
merged = {**defaults, **own, **chosen}
if merged != own:
    with open(path + ".belt", "w") as file:
        file.write(json.dumps(merged, indent=2) + "\\n")
    os.replace(path + ".belt", path)
`;

/** The droplet's address in its VPC, as the metadata service told cloud-init. */
const PRIVATE_ADDRESS = `import json
with open("/run/cloud-init/instance-data.json") as file:
    private = json.load(file)["ds"]["meta_data"]["interfaces"]["private"]
print(private[0]["ipv4"]["ip_address"])
`;

/**
 * Lines that set `dev` to the VPC's interface: the one with the private address. Where cloud-init does not tell that, it is eth1, or
 * on a droplet with one interface the one that leads out.
 */
export const FIND_INTERFACE = [
  'dev=eth1',
  `[ -e /sys/class/net/eth1 ] || dev=$(ip -o -4 route show default 2> /dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p;q')`,
  `address=$(python3 -c ${quoteWord(PRIVATE_ADDRESS)} 2> /dev/null) &&`,
  `  found=$(ip -o -4 addr show to "$address/32" 2> /dev/null | sed -n 's/^[0-9]*: *\\([^ @]*\\).*/\\1/p;q') &&`,
  '  [ -n "$found" ] && dev=$found',
  'dev=${dev:-eth1}',
];

/**
 * Lines that find the MTU of the VPC's interface if overlay networks need it. They assume 1500 for the underlying network,
 * and subtract what their own headers take (moby, libnetwork/drivers/overlay, maxMTU): where it carries less, large packets are
 * lost or cut up. `default-network-opts` of an engine holds for every overlay network that is made on it, that of the routing mesh too
 * (moby, daemon/network.go, createNetwork and setupIngress), so that `ingress` need not be made once more. Engines before 24.0 do not
 * start with it. A larger MTU than 1500 is not used: a node that belt did not make would not have it.
 */
const FIND_MTU = [
  'mtu=',
  `version=$(dockerd --version 2> /dev/null | sed 's/^[^0-9]*//; s/[^0-9].*//')`,
  'if [ "${version:-0}" -ge 24 ]; then',
  '  read -r mtu 2> /dev/null < "/sys/class/net/$dev/mtu" || mtu=',
  '  [ "${mtu:-1500}" -lt 1500 ] || mtu=',
  'fi',
];

/** Where the script is on a droplet: it runs again after user data has written its files and after an engine is installed. */
export const CONFIGURE = '/var/lib/cloud/instance/belt-configure-docker';

/** A script that configures the engine, and restarts a running one if something changed. */
export function configureScript(engine: EngineSpec): string {
  const chosen = daemonConfig(engine);
  const defaults = defaultsFor(engine);
  const [ours, wanted, whole] = [defaults, chosen, { ...defaults, ...chosen }].map((value) =>
    quoteWord(asciiJson(value)),
  );
  return [
    'file=/etc/docker/daemon.json',
    'mkdir -p /etc/docker',
    'before=$(cat "$file" 2> /dev/null)',
    ...FIND_INTERFACE,
    ...FIND_MTU,
    'if command -v python3 > /dev/null 2>&1; then',
    `  python3 -c ${quoteWord(MERGE)} "$file" ${ours} ${wanted} "$dev" "$mtu" || echo "belt: $file is left unchanged" >&2`,
    'elif [ ! -e "$file" ]; then',
    `  printf '%s\\n' ${whole} > "$file"`,
    'else',
    '  echo "belt: $file is left unchanged: python3 is needed to add to it" >&2',
    'fi',
    '[ "$before" = "$(cat "$file" 2> /dev/null)" ] || ! systemctl is-active -q docker 2> /dev/null || systemctl restart docker',
  ].join('\n');
}

/** ASCII only, so that it reads the same in any locale. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
