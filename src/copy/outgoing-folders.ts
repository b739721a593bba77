// The folders of a copy on one node: made with their modes, and given their times when nothing more is put into them.
import pLimit from 'p-limit';
import { SftpError } from '../ssh/sftp.ts';
import type { Entry } from './entry.ts';
import type { Session } from './session.ts';

/** Questions about folders that may be open at once. */
const AT_ONCE = 64;
/** What its owner may do with a folder while something is put into it. */
const OWNER = 0o700;

/** A folder of the source, and where it is on the node. */
export interface Placed {
  entry: Entry;
  path: string;
  /** It is the source's, also where it was there already. */
  isSources: boolean;
}

export class OutgoingFolders {
  readonly #session: Session;
  readonly #limit = pLimit(AT_ONCE);
  /** Those that were not there yet: others keep their modes. */
  readonly #made: Placed[] = [];
  readonly #there: Placed[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes them, each after the one that it is in. */
  async make(folders: readonly Placed[]): Promise<void> {
    await Promise.all(folders.map((folder) => this.#limit(() => this.#makeOne(folder))));
  }

  /** With its mode at once, which no later run would give it if this one were cut. */
  async #makeOne(folder: Placed): Promise<void> {
    const { sftp } = this.#session;
    const { path, entry } = folder;
    const mode = entry.mode | OWNER;
    try {
      await sftp.mkdir(path, mode & 0o777);
    } catch (error) {
      if (!(await sftp.stat(path))?.isDirectory()) throw error;
      if (folder.isSources) this.#there.push(folder);
      return;
    }
    this.#made.push(folder);
    // Its umask took from it.
    await sftp.setStat(path, { mode });
  }

  /** Gives them their times; also those that were there, which an earlier run may have made that was cut. */
  async finish(): Promise<void> {
    const session = this.#session;
    if (session.isCut) return;
    await Promise.all([
      ...this.#made.map((folder) => this.#limit(() => this.#setTimes(folder))),
      // It may be another's, who alone may set its times.
      ...this.#there.map((folder) => this.#limit(() => this.#setTimes(folder).catch(unlessRefused))),
    ]);
    // What may not be written to would be in the way of the next try.
    if (session.isFailed) return;
    const closed = this.#made.filter(({ entry }) => (entry.mode & OWNER) !== OWNER);
    // The innermost first, which is not reached any more once the one around it is closed.
    closed.sort((a, b) => b.path.split('/').length - a.path.split('/').length);
    for (const { path, entry } of closed) await session.sftp.setStat(path, { mode: entry.mode });
  }

  #setTimes = ({ path, entry: { atime, mtime } }: Placed): Promise<void> =>
    this.#session.sftp.setStat(path, { atime, mtime });
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof SftpError)) throw error;
}
