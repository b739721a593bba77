// Unattended upgrades of the engine: each restarts Docker, and every container with it. If all managers do so in the same
// hour of the night, the swarm loses its quorum.
import type { EngineSpec } from '../../config/cluster/types.ts';

/** The packages of the engine, from Docker's own repository and from the distributions. */
const PACKAGES = ['docker-ce', 'docker-ce-cli', 'docker\\.io', 'docker-cli', 'containerd', 'containerd\\.io'];

const FILE = '/etc/apt/apt.conf.d/52belt-docker';

/**
 * Lines that exclude the engine from unattended-upgrades, whichever repository it is from. needrestart, which runs after every upgrade,
 * leaves Docker alone by itself (its needrestart.conf, `qr(^docker) => 0`).
 */
export const keepFromUpgrades = ({ automaticUpgrades }: EngineSpec): string[] =>
  automaticUpgrades
    ? []
    : [
        'if [ -d /etc/apt/apt.conf.d ]; then',
        `  cat > ${FILE} << 'END'`,
        '// Written by belt: an upgrade restarts Docker and its containers. Upgrade the nodes of a swarm one by one.',
        `Unattended-Upgrade::Package-Blacklist { ${PACKAGES.map((name) => `"${name}$";`).join(' ')} };`,
        'END',
        'fi',
      ];

/** A line that holds the engine back from every upgrade, if the file sets its version. */
export const holdEngine = ({ version, automaticUpgrades }: EngineSpec): string[] =>
  version === undefined || automaticUpgrades
    ? []
    : ['apt-mark hold docker-ce docker-ce-cli || say "could not hold docker-ce at its version" >&2'];
