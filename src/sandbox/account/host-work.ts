// Runs the work on a droplet's host, one job after the other.
import type { Account } from './account.ts';
import type { Droplet } from './droplet.ts';

/** Runs the job after those in progress on the droplet's host, and resolves when it is done. A failure is logged and affects nothing else. */
export function workOnHost(account: Account, droplet: Droplet, job: () => Promise<void>): Promise<void> {
  droplet.hostWork = droplet.hostWork.then(job).catch((error) => {
    account.log(`${droplet.name} (${droplet.id}): ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  });
  return droplet.hostWork;
}
