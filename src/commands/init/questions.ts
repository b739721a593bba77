// What init has to know, with the values and prices of the account.
import type { Cloud } from '../../cloud/client.ts';
import { findKey, namedKeys } from '../../cloud/keys.ts';
import { checkedImage, checkedRegion, checkedSize, isIn } from '../../cloud/preflight.ts';
import type { AccountKey, Image, Region, Size } from '../../cloud/schemas.ts';
import { byPrice, currentSize, hasGpu, memoryText } from '../../cloud/sizes.ts';
import { priceText } from '../../cluster/prices.ts';
import { rangeIn } from '../../config/cluster/network.ts';
import { WORLD } from '../../config/cluster/types.ts';
import { UsageError } from '../../errors.ts';
import { naturalCompare } from '../../patterns/index.ts';
import type { Identity } from '../../ssh/identity.ts';
import type { Question } from './ask.ts';

const USUAL_SIZE = 's-1vcpu-1gb';
export const USUAL_IMAGE = 'ubuntu-24-04-x64';
const USUAL_REGION = 'nyc3';
const MOST_CHOICES = 8;

export function regionQuestion(regions: readonly Region[], given?: string, wish?: string): Question<Region> {
  const open = regions.filter(({ available }) => available).toSorted((a, b) => naturalCompare(a.slug, b.slug));
  const slugs = open.map(({ slug }) => slug);
  const usual = slugs.includes(USUAL_REGION) ? USUAL_REGION : (slugs[0] ?? USUAL_REGION);
  return {
    words: 'Region, by number or slug',
    given,
    otherwise: wish ?? usual,
    choices: {
      header: ['Region', 'Name'],
      rows: open.map(({ slug, name }) => ({ word: slug, cells: [slug, name] })),
    },
    read: (word) => checkedRegion(word.toLowerCase(), regions),
  };
}

export function sizeQuestion(
  sizes: readonly Size[],
  region: string,
  { given, wish }: { given?: string | undefined; wish?: string | undefined },
): Question<Size> {
  const there = sizes.filter((size) => size.available && !hasGpu(size.slug) && isIn(size, region)).toSorted(byPrice);
  const usual = there.find(({ slug }) => slug === USUAL_SIZE) ?? there[0];
  return {
    words: 'Size of every node, by number or slug (more: belt sizes)',
    given,
    otherwise: wish ?? usual?.slug ?? USUAL_SIZE,
    choices: {
      header: ['Size', 'VCPUs', 'Memory', 'Disk', 'USD/month', ''],
      right: ['VCPUs', 'Memory', 'Disk', 'USD/month'],
      rows: there.slice(0, MOST_CHOICES).map(({ slug, vcpus, memory, disk, price_monthly }) => ({
        word: slug,
        cells: [slug, String(vcpus ?? ''), memoryText(memory), disk ? `${disk} GB` : '', priceText(price_monthly), ''],
      })),
    },
    read: (word) => checkedSize(currentSize(word), region, sizes),
  };
}

/** `images` are those of the account; without them nothing is listed. */
export function imageQuestion(
  cloud: Pick<Cloud, 'image' | 'images'>,
  images: readonly Image[],
  place: { region: string; size: Size },
  { given, wish }: { given?: string | undefined; wish?: string | undefined },
): Question<Image> {
  const bootable = images.filter(
    (image) => isIn(image, place.region) && (image.min_disk_size ?? 0) <= (place.size.disk ?? Number.POSITIVE_INFINITY),
  );
  const own = bootable.filter((image) => image.public === false);
  const debians = bootable.filter(({ slug, type }) => type === 'base' && /^(ubuntu|debian)-/.test(slug ?? ''));
  const inTurn = [...own, ...debians.toSorted((a, b) => naturalCompare(b.slug ?? '', a.slug ?? ''))];
  return {
    words: 'Image, by number, slug or id (more: belt images)',
    given,
    otherwise: wish ?? USUAL_IMAGE,
    choices: {
      header: ['Image', 'Name'],
      rows: inTurn.slice(0, MOST_CHOICES).map((image) => ({
        word: imageName(image),
        cells: [imageName(image), imageTitle(image)],
      })),
    },
    read: (word) => checkedImage(cloud, word, place),
  };
}

/** `Ubuntu 24.04 (LTS) x64` */
export const imageTitle = ({ distribution, name }: Image): string => `${distribution ?? ''} ${name}`.trim();

export const imageName = ({ slug, id }: Image): string => slug || String(id);

const MOST_NODES = 1000;

export function countQuestion(
  option: 'managers' | 'workers',
  { given, otherwise, least }: { given: string | undefined; otherwise: number; least: number },
): Question<number> {
  return {
    words: option === 'managers' ? 'How many managers (3 survive the loss of one)' : 'How many workers',
    given,
    otherwise: String(otherwise),
    read: (word) => {
      const number = /^\d{1,4}$/.test(word) ? Number(word) : Number.NaN;
      if (number >= least && number <= MOST_NODES) return number;
      throw new UsageError(`--${option} must be a number from ${least} to ${MOST_NODES}, not ${JSON.stringify(word)}`);
    },
  };
}

/** Undefined for the user's own key, which belt finds and adds to the account by itself. */
export function keyQuestion(
  keys: readonly AccountKey[],
  own: Identity | undefined,
  given: string | undefined,
): Question<AccountKey | undefined> {
  const known = own && findKey(keys, own);
  const others = keys.filter(({ id }) => id !== known?.id).slice(0, MOST_CHOICES);
  const ownCells = [OWN_KEY, known?.name ?? 'yours; belt adds it to the account', own?.source ?? ''];
  return {
    words: 'SSH key of new droplets, by number, id or name (more: belt keys)',
    given,
    otherwise: OWN_KEY,
    choices: {
      header: ['Key', 'Name', 'File'],
      rows: [
        { word: OWN_KEY, cells: ownCells },
        ...others.map(({ id, name }) => ({ word: String(id), cells: [String(id), name, ''] })),
      ],
    },
    read: (word) => (word === OWN_KEY ? undefined : namedKeys(keys, [word])[0]),
  };
}

const OWN_KEY = 'own';
const ANYWHERE = 'anywhere';

/** Ranges in CIDR notation. */
export const sshFromQuestion = (given: readonly string[] | undefined): Question<readonly string[]> => ({
  words: 'Who may use SSH: IP addresses or CIDR ranges, or anywhere',
  given: given?.join(' '),
  otherwise: ANYWHERE,
  read: (words) => {
    if (words === ANYWHERE) return WORLD;
    return [
      ...new Set(
        words
          .split(/[\s,]+/)
          .filter(Boolean)
          .map(rangeIn),
      ),
    ];
  },
});
