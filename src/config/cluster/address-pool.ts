// Where a swarm's overlay networks take their subnets from. Docker's own pool, 10.0.0.0/8, holds every VPC of DigitalOcean's that is
// in 10.x: a node whose VPC is in a network of its containers no longer reaches the others
// (https://docs.docker.com/engine/swarm/swarm-mode/#configuring-default-address-pools).
import { isIPv4 } from 'node:net';
import { isInRanges, readRange } from './network.ts';

/** Room for 2,048 networks each. A VPC is a /16 at most, so it overlaps only one of them. */
const POOLS = ['10.200.0.0/13', '10.208.0.0/13'] as const;

/** Docker's own networks on every node: docker0, and the docker_gwbridge of a swarm. */
export const DOCKER_BRIDGES: readonly string[] = ['172.17.0.0/16', '172.18.0.0/16'];

/** A subnet that Swarm cuts from a pool is a /24, and an engine takes no smaller pool; undefined for that, and for what is none. */
export function readPool(text: string): string | undefined {
  const range = readRange(text);
  return range !== undefined && isIPv4(networkOf(range)) && Number(range.split('/')[1]) <= 24 ? range : undefined;
}

/** The pool of a swarm whose nodes have such addresses in their VPC. */
export const poolBeside = (address: string): string => (isInRanges(address, [POOLS[0]]) ? POOLS[1] : POOLS[0]);

/** Whether two ranges have an address in common: then one contains the other. */
export const overlaps = (one: string, other: string): boolean =>
  isInRanges(networkOf(one), [other]) || isInRanges(networkOf(other), [one]);

const networkOf = (range: string): string => range.replace(/\/.*/, '');

/**
 * A range for a new VPC that overlaps none of these; undefined where they leave none. In 10.x between those that DigitalOcean
 * keeps for itself (https://docs.digitalocean.com/products/networking/vpc/details/limits/), then in the other private networks.
 */
export function rangeBeside(others: readonly string[]): string | undefined {
  const taken = [...others, ...DOCKER_BRIDGES];
  const networks = [...numbers(100, 139).map((n) => `10.${n}`), ...numbers(19, 31).map((n) => `172.${n}`), '192.168'];
  return networks
    .flatMap((network) => numbers(0, 15).map((n) => `${network}.${16 * n}.0/20`))
    .find((range) => taken.every((one) => !overlaps(one, range)));
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
