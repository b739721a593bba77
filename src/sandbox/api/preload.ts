// Droplets that exist from the start, to measure how belt copes with many.
import type { Account } from '../account/account.ts';
import { preloadDroplets } from '../account/life.ts';
import { findRegion } from '../catalogue/regions.ts';
import { findSize } from '../catalogue/sizes.ts';

const TAGS = ['belt', 'belt-cluster-default'];

export function preload(account: Account): void {
  if (account.options.droplets === 0) return;
  const region = findRegion('sgp1')!;
  preloadDroplets(account, {
    names: Array.from({ length: account.options.droplets }, (_, at) => `node${at + 1}`),
    size: findSize('s-1vcpu-1gb')!,
    region,
    image: account.findImage('docker-20-04')!,
    vpc: account.vpcs.ofRegion(region, account.timers.now()),
    tags: TAGS,
    features: ['droplet_agent', 'private_networking'],
    publicNetworking: true,
    authorizedKeys: [],
    userData: undefined,
  });
}
