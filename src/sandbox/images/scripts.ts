// How the layers of a droplet's disk are made: scripts for a shell that finds `root`, where the layer grows.
import { quoted } from '../quoted.ts';
import { IMPORT_CONTAINERS } from './containers.ts';

/** What a droplet has from the start: what DigitalOcean's images bring, and what clients expect there. */
const INCLUDED = [
  ...['systemd', 'systemd-sysv', 'dbus', 'udev', 'openssh-server', 'cloud-init', 'sudo', 'ufw', 'locales'],
  ...['iproute2', 'iptables', 'nftables', 'iputils-ping', 'netcat-openbsd', 'procps', 'busybox-static'],
  ...['ca-certificates', 'openssl', 'curl', 'gpg', 'python3', 'bash-completion', 'less', 'xz-utils'],
];

/** Not on DigitalOcean's images, or of no use on a droplet whose network and clock are its machine's: a boot is a second shorter. */
const MASKED = [
  ...['apt-daily.timer', 'apt-daily-upgrade.timer', 'man-db.timer', 'e2scrub_all.timer', 'fstrim.timer'],
  ...['dpkg-db-backup.timer', 'logrotate.timer', 'e2scrub_reap.service', 'systemd-timesyncd.service'],
  ...['systemd-networkd.service', 'systemd-networkd.socket', 'systemd-networkd-wait-online.service'],
  ...['systemd-resolved.service', 'systemd-udevd.service', 'systemd-udev-trigger.service', 'console-getty.service'],
  ...['getty.target', 'ssh.socket', 'systemd-firstboot.service', 'systemd-machine-id-commit.service'],
  ...['systemd-hwdb-update.service', 'systemd-pstore.service', 'ldconfig.service', 'rpc-statd.service'],
];

/** The seed is on the disk (engine-hosts/disk.ts). Without the locale, cloud-init ends in `error` where no other is there. */
const CLOUD_CFG = `datasource_list: [NoCloud]
network: {config: disabled}
disable_root: false
users: []
locale: C.UTF-8
`;

/** Debian and what a droplet needs of it. apt's lists stay, so that the first \`apt-get update\` has little to fetch. */
export const base = (suite: string): string => `
suite=${suite}
# How the machine itself reaches its mirror; some are snapshots, too old for apt's taste.
apt-config dump | grep -E '^Acquire::(Check-|https?::)' > apt.conf || :
mmdebstrap --quiet --mode=root --variant=apt --skip=cleanup/apt/lists \\
  --aptopt=apt.conf --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \\
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt=force-unsafe-io \\
  --include=${INCLUDED.join(',')} $suite root "$MIRROR"
rm -f root/etc/ssh/ssh_host_* root/etc/resolv.conf root/etc/hostname
: > root/etc/machine-id
: > root/etc/resolv.conf
for unit in ${MASKED.join(' ')}; do ln -sf /dev/null root/etc/systemd/system/$unit; done
# cloud-init brings keys to a droplet, or makes them.
rm -f root/etc/systemd/system/multi-user.target.wants/ssh-keygen.service
printf 'PasswordAuthentication no\\n' > root/etc/ssh/sshd_config.d/50-cloud-init.conf
printf %s ${quoted(CLOUD_CFG)} > root/etc/cloud/cloud.cfg.d/90_sandbox.cfg
echo 'policy: enabled' > root/etc/cloud/ds-identify.cfg
grep -Ei 'Check-|Install-Recommends|Languages' root/etc/apt/apt.conf.d/99mmdebstrap > root/etc/apt/apt.conf.d/90sandbox
rm root/etc/apt/apt.conf.d/99mmdebstrap apt.conf
rm -f root/etc/dpkg/dpkg.cfg.d/99mmdebstrap
echo "deb http://\${MIRROR#*://} $suite main" > root/etc/apt/sources.list
`;

/** \`chroot\` with the machine's resolver, no services started, and the kernel's file systems. */
export const CHROOT = `
in_root() {
  cp /etc/resolv.conf root/etc/resolv.conf
  printf '#!/bin/sh\\nexit 101\\n' > root/usr/sbin/policy-rc.d
  chmod +x root/usr/sbin/policy-rc.d
  mount -t proc proc root/proc
  mount --bind /dev root/dev
  # What it starts in the background, such as an agent for keys, ends with it.
  DEBIAN_FRONTEND=noninteractive unshare --pid --fork chroot root "$@" || { umount root/dev root/proc; return 1; }
  umount root/dev root/proc
  rm root/usr/sbin/policy-rc.d
  : > root/etc/resolv.conf
}
`;

const INSTALL = `set -eu
apt-get -q -y install docker.io tini
if apt-cache show docker-cli > /dev/null 2>&1; then apt-get -q -y install docker-cli docker-buildx docker-compose; fi
rm -rf /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
mkdir -p /tmp/debs && cd /tmp/debs
for name in $(dpkg-query -W -f '\${Package} ' docker.io docker-cli docker-buildx docker-compose containerd runc tini tini-static 2> /dev/null); do
  apt-get -q download -o APT::Sandbox::User=root $name
done
`;

/**
 * The distribution's Docker, its packages in `debs`, and in `storage` what is in /var/lib/docker when a droplet begins. The
 * machine on which that is made has no network and ends with its script.
 */
export const DOCKER = `
in_root sh -c ${quoted(INSTALL)}
mv root/tmp/debs debs
mkdir -p storage machine/upper machine/work machine/root
mount -t overlay -o lowerdir=root,upperdir=machine/upper,workdir=machine/work machine machine/root
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn -q --register=no --keep-unit --machine=belt-images --private-network \\
  --capability=all --system-call-filter=@known --resolv-conf=off --timezone=off --bind="$PWD/storage:/var/lib/docker" \\
  -D machine/root sh -c ${quoted(IMPORT_CONTAINERS)} < /dev/null
umount machine/root
rm -rf machine
# Each engine makes itself an identity.
rm -f storage/engine-id
`;

const FIREWALL = `set -eu
sed -i 's/^DEFAULT_FORWARD_POLICY=.*/DEFAULT_FORWARD_POLICY="ACCEPT"/' /etc/default/ufw
ufw limit ssh
ufw allow 2375/tcp
ufw allow 2376/tcp
ufw --force enable
systemctl enable ufw
`;

const MOTD = `#!/bin/sh
echo "Docker, as DigitalOcean's 1-Click image has it and belt's sandbox builds it."
`;

/** As DigitalOcean builds its images with Docker (https://github.com/digitalocean/droplet-1-clicks, docker-22-04). */
export const ONE_CLICK = `
in_root unshare --net sh -c ${quoted(FIREWALL)}
mkdir -p root/var/lib/digitalocean
printf 'application_name="docker"\\nbuild_date="2025-06-11"\\n' > root/var/lib/digitalocean/application.info
printf %s ${quoted(MOTD)} > root/etc/update-motd.d/99-one-click
chmod +x root/etc/update-motd.d/99-one-click
`;

/** What the first boot takes, in seconds. */
const ONBOARD_SECONDS = 3;

const PROTECT = `Match User root
        ForceCommand echo "Please wait while we get your droplet ready..."
`;

const ONBOARD = `#!/bin/sh
sleep ${ONBOARD_SECONDS}
sed -i -e '/^Match User root$/d' -e '/ForceCommand.*droplet/d' /etc/ssh/sshd_config
systemctl restart ssh
`;

/** As many 1-Clicks are until their first boot has run (common/scripts and files/var/lib/cloud there): root gets no shell. */
export const ONBOARDING = `
scripts=root/var/lib/cloud/scripts/per-instance
mkdir -p $scripts
printf %s ${quoted(PROTECT)} >> root/etc/ssh/sshd_config
printf %s ${quoted(ONBOARD)} > $scripts/001_onboot
chmod 755 $scripts/001_onboot
`;
