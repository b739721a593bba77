// Droplets that never came up are recreated, once: a new machine that is paid for and does not answer is of no use to anybody.

import type { Failure } from '../fleet/failures.ts';
import type { Droplet } from '../model/droplet.ts';
import { DropletLost } from '../provision/create/addresses.ts';
import { SshError } from '../ssh/errors.ts';
import type { Applied } from './apply.ts';

/** What is to be recreated. */
export interface Recreation {
  names: string[];
  /** Those of them that exist, to be deleted first. */
  dead: Droplet[];
}

/**
 * Of what this run made: what DigitalOcean failed to make, what never had an address, what never let anybody in. Where nothing that it
 * made came up, the fault is more likely here (a network that lets no SSH out) than there, and nothing is deleted.
 */
export function recreation({ failures, created }: Applied): Recreation {
  const made = new Map(created.map((droplet) => [droplet.name, droplet]));
  const isLost = (error: unknown) => error instanceof DropletLost;
  const gone = failures.filter(({ name, error }) => isLost(error) && !made.has(name));
  const silent = failures.filter(({ error }) => isLost(error) || (error instanceof SshError && error.late));
  const dead = namesOf(silent).flatMap((name) => made.get(name) ?? []);
  const failed = new Set(namesOf(failures.filter(({ error }) => isLost(error) || error instanceof SshError)));
  const cameUp = created.filter(({ name }) => !failed.has(name));
  const removed = cameUp.length > 0 ? dead : [];
  return { names: [...namesOf(gone), ...removed.map(({ name }) => name)], dead: removed };
}

const namesOf = (failures: readonly Failure[]): string[] => failures.map(({ name }) => name);
