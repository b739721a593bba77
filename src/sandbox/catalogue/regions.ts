// DigitalOcean's regions.

export interface Region {
  slug: string;
  name: string;
  available: boolean;
  features: string[];
  /** The second octet of the default VPC's 10.x range. */
  octet: number;
}

const FEATURES = ['backups', 'ipv6', 'metadata', 'install_agent', 'storage', 'image_transfer'];

const ROWS: [slug: string, name: string, octet: number][] = [
  ['nyc1', 'New York 1', 116],
  ['nyc2', 'New York 2', 112],
  ['nyc3', 'New York 3', 108],
  ['ams3', 'Amsterdam 3', 110],
  ['sfo2', 'San Francisco 2', 120],
  ['sfo3', 'San Francisco 3', 124],
  ['sgp1', 'Singapore 1', 104],
  ['lon1', 'London 1', 106],
  ['fra1', 'Frankfurt 1', 114],
  ['tor1', 'Toronto 1', 118],
  ['blr1', 'Bangalore 1', 122],
  ['syd1', 'Sydney 1', 126],
  ['atl1', 'Atlanta 1', 128],
];

export const REGIONS: readonly Region[] = ROWS.map(([slug, name, octet]) => ({
  slug,
  name,
  available: true,
  features: FEATURES,
  octet,
}));

export const REGION_SLUGS: readonly string[] = REGIONS.map(({ slug }) => slug);

/** The region with the slug, or the first whose slug begins with it (`nyc`), as DigitalOcean takes it. */
export const findRegion = (slug: string): Region | undefined =>
  REGIONS.find((region) => region.slug === slug) ??
  REGIONS.find((r) => /^[a-z]{3}$/.test(slug) && r.slug.startsWith(slug));
