// What is done to a droplet's host, one thing after the other.
import type { Account } from './account.ts';
import type { Droplet } from './droplet.ts';

/** Does the job after what is under way on the droplet's host; resolves then. A failure is logged and ends nothing else. */
export function workOnHost(account: Account, droplet: Droplet, job: () => Promise<void>): Promise<void> {
  droplet.hostWork = droplet.hostWork.then(job).catch((error) => {
    account.log(`${droplet.name} (${droplet.id}): ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  });
  return droplet.hostWork;
}
