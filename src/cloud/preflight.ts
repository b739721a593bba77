// Checks what can be checked before the first droplet is paid for.
import { count } from '../count.ts';
import { BeltError, UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { Problems } from '../problems.ts';
import type { Cloud } from './client.ts';
import { LIMIT_HINT } from './errors.ts';
import { UNKNOWN } from './lenient.ts';
import type { Image, Region, Size, Vpc } from './schemas.ts';
import { hasGpu, oldSlugs } from './sizes.ts';

export interface NewDroplets {
  size: string;
  image: string;
  /** Every region in which droplets will be created. */
  regions: readonly string[];
  vpcUuid: string | undefined;
  /** How many droplets will be created. */
  count: number;
  /** How many are deleted before. */
  freed?: number;
}

/** What the account offers, as far as a plan needs it. */
export interface Offer {
  sizes: Size[];
  regions: Region[];
  image: Image | undefined;
  vpc: Vpc | undefined;
  /** Undefined where DigitalOcean does not say: then it is not checked. */
  dropletLimit: number | undefined;
  dropletCount: number | undefined;
}

/** Requests everything that `checkPlan` needs, in parallel: six requests, a seventh for a VPC. */
export async function readOffer(cloud: Cloud, plan: Pick<NewDroplets, 'image' | 'vpcUuid'>): Promise<Offer> {
  const [sizes, regions, image, vpc, { dropletLimit }, dropletCount] = await Promise.all([
    cloud.sizes(),
    cloud.regions(),
    cloud.image(plan.image),
    plan.vpcUuid === undefined ? undefined : cloud.vpc(plan.vpcUuid),
    cloud.account(),
    cloud.dropletCount(),
  ]);
  return { sizes, regions, image, vpc, dropletLimit, dropletCount };
}

/**
 * Checks a plan against the offer.
 * @throws UsageError naming the size, region, image or VPC that is not available, with the nearest that is;
 * BeltError when the account's droplet limit would be exceeded; SeveralProblems for more than one of these.
 */
export async function checkNewDroplets(
  cloud: Cloud,
  offer: Offer,
  plan: NewDroplets,
): Promise<{ size: Size; image: Image }> {
  const problems = new Problems();
  const { sizes, regions } = offer;
  const size = await problems.check(() => {
    const found = sizeOf(plan.size, sizes);
    checkListed(found);
    return found;
  });
  const image = await problems.check(async () => {
    if (!offer.image) throw await noImage(cloud, plan.image);
    checkReady(offer.image);
    return offer.image;
  });
  for (const slug of plan.regions) {
    const region = await problems.check(() => checkedRegion(slug, regions));
    if (region && size) await problems.check(() => checkSizeIn(slug, size, sizes));
    if (region && size && image) await problems.check(() => checkImageIn(slug, image, size));
  }
  await problems.check(() => checkVpc(plan, offer.vpc));
  await problems.check(() => checkLimit(cloud, plan, offer));
  problems.throwAny();
  return { size: size!, image: image! };
}

/** What a description says of droplets that exist already. */
export interface Named {
  sizes: Iterable<string>;
  regions: Iterable<string>;
  images: Iterable<string>;
}

/**
 * Checks that all that is named exists, whether or not it can be had just now; asks for nothing that is not named.
 * @throws UsageError naming those that do not
 */
export async function checkNamed(
  cloud: Pick<Cloud, 'sizes' | 'regions' | 'image' | 'images'>,
  named: Named,
): Promise<void> {
  const [sizes, regions, images] = [[...named.sizes], [...named.regions], [...named.images]];
  const [allSizes, allRegions] = await Promise.all([
    sizes.length > 0 ? cloud.sizes() : [],
    regions.length > 0 ? cloud.regions() : [],
  ]);
  const problems = new Problems();
  for (const slug of sizes) await problems.check(() => sizeOf(slug, allSizes));
  for (const slug of regions) await problems.check(() => regionOf(slug, allRegions));
  for (const ref of images) {
    await problems.check(async () => {
      if (!(await cloud.image(ref))) throw await noImage(cloud, ref);
    });
  }
  problems.throwAny();
}

function sizeOf(wanted: string, sizes: readonly Size[]): Size {
  const size = sizes.find(({ slug }) => slug === wanted);
  if (!size) throw new UsageError(`there is no size "${wanted}"`, suggestion(wanted, sizes, oldSlugs));
  return size;
}

function checkListed({ slug }: Size): void {
  if (!hasGpu(slug)) return;
  throw new UsageError(`size ${slug} has a GPU, and belt does not work with GPU droplets`, {
    hint: 'create it with another tool and choose another size here',
  });
}

function regionOf(wanted: string, regions: readonly Region[]): Region {
  const region = regions.find(({ slug }) => slug === wanted);
  if (!region) throw new UsageError(`there is no region "${wanted}"`, suggestion(wanted, regions));
  return region;
}

/** Where more than this is left of the limit, GPU droplets, which the lists do not count, are not asked for: accounts have few. */
const NEAR_LIMIT = 10;

async function checkLimit(
  cloud: Pick<Cloud, 'gpuDropletCount'>,
  { count: wanted, freed = 0 }: NewDroplets,
  { dropletCount, dropletLimit }: Offer,
): Promise<void> {
  if (dropletCount === undefined || dropletLimit === undefined || wanted === 0) return;
  const room = dropletLimit - (dropletCount - freed + wanted);
  const gpus = room >= 0 && room < NEAR_LIMIT ? ((await cloud.gpuDropletCount()) ?? 0) : 0;
  if (room - gpus >= 0) return;
  throw new BeltError(
    `${count(wanted, 'more droplet')} would exceed the account's droplet limit: ` +
      `${dropletCount + gpus} of ${dropletLimit} are in use${freed > 0 ? `, ${freed} of which will be deleted` : ''}`,
    { hint: LIMIT_HINT },
  );
}

/** Whether it is available in a region. One without regions may be anywhere: DigitalOcean decides. */
export const isIn = ({ regions }: { regions: readonly string[] | undefined }, slug: string): boolean =>
  regions?.includes(slug) ?? true;

const places = ({ regions }: { regions: readonly string[] | undefined }): string => regions?.join(', ') || 'none';

/** @throws UsageError where new droplets cannot be there */
export function checkedRegion(slug: string, regions: readonly Region[]): Region {
  const region = regionOf(slug, regions);
  if (region.available) return region;
  throw new UsageError(`region ${slug} does not accept new droplets`, { hint: 'choose another --region' });
}

function checkSizeIn(slug: string, size: Size, sizes: readonly Size[]): void {
  if (size.available && isIn(size, slug)) return;
  const others = sizes.filter((one) => one.available && isIn(one, slug));
  const alike = others.toSorted((a, b) => distance(a, size) - distance(b, size))[0]?.slug;
  throw new UsageError(`size ${size.slug} is not available in region ${slug}`, {
    hint: `it is in ${places(size)}${alike ? `; the nearest size in ${slug} is ${alike}` : ''}`,
  });
}

/** No droplet boots of an image that is still being imported, or is gone. */
function checkReady({ id, slug, status = '' }: Image): void {
  const name = `image ${slug ?? id}`;
  if (/^(new|pending)$/i.test(status)) {
    throw new UsageError(`${name} is not ready yet: DigitalOcean is still importing it`, {
      hint: 'run the same command again when it is available, or choose another --image',
    });
  }
  if (/^(deleted|retired)$/i.test(status)) {
    throw new UsageError(`${name} is ${status.toLowerCase()}`, { hint: 'choose another --image; see: belt images' });
  }
}

function checkImageIn(slug: string, image: Image, size: Size): void {
  if (!isIn(image, slug)) {
    throw new UsageError(`image ${image.slug ?? image.id} is not available in region ${slug}`, {
      hint: `it is in ${places(image)}`,
    });
  }
  if ((image.min_disk_size ?? 0) > (size.disk ?? Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      `image ${image.slug ?? image.id} needs a disk of ${image.min_disk_size} GB, but size ${size.slug} has ${size.disk} GB`,
      { hint: 'choose a larger size' },
    );
  }
}

/** A size that new droplets can have in a region. @throws UsageError naming the nearest that is available there */
export function checkedSize(slug: string, region: string, sizes: readonly Size[]): Size {
  const size = sizeOf(slug, sizes);
  checkListed(size);
  checkSizeIn(region, size, sizes);
  return size;
}

/** An image that boots a droplet of this size there. @throws UsageError where there is none */
export async function checkedImage(
  cloud: Pick<Cloud, 'image' | 'images'>,
  ref: string,
  { region, size }: { region: string; size: Size },
): Promise<Image> {
  const image = await cloud.image(ref);
  if (!image) throw await noImage(cloud, ref);
  checkReady(image);
  checkImageIn(region, image, size);
  return image;
}

const distance = (a: Size, b: Size): number =>
  apart(a.price_monthly, b.price_monthly) + apart(a.memory, b.memory) / 1024;

const apart = (a: number | undefined, b: number | undefined): number =>
  a === undefined || b === undefined ? Number.MAX_SAFE_INTEGER : Math.abs(a - b);

function checkVpc({ vpcUuid, regions }: NewDroplets, vpc: Vpc | undefined): void {
  if (vpcUuid === undefined) return;
  if (!vpc) throw new UsageError(`there is no VPC ${vpcUuid}`, { hint: 'see: belt vpcs' });
  const other = vpc.region === UNKNOWN ? undefined : regions.find((region) => region !== vpc.region);
  if (other) throw new UsageError(`VPC ${vpc.name} is in region ${vpc.region}, not in ${other}`);
}

async function noImage(cloud: Pick<Cloud, 'images'>, ref: string): Promise<UsageError> {
  const images = await cloud.images();
  return new UsageError(
    `there is no image "${ref}"`,
    suggestion(
      ref,
      images.map((image) => ({ slug: image.slug ?? String(image.id) })),
    ),
  );
}

/** The nearest of the available ones (and of other names for them), else the first few. */
function suggestion(
  word: string,
  offered: readonly { slug: string }[],
  otherWords: readonly string[] = [],
): { hint: string } {
  const slugs = offered.map(({ slug }) => slug);
  const near = nearest(word, [...otherWords, ...slugs]);
  if (near.length > 0) return { hint: `did you mean ${near.join(', ')}?` };
  return { hint: `there are ${slugs.slice(0, 12).join(', ')}${slugs.length > 12 ? ' …' : ''}` };
}
