// The folders of a copy to here: made with their modes, and given their times when nothing more is put into them.
import { chmod, lstat, mkdir, stat, utimes } from 'node:fs/promises';
import type { Entry } from './entry.ts';
import type { Placed } from './outgoing-folders.ts';

/** What its owner may do with a folder while something is put into it, and others may not: they could put links into it. */
const [OWNER, OTHERS] = [0o700, 0o022];

export class IncomingFolders {
  /** Those that were not there yet: others keep their modes. */
  readonly #made: Placed[] = [];
  readonly #there: Placed[] = [];

  async make(folder: Placed): Promise<void> {
    const { path, entry } = folder;
    try {
      await mkdir(path, { mode: OWNER });
    } catch (error) {
      if (!(await isFolder(path, entry))) throw error;
      if (folder.isSources) this.#there.push(folder);
      return;
    }
    this.#made.push(folder);
    // At once, as no later run would do so if this one were killed.
    await chmod(path, (entry.mode | OWNER) & ~OTHERS);
  }

  /** Gives them their times; also those that were there, which an earlier run may have made that was interrupted. */
  async finish({ isWhole }: { isWhole: boolean }): Promise<void> {
    // It may be another's, who alone may set its times.
    for (const { path, entry } of this.#there) await utimes(path, entry.atime, entry.mtime).catch(() => {});
    // The innermost first, which is not reached any more once the one around it is closed.
    for (const { path, entry } of this.#made.toReversed()) {
      await utimes(path, entry.atime, entry.mtime);
      // What may not be written to would be in the way of the next try.
      await chmod(path, isWhole ? entry.mode : entry.mode | OWNER);
    }
  }
}

/** A link within what is copied is not followed: it may lead anywhere. */
async function isFolder(path: string, { names }: Entry): Promise<boolean> {
  const there = await (names.length === 0 ? stat : lstat)(path).catch(() => undefined);
  return there?.isDirectory() === true;
}
