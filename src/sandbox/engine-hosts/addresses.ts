// The addresses of engine droplets: in the sandbox's own ranges, so that several sandboxes can share a machine.
import { addressIn, capacity, parseCidr } from '../account/addresses.ts';
import type { AddressPlan } from '../types.ts';

/** How many sandboxes with engine hosts a machine can have at once. */
export const SLOTS = 16;

/** The network's first addresses: its gateway, then the machine that runs belt. */
const GATEWAY = 1;
const MACHINE = 2;

/** The addresses that belong to a sandbox's slot. */
export interface Slot extends AddressPlan {
  /** The machine's own end of the cable to the sandbox's switch. */
  link: string;
  /** In 198.18.0.0/15, which RFC 2544 reserves for tests. */
  publicRange: string;
  /** With the range's bits, as `ip addr add` takes it. */
  gateway: string;
  machine: string;
}

/** The addresses of the n-th sandbox on this machine, from 0. */
export function slot(n: number): Slot {
  const second = 18 + Math.floor(n / 8);
  const publicRange = `198.${second}.${(n % 8) * 32}.0/19`;
  const cidr = parseCidr(publicRange)!;
  return {
    link: `belt${n}`,
    publicRange,
    gateway: `${addressIn(cidr, GATEWAY)}/19`,
    machine: `${addressIn(cidr, MACHINE)}/19`,
    publicAddress: (at) => addressIn(cidr, MACHINE + 1 + (at % (capacity(cidr) - MACHINE))),
    // A /20 of each region's /16 for each sandbox. The gateway's bits follow from the range, whatever was asked for.
    defaultRange: (octet) => `10.${octet}.${16 * n}.0/20`,
    freeRanges: () => Array.from({ length: 16 }, (_, at) => `10.${130 + n}.${16 * at}.0/20`),
  };
}
