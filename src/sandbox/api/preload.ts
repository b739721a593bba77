// Droplets that exist from the start, to measure how belt copes with many.
import type { Account } from '../account/account.ts';
import { preloadDroplets } from '../account/life.ts';
import { findRegion } from '../catalogue/regions.ts';
import { findSize } from '../catalogue/sizes.ts';

/** The tags that belt's own droplets carry in its default cluster. */
const TAGS = ['belt', 'belt-cluster-default'];

/** Makes as many active droplets as the options say: node1, node2, … They have no hosts. */
export function preload(account: Account): void {
  const region = findRegion('sgp1')!;
  preloadDroplets(account, {
    names: Array.from({ length: account.options.droplets }, (_, at) => `node${at + 1}`),
    size: findSize('s-1vcpu-1gb')!,
    region,
    image: account.findImage('docker-20-04')!,
    vpc: account.vpcs.ofRegion(region.slug),
    tags: TAGS,
    features: ['droplet_agent', 'private_networking'],
    publicNetworking: true,
    authorizedKeys: [],
    userData: undefined,
  });
}
