// DigitalOcean's droplet sizes with their prices.
import { REGION_SLUGS } from './regions.ts';

export interface Size {
  slug: string;
  description: string;
  memory: number;
  vcpus: number;
  disk: number;
  transfer: number;
  priceMonthly: number;
  priceHourly: number;
  regions: readonly string[];
}

type Row = [slug: string, memoryGiB: number, vcpus: number, diskGiB: number, transferTiB: number, monthly: number];

/** By their descriptions. */
const FAMILIES: Record<string, Row[]> = {
  Basic: [
    ['s-1vcpu-512mb-10gb', 0.5, 1, 10, 0.5, 4],
    ['s-1vcpu-1gb', 1, 1, 25, 1, 6],
    ['s-1vcpu-2gb', 2, 1, 50, 2, 12],
    ['s-2vcpu-2gb', 2, 2, 60, 3, 18],
    ['s-2vcpu-4gb', 4, 2, 80, 4, 24],
    ['s-4vcpu-8gb', 8, 4, 160, 5, 48],
    ['s-8vcpu-16gb', 16, 8, 320, 6, 96],
  ],
  'Basic AMD': [
    ['s-1vcpu-1gb-amd', 1, 1, 25, 1, 7],
    ['s-1vcpu-2gb-amd', 2, 1, 50, 2, 14],
    ['s-2vcpu-2gb-amd', 2, 2, 60, 3, 21],
    ['s-2vcpu-4gb-amd', 4, 2, 80, 4, 28],
    ['s-2vcpu-8gb-amd', 8, 2, 100, 5, 42],
    ['s-4vcpu-8gb-amd', 8, 4, 160, 5, 56],
    ['s-4vcpu-16gb-amd', 16, 4, 200, 8, 84],
    ['s-8vcpu-16gb-amd', 16, 8, 320, 6, 112],
    ['s-8vcpu-32gb-amd', 32, 8, 400, 10, 168],
  ],
  'Basic Intel': [
    ['s-1vcpu-1gb-intel', 1, 1, 25, 1, 7],
    ['s-1vcpu-1gb-35gb-intel', 1, 1, 35, 1, 8],
    ['s-1vcpu-2gb-intel', 2, 1, 50, 2, 14],
    ['s-1vcpu-2gb-70gb-intel', 2, 1, 70, 2, 16],
    ['s-2vcpu-2gb-intel', 2, 2, 60, 3, 21],
    ['s-2vcpu-2gb-90gb-intel', 2, 2, 90, 3, 24],
    ['s-2vcpu-4gb-intel', 4, 2, 80, 4, 28],
    ['s-2vcpu-4gb-120gb-intel', 4, 2, 120, 4, 32],
    ['s-2vcpu-8gb-160gb-intel', 8, 2, 160, 5, 48],
    ['s-4vcpu-8gb-intel', 8, 4, 160, 5, 56],
    ['s-4vcpu-8gb-240gb-intel', 8, 4, 240, 6, 64],
    ['s-4vcpu-16gb-320gb-intel', 16, 4, 320, 8, 96],
    ['s-8vcpu-16gb-intel', 16, 8, 320, 6, 112],
    ['s-8vcpu-16gb-480gb-intel', 16, 8, 480, 9, 128],
    ['s-8vcpu-32gb-640gb-intel', 32, 8, 640, 10, 192],
  ],
  'CPU-Optimized': [
    ['c-2', 4, 2, 25, 4, 42],
    ['c-4', 8, 4, 50, 5, 84],
    ['c-8', 16, 8, 100, 6, 168],
    ['c-16', 32, 16, 200, 7, 336],
    ['c-32', 64, 32, 400, 9, 672],
  ],
  'CPU-Optimized 2x SSD': [
    ['c2-2vcpu-4gb', 4, 2, 50, 4, 47],
    ['c2-4vcpu-8gb', 8, 4, 100, 5, 94],
  ],
  'General Purpose': [
    ['g-2vcpu-8gb', 8, 2, 25, 4, 63],
    ['g-4vcpu-16gb', 16, 4, 50, 5, 126],
    ['g-8vcpu-32gb', 32, 8, 100, 6, 252],
    ['g-16vcpu-64gb', 64, 16, 200, 7, 504],
  ],
  'General Purpose — 2x SSD': [['gd-2vcpu-8gb', 8, 2, 50, 4, 68]],
  'Memory-Optimized': [
    ['m-2vcpu-16gb', 16, 2, 50, 4, 84],
    ['m-4vcpu-32gb', 32, 4, 100, 6, 168],
    ['m-8vcpu-64gb', 64, 8, 200, 7, 336],
  ],
  'Storage-Optimized': [['so-2vcpu-16gb', 16, 2, 300, 4, 131]],
};

/** Where a size is offered, when that is not everywhere. */
const ONLY_IN: Record<string, string[]> = {
  's-1vcpu-512mb-10gb': ['ams3', 'fra1', 'nyc1', 'sfo3', 'sgp1', 'syd1'],
  'so-2vcpu-16gb': ['nyc1', 'nyc3', 'ams3', 'sfo3', 'sgp1', 'lon1', 'fra1'],
};
/** The older data centres only offer the plain sizes. */
const OLDER = new Set(['nyc2', 'sfo2']);

export const SIZES: readonly Size[] = Object.entries(FAMILIES).flatMap(([description, rows]) =>
  rows.map((row) => size(description, row)),
);

const BY_SLUG = new Map(SIZES.map((each) => [each.slug, each]));

export const findSize = (slug: string): Size | undefined => BY_SLUG.get(slug);

function size(description: string, [slug, memoryGiB, vcpus, disk, transfer, monthly]: Row): Size {
  const plain = description === 'Basic' || description === 'CPU-Optimized';
  return {
    slug,
    description,
    memory: memoryGiB * 1024,
    vcpus,
    disk,
    transfer,
    priceMonthly: monthly,
    // DigitalOcean charges a month as 672 hours.
    priceHourly: Math.round((monthly / 672) * 1e5) / 1e5,
    regions: ONLY_IN[slug] ?? (plain ? REGION_SLUGS : REGION_SLUGS.filter((region) => !OLDER.has(region))),
  };
}
