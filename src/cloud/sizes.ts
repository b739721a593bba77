// Size slugs: the old ones from the book and the current ones.

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

/** A monthly cost per day, in USD. */
export const dailyCost = (monthly: number): number => (monthly / HOURS_A_MONTH) * HOURS_A_DAY;

/** The book's names that still work for a size. */
export const oldSlugs: readonly string[] = [...OLD_SLUGS.keys()];

/** The current slug for a size as a user may write it. */
export const currentSize = (slug: string): string => OLD_SLUGS.get(slug.toLowerCase()) ?? slug;

/** Whether a word is a size: an old slug, one of those offered, or, where these are not known yet, one that looks like it. */
export const isSize = (word: string, offered: readonly { slug: string }[] | undefined): boolean =>
  OLD_SLUGS.has(word.toLowerCase()) ||
  (offered ? offered.some(({ slug }) => slug === word) : /^[a-z][a-z0-9]*-\d/.test(word));

/**
 * Whether a word is written like a size, of those offered or of the book, and is none: `s-1vcpu-3gb`, `3gb`. Only the numbers
 * in it differ from one that there is.
 */
export function looksLikeSize(word: string, offered: readonly { slug: string }[]): boolean {
  const shape = (slug: string) => slug.toLowerCase().replaceAll(/\d+/g, '#');
  const slugs = [...OLD_SLUGS.keys(), ...offered.map(({ slug }) => slug)];
  return slugs.some((slug) => shape(slug) === shape(word));
}
