// Size slugs: the old ones from the book and the current ones.
import { naturalCompare } from '../patterns/index.ts';

/** The slugs of 2016 and the Basic droplets that came after them (docs/design.md §5). */
const OLD_SLUGS: ReadonlyMap<string, string> = new Map([
  ['512mb', 's-1vcpu-512mb-10gb'],
  ['1gb', 's-1vcpu-1gb'],
  ['2gb', 's-1vcpu-2gb'],
  ['4gb', 's-2vcpu-4gb'],
  ['8gb', 's-4vcpu-8gb'],
  ['16gb', 's-8vcpu-16gb'],
]);

/**
 * DigitalOcean bills by the second since 2026-01-01, at least 60 s or 0.01 USD a droplet, and at most the monthly price, which is
 * that of 672 hours (https://docs.digitalocean.com/products/droplets/details/pricing/).
 */
export const HOURS_A_MONTH = 672;
const HOURS_A_DAY = 24;

/** What droplets cost per month, in USD. */
export const monthlyCost = (droplets: readonly { priceMonthly?: number | undefined }[]): number =>
  droplets.reduce((sum, { priceMonthly }) => sum + (priceMonthly ?? 0), 0);

/**
 * What a droplet costs with backups, in hundredths of its price: they are daily where no policy says otherwise, as belt's are; weekly
 * ones cost 20 % (https://docs.digitalocean.com/products/backups/details/pricing/).
 */
const WITH_BACKUPS = 130;

/** A price with that of daily backups, to the cent. */
export const withBackups = (price: number): number => Math.round(price * WITH_BACKUPS) / 100;

/** A monthly cost per day, in USD. */
export const dailyCost = (monthly: number): number => (monthly / HOURS_A_MONTH) * HOURS_A_DAY;

/** `18.00 USD a month (0.027 an hour)` */
export const costWords = (monthly: number): string =>
  `${monthly.toFixed(2)} USD a month (${(monthly / HOURS_A_MONTH).toFixed(3)} an hour)`;

/** The book's names that still work for a size. */
export const oldSlugs: readonly string[] = [...OLD_SLUGS.keys()];

/** The book's name for a size; undefined where it has none. */
export const oldSlugOf = (slug: string): string | undefined =>
  [...OLD_SLUGS].find(([, current]) => current === slug)?.[0];

/** The order of sizes for people: by price, those of one price by name; without a price last. */
export const byPrice = (a: Priced, b: Priced): number =>
  (a.price_monthly ?? Number.MAX_VALUE) - (b.price_monthly ?? Number.MAX_VALUE) || naturalCompare(a.slug, b.slug);

interface Priced {
  slug: string;
  price_monthly?: number | undefined;
}

/** DigitalOcean's lists by tag have no GPU droplets: belt would not find one again. */
export const hasGpu = (slug: string): boolean => slug.startsWith('gpu-');

/** `512 MiB`, `8 GiB`; empty where it is not known. */
export function memoryText(mib: number | undefined): string {
  if (mib === undefined) return '';
  return mib % 1024 === 0 ? `${mib / 1024} GiB` : `${mib} MiB`;
}

/** The current slug for a size as a user may write it. */
export const currentSize = (slug: string): string => OLD_SLUGS.get(slug.toLowerCase()) ?? slug;

/** Whether a word is a size: an old slug, one of those offered, or, where these are not known yet, one that looks like it. */
export const isSize = (word: string, offered: readonly { slug: string }[] | undefined): boolean =>
  OLD_SLUGS.has(word.toLowerCase()) ||
  (offered ? offered.some(({ slug }) => slug === word) : /^[a-z][a-z0-9]*-\d/.test(word));

/**
 * Whether a word is written like a size, of those offered or of the book, and is none: `s-1vcpu-3gb`, `3gb`, `512m`, `1gbb`. Only
 * the numbers in it differ from one that there is, or it begins like one, or it is an amount of memory.
 */
export function looksLikeSize(word: string, offered: readonly { slug: string }[]): boolean {
  const shape = (slug: string) => slug.toLowerCase().replaceAll(/\d+/g, '#');
  const slugs = [...OLD_SLUGS.keys(), ...offered.map(({ slug }) => slug)];
  const family = /^([a-z]\w*-)\d+v/i.exec(word)?.[1];
  return (
    /^\d+[gmt]i?b*$/i.test(word) ||
    (family !== undefined && slugs.some((slug) => slug.startsWith(family.toLowerCase()))) ||
    slugs.some((slug) => shape(slug) === shape(word))
  );
}
