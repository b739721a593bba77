// Where a swarm's overlay networks take their subnets from. Docker's own pool, 10.0.0.0/8, holds every VPC of DigitalOcean's that is
// in 10.x: a node whose VPC is in a network of its containers no longer reaches the others
// (https://docs.docker.com/engine/swarm/swarm-mode/#configuring-default-address-pools).
import { isIPv4 } from 'node:net';
import { isInRanges, readRange } from './network.ts';

/** Room for 2,048 networks each. A VPC is a /16 at most, so it overlaps only one of them. */
const POOLS = ['10.200.0.0/13', '10.208.0.0/13'] as const;

/** Docker's own networks on every node: docker0, and the docker_gwbridge of a swarm. */
export const DOCKER_BRIDGES: readonly string[] = ['172.17.0.0/16', '172.18.0.0/16'];

/** What is cut from a pool for each network (Engine API, `SubnetSize`): the default of docker's client. */
export const SUBNET_BITS = 24;

/** An engine takes no pool that is smaller than a subnet; undefined for that, and for what is none. */
export function readPool(text: string): string | undefined {
  const range = readRange(text);
  return range !== undefined && isIPv4(networkOf(range)) && bitsOf(range) <= SUBNET_BITS ? range : undefined;
}

/**
 * What is wrong with pools, each of which is one by itself, and with which of them. The ingress network takes the first subnet: of a pool
 * with room for no other an engine is content, and the tasks of every stack wait for addresses for ever (measured on Docker 20.10).
 */
export function poolFault(pools: readonly string[]): { n: number; what: string; hint: string } | undefined {
  for (const [n, pool] of pools.entries()) {
    const bridge = DOCKER_BRIDGES.find((range) => overlaps(pool, range));
    const what = `overlaps a network of Docker's own on every node, ${bridge}`;
    if (bridge !== undefined) return { n, what: `${pool} ${what}`, hint: ANOTHER_RANGE };
    const other = pools.slice(0, n).find((range) => overlaps(pool, range));
    if (other !== undefined) return { n, what: `${pool} overlaps ${other}`, hint: 'remove one of them' };
  }
  const [only] = pools;
  if (only === undefined || pools.length > 1 || bitsOf(only) < SUBNET_BITS) return undefined;
  const what = `${only} has room for one network, which the swarm itself takes (ingress)`;
  return { n: 0, what, hint: `each network of a stack takes a /${SUBNET_BITS}: ${ANOTHER_RANGE}` };
}

const ANOTHER_RANGE = 'choose another range, or leave it out: belt picks one outside the VPC';

/** The pool of a swarm whose nodes have such addresses in their VPC. */
export const poolBeside = (address: string): string => (isInRanges(address, [POOLS[0]]) ? POOLS[1] : POOLS[0]);

/** Whether two ranges have an address in common: then one contains the other. */
export const overlaps = (one: string, other: string): boolean =>
  isInRanges(networkOf(one), [other]) || isInRanges(networkOf(other), [one]);

const bitsOf = (range: string): number => Number(range.split('/')[1]);
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
