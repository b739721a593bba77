// What `up` says of droplets that it removes.
import type { Droplet } from '../../cloud/schemas.ts';
import type { Context } from '../../context.ts';
import { countOf } from '../../provision/tell.ts';

/** Tells what will be deleted. */
export function listDoomed({ out }: Context, doomed: readonly Droplet[]): void {
  out.note(`${countOf(doomed)} will be deleted, with all that is on ${doomed.length === 1 ? 'it' : 'them'}:`);
  for (const { id, name, publicAddress, region, size } of doomed) {
    out.note(`  ${[name, id, publicAddress ?? 'no address', region, size].join('  ')}`);
  }
}
