// A swap file: without it, an image pull or a service update on a small droplet can get dockerd killed by the kernel.
import type { Swap } from '../../config/cluster/types.ts';

const FILE = '/swapfile';
const DEFAULT_MIB = 1024;
/** In KiB; the kernel reports somewhat less than 2 GiB. */
const LITTLE_MEMORY = 1_700_000;
/** What stays free on the disk, in KiB. */
const SPARE = 1_048_576;

/** Lines that create it, if the file sets a size, or the droplet has less than 2 GiB of memory and no swap. */
export function makeSwap(swap: Swap | undefined): string[] {
  if (swap === false) return [];
  const size = swap ?? DEFAULT_MIB;
  const little = swap === undefined ? ` && [ "$memory" -lt ${LITTLE_MEMORY} ]` : '';
  return [
    'swap() {',
    `  { fallocate -l ${size}M ${FILE} || dd if=/dev/zero of=${FILE} bs=1M count=${size}; } 2> /dev/null &&`,
    `    chmod 600 ${FILE} && mkswap ${FILE} > /dev/null && swapon ${FILE} &&`,
    `    echo '${FILE} none swap sw 0 0' >> /etc/fstab`,
    '}',
    'while read -r name value _; do [ "$name" = MemTotal: ] && memory=$value; done < /proc/meminfo',
    '{ read -r _; read -r used _; } < /proc/swaps',
    "  # A container has its machine's memory and swap.",
    `if [ -z "$used" ] && [ ! -e ${FILE} ]${little} && ! systemd-detect-virt -c -q; then`,
    '  set -- $(df -Pk / | sed -n 2p)',
    `  if [ "$4" -lt ${size * 1024 + SPARE} ]; then`,
    `    echo "belt: not enough disk space for ${size} MiB of swap" >&2; failed=1`,
    '  elif ! (umask 077; swap); then',
    `    swapoff ${FILE} 2> /dev/null; rm -f ${FILE}`,
    '    echo "belt: could not create the swap file" >&2; failed=1',
    '  fi',
    'fi',
  ];
}
