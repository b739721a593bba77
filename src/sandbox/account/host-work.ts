// Runs the work on a droplet's host, one job after the other.
import type { Account } from './account.ts';
import type { Droplet } from './droplet.ts';

/**
 * Runs the job after those in progress on the droplet's host, and resolves when it ended, with whether it went well. A failure is
 * logged and affects nothing else.
 */
export function workOnHost(account: Account, droplet: Droplet, job: () => Promise<void>): Promise<boolean> {
  const ended = droplet.hostWork.then(job).then(
    () => true,
    (error) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : error;
      account.log(`${droplet.name} (${droplet.id}): ${why}`);
      return false;
    },
  );
  droplet.hostWork = ended.then(() => {});
  return ended;
}
