// The sandbox must not delete what a user wrote into its folder: descriptions of clusters, which belt keeps in its
// state folder if BELT_STATE_DIR is set.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attempt } from './attempt.ts';
import { statePath } from './info.ts';

export interface Kept {
  /** Of the clusters that are described. */
  clusters: string[];
  /** Where the descriptions are now. */
  folder: string;
}

/** Moves the descriptions from a sandbox's folder to one next to it that nothing deletes; undefined when there are none. */
export function keepDescriptions(sandboxFolder: string): Kept | undefined {
  const from = join(statePath(sandboxFolder), 'clusters');
  const files = existsSync(from) ? readdirSync(from).filter((file) => file.endsWith('.yaml')) : [];
  if (files.length === 0) return undefined;
  const safe = join(dirname(sandboxFolder), '.kept');
  mkdirSync(safe, { recursive: true, mode: 0o700 });
  const folder = join(mkdtempSync(join(safe, `${basename(sandboxFolder)}-`)), 'clusters');
  renameSync(from, folder);
  const names = files.map((file) => file.slice(0, -'.yaml'.length));
  return { clusters: names.map((name) => attempt(() => decodeURIComponent(name)) ?? name).toSorted(), folder };
}
