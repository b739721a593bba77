// Which nodes have an image, for clients that pull it where nobody has it.
import type { ApiFleet, Look } from '../fleet.ts';
import { imagePath } from './age.ts';

/** `unknown`: those that may be the only ones to have it. */
export async function findImage(fleet: ApiFleet, name: string): Promise<Look> {
  const { found, unknown } = await fleet.look({ path: imagePath(name) });
  return { found, unknown: unknown.filter((node) => fleet.images.mayAloneHave(node, name)) };
}
