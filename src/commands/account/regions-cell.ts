// Where something is available, in one cell.
import { naturalCompare } from '../../patterns/index.ts';

/** More exceptions are harder to read than the rest. */
const MOST_EXCEPTIONS = 3;

/** `all`, `none`, `not nyc2`, or the slugs; empty where DigitalOcean does not say. `everywhere` are all regions. */
export function regionsCell(regions: readonly string[] | undefined, everywhere: readonly { slug: string }[]): string {
  if (regions === undefined) return '';
  if (regions.length === 0) return 'none';
  const lacking = everywhere.map(({ slug }) => slug).filter((slug) => !regions.includes(slug));
  if (lacking.length === 0) return 'all';
  const isException = lacking.length <= MOST_EXCEPTIONS && lacking.length < regions.length;
  const named = (isException ? lacking : regions).toSorted(naturalCompare).join(', ');
  return isException ? `not ${named}` : named;
}
