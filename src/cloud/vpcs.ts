// What the list of VPCs tells of a region.
import { UNKNOWN } from './lenient.ts';
import type { Vpc } from './schemas.ts';

/** Regions that have no default VPC yet: DigitalOcean makes it with the first VPC or droplet there, with a range that it chooses. */
export const withoutDefault = (vpcs: readonly Vpc[], regions: readonly string[]): string[] =>
  regions.filter((slug) => !vpcs.some(({ region, default: isDefault }) => mayBe(region, slug) && isDefault !== false));

const mayBe = (region: string, slug: string): boolean => region === slug || region === UNKNOWN;
