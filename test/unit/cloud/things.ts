// Things of the field as DigitalOcean's answers give them, for tests that need one and care about little of it.
import type { AccountKey, Image, Region, Size } from '../../../src/cloud/schemas.ts';
import type { Droplet } from '../../../src/model/droplet.ts';

export const aDroplet = (about: Partial<Droplet> & { id: number }): Droplet => ({
  name: `node${about.id}`,
  status: 'active',
  memoryMiB: 512,
  vcpus: 1,
  diskGiB: 10,
  size: 's-1vcpu-512mb-10gb',
  priceMonthly: 4,
  region: 'sgp1',
  image: 'docker-20-04',
  publicAddress: undefined,
  privateAddress: undefined,
  tags: [],
  vpcUuid: undefined,
  createdAt: '2026-01-01T00:00:00Z',
  ...about,
});

export const aSize = (slug: string, about: Partial<Size> = {}): Size => ({
  slug,
  memory: 512,
  vcpus: 1,
  disk: 10,
  price_monthly: 4,
  regions: ['sgp1', 'nyc1'],
  available: true,
  ...about,
});

export const aRegion = (slug: string, about: Partial<Region> = {}): Region => ({
  slug,
  name: slug.toUpperCase(),
  available: true,
  ...about,
});

export const anImage = (slug: string | null, about: Partial<Image> = {}): Image => ({
  id: 18153887,
  slug: slug ?? undefined,
  name: 'Docker',
  distribution: 'Ubuntu',
  regions: ['sgp1', 'nyc1'],
  min_disk_size: 7,
  ...about,
});

export const aKey = (id: number, name: string, fingerprint: string): AccountKey => ({
  id,
  name,
  fingerprint,
  public_key: `ssh-ed25519 AAAA ${name}`,
});

/** What a user reads: the error's message, its hint below. */
export async function said(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    (value) => {
      throw new Error(`nothing failed: ${JSON.stringify(value)}`);
    },
    (reason: Error & { hint?: string }) => reason,
  );
  return [error.message, error.hint].filter(Boolean).join('\n');
}
