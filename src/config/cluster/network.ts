// Ports and addresses as written in a description or given to `belt firewall`.
import { BlockList, isIP, isIPv6 } from 'node:net';
import { UsageError } from '../../errors.ts';
import type { OpenPort } from './types.ts';

export const PORT_EXAMPLES = 'such as 80, 8000-8010 or 53/udp';
export const RANGE_EXAMPLES = 'such as 203.0.113.0/24';

/** `80`, `53/udp`, `8000-8010/tcp`; undefined for anything else. */
export function readPort(text: string): OpenPort | undefined {
  const [, low = '', high = low, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  if (low === '' || first < 1 || last > 65_535 || first > last) return undefined;
  return { first, last, protocol: protocol as OpenPort['protocol'] };
}

/** No network is larger: with a shorter prefix than this, only every address (0.0.0.0/0) can be meant. */
const LEAST_BITS = 8;

/**
 * An address range in CIDR notation; a lone address becomes a range of one. Undefined for anything else, also for an address with a
 * prefix that lets in everybody: `203.0.113.7/0`.
 */
export function readRange(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (version === 0 || rest.length > 0) return undefined;
  if (bits !== undefined && !(/^\d+$/.test(bits) && Number(bits) <= most)) return undefined;
  if (bits !== undefined && Number(bits) < LEAST_BITS && /[1-9a-f]/i.test(address)) return undefined;
  return bits === undefined ? `${address}/${most}` : text;
}

/** The same for a word that a user gave. @throws UsageError for anything else */
export function rangeIn(word: string): string {
  const range = readRange(word);
  if (range !== undefined) return range;
  throw new UsageError(`${JSON.stringify(word)} is not an IP address or CIDR range`, { hint: RANGE_EXAMPLES });
}

/** As written in a description: `80`, `8000-8010`, `53/udp`. */
export const portText = ({ first, last, protocol }: OpenPort): string =>
  `${first === last ? first : `${first}-${last}`}${protocol === 'udp' ? '/udp' : ''}`;

/** Whether an address is in one of the ranges. */
export function isInRanges(address: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), familyOf(network));
  }
  return list.check(address, familyOf(address));
}

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');
