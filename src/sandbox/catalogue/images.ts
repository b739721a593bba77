// The images that every account sees, and the private snapshot of the book.
import { REGION_SLUGS } from './regions.ts';

export interface Image {
  id: number;
  name: string;
  distribution: string;
  slug: string | null;
  type: 'base' | 'snapshot';
  public: boolean;
  /** A 1-Click application (`?type=application` selects these). */
  application: boolean;
  /** Whether the image brings the Docker engine. */
  hasEngine: boolean;
  regions: readonly string[];
  createdAt: string;
  minDiskSize: number;
  sizeGigabytes: number;
  description: string;
  /** The droplet that a snapshot was taken of. */
  dropletId?: number | undefined;
}

// DigitalOcean's description of an image lists no region newer than these.
const IMAGE_REGIONS = REGION_SLUGS.filter((slug) => slug !== 'atl1');

type Row = [id: number, slug: string, distribution: string, name: string];

const DISTRIBUTIONS: Row[] = [
  [195932981, 'ubuntu-24-04-x64', 'Ubuntu', '24.04 (LTS) x64'],
  [195932982, 'ubuntu-22-04-x64', 'Ubuntu', '22.04 (LTS) x64'],
  [203500412, 'ubuntu-25-10-x64', 'Ubuntu', '25.10 x64'],
  [203500511, 'debian-13-x64', 'Debian', '13 x64'],
  [193086210, 'debian-12-x64', 'Debian', '12 x64'],
  [203936280, 'fedora-42-x64', 'Fedora', '42 x64'],
  [201738120, 'rockylinux-9-x64', 'Rocky Linux', '9 x64'],
  [201738944, 'centos-stream-9-x64', 'CentOS', 'Stream 9 x64'],
];
const APPLICATIONS: Row[] = [
  [134311623, 'docker-20-04', 'Ubuntu', 'Docker on Ubuntu 20.04'],
  [144912014, 'docker-22-04', 'Ubuntu', 'Docker on Ubuntu 22.04'],
  [145912013, 'lamp-20-04', 'Ubuntu', 'LAMP on Ubuntu 22.04'],
];

export const PUBLIC_IMAGES: readonly Image[] = [
  ...DISTRIBUTIONS.map((row) => publicImage(row, false)),
  ...APPLICATIONS.map((row) => publicImage(row, true)),
];

/** The snapshot that the book's `.belt.yaml` names: Ubuntu with Docker. */
export const BOOK_SNAPSHOT: Image = snapshotImage(18153887, 'docker', {
  hasEngine: true,
  distribution: 'Ubuntu',
  regions: ['sgp1'],
  createdAt: '2016-07-05T05:10:40Z',
  minDiskSize: 10,
  dropletId: 18511680,
});

/** A private image that was taken from a droplet. */
export function snapshotImage(
  id: number,
  name: string,
  from: Pick<Image, 'hasEngine' | 'distribution' | 'regions' | 'createdAt' | 'minDiskSize' | 'dropletId'>,
): Image {
  return {
    ...from,
    id,
    name,
    slug: null,
    type: 'snapshot',
    public: false,
    application: false,
    sizeGigabytes: 1.42,
    description: '',
  };
}

function publicImage([id, slug, distribution, name]: Row, application: boolean): Image {
  return {
    id,
    name,
    distribution,
    slug,
    type: application ? 'snapshot' : 'base',
    public: true,
    application,
    hasEngine: slug.startsWith('docker'),
    regions: IMAGE_REGIONS,
    createdAt: '2025-06-11T00:00:00Z',
    minDiskSize: 7,
    sizeGigabytes: application ? 2.36 : 0.74,
    description: `${distribution} ${name}`,
  };
}
