// Where simulated droplets are: on the loopback, in ranges that nothing routes.
import { loopbackAddress } from '../account/addresses.ts';
import type { AddressPlan } from '../types.ts';

export const LOOPBACK: AddressPlan = {
  publicAddress: loopbackAddress,
  defaultRange: (octet, bits) => `10.${octet}.0.0/${bits}`,
  freeRanges: () => Array.from({ length: 16 }, (_, n) => `10.130.${16 * n}.0/20`),
};
