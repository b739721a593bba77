// The part of user data that runs early in every boot, before Docker starts: the engine's configuration, and the metadata
// service closed to containers. Unlike `write_files` or `bootcmd`, a boothook uses no key of the user's own cloud-config.
import { DATA_PATH_PORT, type EngineSpec } from '../../config/cluster/types.ts';
import { CONFIGURE, configureScript, FIND_INTERFACE } from './daemon.ts';
import { keepFromUpgrades } from './upgrades.ts';

/** The metadata service, by which a container could read the user data (and the host key of the first contact) that is there. */
const METADATA_RULE = 'PREROUTING -d 169.254.169.254/32 -j DROP';

/**
 * Shell lines that close the metadata service to containers. Requests of the droplet itself do not go through
 * PREROUTING, and Docker, which puts its own rules first in FORWARD, does not touch this table's. Containers that share the
 * host's network are the host to it.
 */
export const CLOSE_METADATA = [
  'if command -v iptables > /dev/null 2>&1; then',
  `  iptables -w -t raw -C ${METADATA_RULE} 2> /dev/null || iptables -w -t raw -I ${METADATA_RULE} ||`,
  "    echo 'belt: could not block containers from the metadata service' >&2",
  'fi',
];

/** A swarm's ports between its nodes, except for overlay traffic (`swarmPorts` in cluster/firewall.ts). */
const SWARM_PORTS = ['2377 tcp', '7946 tcp', '7946 udp'];

/**
 * Lines that fix an image's own firewall, if it is enabled. DigitalOcean's images with Docker block a swarm's ports, even within
 * the VPC, and refuse the sixth SSH connection from one address within 30 s (https://github.com/digitalocean/droplet-1-clicks,
 * common/scripts/014-ufw-docker.sh). Access is up to the cloud firewall.
 */
const openOwnFirewall = (dataPathPort: number): string[] => [
  'if command -v ufw > /dev/null 2>&1; then',
  // While its service still loads its rules ufw calls itself inactive; a start that is under way is waited for.
  '  systemctl is-enabled --quiet ufw 2> /dev/null && timeout 60 systemctl start ufw 2> /dev/null',
  'fi',
  'if command -v ufw > /dev/null 2>&1 && status=$(ufw status 2> /dev/null); then',
  ...FIND_INTERFACE.map((line) => `  ${line}`),
  "  case $status in 'Status: active'*)",
  `    printf '%s\\n' "$status" | while read -r to what _; do`,
  '      case $what/$to in LIMIT/22 | LIMIT/22/tcp | LIMIT/OpenSSH) ufw allow "$to" < /dev/null > /dev/null ;; esac',
  '    done',
  `    for port in ${[...SWARM_PORTS, `${dataPathPort} udp`].map((port) => `'${port}'`).join(' ')}; do`,
  `      ufw allow in on "$dev" to any port "\${port% *}" proto "\${port#* }" > /dev/null`,
  '    done ;;',
  '  esac',
  'fi',
];

/** The boothook. It configures the engine only once: later changes on the droplet are kept. */
export function engineHook(engine: EngineSpec, dataPathPort = DATA_PATH_PORT): string {
  return [
    '#cloud-boothook',
    '#!/bin/sh',
    '# belt: containers do not reach the metadata service, from the first one of every boot on.',
    ...CLOSE_METADATA,
    '# belt: how Docker and a firewall of the image are configured, once and before Docker starts.',
    'once=/var/lib/cloud/instance/belt-configured-docker',
    '[ -e "$once" ] && exit 0',
    ...openOwnFirewall(dataPathPort),
    ...keepFromUpgrades(engine),
    `cat > ${CONFIGURE} << 'BELT'`,
    configureScript(engine),
    'BELT',
    `sh ${CONFIGURE}`,
    ': > "$once"',
    '',
  ].join('\n');
}
