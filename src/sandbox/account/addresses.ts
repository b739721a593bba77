// Addresses: each droplet has its own loopback address, and one in its VPC.

/** The last octet: 254 is the gateway's. */
const LASTS = 253;
const ALL = LASTS * 256 * 254;

/** The n-th loopback address (from 0): 127.1.0.1, 127.1.0.2 … never in 127.0.x.x, which belongs to the machine. */
export function loopbackAddress(n: number): string {
  const turn = n % ALL;
  const last = (turn % LASTS) + 1;
  const third = Math.floor(turn / LASTS) % 256;
  const second = Math.floor(turn / (LASTS * 256)) + 1;
  return `127.${second}.${third}.${last}`;
}

/** A parsed IPv4 network in CIDR notation. */
export interface Cidr {
  /** The network's first address, as a number. */
  first: number;
  bits: number;
}

/** Parses CIDR notation; undefined if it is not valid. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const numbers = match?.slice(1).map(Number) ?? [];
  const bits = numbers.pop() ?? 33;
  if (bits > 32 || numbers.some((octet) => octet > 255)) return undefined;
  const address = numbers.reduce((sum, octet) => sum * 256 + octet, 0);
  return { first: address - (address % 2 ** (32 - bits)), bits };
}

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map((range) => parseCidr(range)!);

/** Whether all of the network is private (RFC 1918). */
export const isPrivate = (cidr: Cidr): boolean =>
  PRIVATE.some((range) => range.bits <= cidr.bits && overlap(range, cidr));

/** How many addresses the network can give to droplets: all but network, gateway and broadcast. */
export const capacity = (cidr: Cidr): number => 2 ** (32 - cidr.bits) - 3;

/** The network's n-th address (0 is the network itself, 1 the gateway). */
export const addressIn = (cidr: Cidr, n: number): string => dotted(cidr.first + n);

export const netmask = (cidr: Cidr): string => dotted(2 ** 32 - 2 ** (32 - cidr.bits));

export function overlap(a: Cidr, b: Cidr): boolean {
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.first / size) === Math.floor(b.first / size);
}

const dotted = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
