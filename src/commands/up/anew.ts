// Droplets that never came up are made anew, once: a new machine that is paid for and does not answer is of no use to anybody.
import type { Droplet } from '../../cloud/schemas.ts';
import { SshError } from '../../ssh/errors.ts';
import { DropletLost } from '../create/addresses.ts';
import type { Failure } from '../shared/failures.ts';
import type { Applied } from './apply.ts';

/** What is to be made once more. */
export interface Anew {
  names: string[];
  /** Those of them that exist, to be deleted first. */
  dead: Droplet[];
}

/**
 * Of what this run made. Where nothing that it made came up, the fault is more likely here (a network that lets no SSH
 * out) than there, and nothing is deleted.
 */
export function anew({ failures, created }: Applied): Anew {
  const lost = failures.filter(({ error }) => error instanceof DropletLost);
  const silent = failures.filter(({ error }) => error instanceof SshError && error.late);
  const made = new Map(created.map((droplet) => [droplet.name, droplet]));
  const dead = namesOf(silent).flatMap((name) => made.get(name) ?? []);
  const failed = new Set(namesOf(failures.filter(({ error }) => error instanceof SshError)));
  const cameUp = created.filter(({ name }) => !failed.has(name));
  const doomed = cameUp.length > 0 ? dead : [];
  return { names: [...namesOf(lost), ...doomed.map(({ name }) => name)], dead: doomed };
}

const namesOf = (failures: readonly Failure[]): string[] => failures.map(({ name }) => name);
