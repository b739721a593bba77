// Tags: the names that an account knows, and the droplets that have them.
import type { Account } from './account.ts';
import type { Droplet } from './droplet.ts';
import { changing } from './firewalls/changes.ts';
import { unprocessable } from './refusals.ts';

const TAG = /^[a-zA-Z0-9_\-:]+$/;

export const isTagName = (name: unknown): name is string =>
  typeof name === 'string' && name.length <= 255 && TAG.test(name);

export function checkTagName(name: unknown): string {
  if (!isTagName(name)) {
    throw unprocessable(
      'Tags may contain letters, numbers, colons, dashes, and underscores. There is a limit of 255 characters per tag.',
    );
  }
  return name;
}

export function tagDroplets(account: Account, tag: string, droplets: readonly Droplet[]): void {
  changing(account, () => {
    for (const droplet of droplets) droplet.tags.add(tag);
  });
}

export function untagDroplets(account: Account, tag: string, droplets: readonly Droplet[]): void {
  changing(account, () => {
    for (const droplet of droplets) droplet.tags.delete(tag);
  });
}

/** Deletes the tag; its droplets stay, and firewalls no longer name it. */
export function removeTag(account: Account, tag: string): void {
  changing(account, () => {
    for (const droplet of account.droplets.withTag(tag)) droplet.tags.delete(tag);
    account.firewalls.forgetTag(tag);
  });
  account.tags.delete(tag);
}
