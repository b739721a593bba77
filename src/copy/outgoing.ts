// One file on its way to one node: under a temporary name until it is whole, compared and on the disk.
import { BeltError } from '../errors.ts';
import { type Handle, isMissing, isPlainFailure } from '../ssh/sftp.ts';
import type { Entry } from './entry.ts';
import { temporaryName } from './names.ts';
import type { Session } from './session.ts';

/** One request. OpenSSH takes more, others do not. */
const REQUEST = 32 * 1024;

export class Outgoing {
  readonly session: Session;
  /** How much of it was there from an interrupted copy, in bytes; whether it is the same is for the caller to find out. */
  found = 0;
  readonly #entry: Entry;
  readonly #final: string;
  readonly #temporary: string;
  #handle: Handle | undefined;
  #pending = 0;
  #drained: (() => void) | undefined;

  constructor(session: Session, entry: Entry, final: string) {
    const cut = final.lastIndexOf('/') + 1;
    this.session = session;
    this.#entry = entry;
    this.#final = final;
    this.#temporary = `${final.slice(0, cut)}${temporaryName(final.slice(cut), [entry.path, entry.version])}`;
  }

  async open(): Promise<void> {
    const { sftp, uid } = this.session;
    const old = await sftp.lstat(this.#temporary);
    // In a folder where everybody may write, somebody else may have put it there, or may write to it.
    const isOwn = old?.isFile() === true && old.uid === uid && (old.mode & 0o077) === 0;
    if (old && !isOwn) await sftp.remove(this.#temporary);
    if (isOwn && old.size > 0 && old.size <= this.#entry.size) this.found = old.size;
    this.session.underWay.add(this);
    this.#handle = await this.#told(() => sftp.open(this.#temporary, isOwn ? 'r+' : 'wx'));
    if (isOwn && this.found === 0) await this.startOver();
  }

  /** What the node has of it, as a hash; undefined where it cannot tell. */
  hashOfFound = (): Promise<string | undefined> => this.session.digests.of(this.#temporary);

  /** What is there is not the beginning of this file. */
  async startOver(): Promise<void> {
    this.found = 0;
    await this.session.sftp.setHandleStat(this.#handle!, this.#temporary, { size: 0 });
  }

  /** Resolves when all of it is on its way: then the bytes may be overwritten. */
  async write(bytes: Buffer, position: number): Promise<void> {
    const { session } = this;
    for (let at = Math.max(0, this.found - position); at < bytes.length; at += REQUEST) {
      const part = bytes.subarray(at, at + REQUEST);
      await session.room.take(part.length);
      if (session.isFailed) return;
      this.#pending++;
      session.sftp.write(this.#handle!, this.#temporary, part, position + at).then(
        () => this.#written(part.length),
        (error) => {
          this.#written(0, part.length);
          void this.#explained(error).then((why) => session.fail(why));
        },
      );
    }
  }

  #written(bytes: number, room = bytes): void {
    this.session.bytes += bytes;
    this.session.room.give(room);
    if (--this.#pending === 0) this.#drained?.();
  }

  /** Has it written to the disk, compares it with `hash`, and gives it its name. */
  async finish(hash: string): Promise<void> {
    const { session } = this;
    const { sftp } = session;
    if (this.#pending > 0) await new Promise<void>((done) => (this.#drained = done));
    const { mode, atime, mtime } = this.#entry;
    const [handle, temporary] = [this.#handle!, this.#temporary];
    await this.#told(() => sftp.sync(handle, temporary));
    await sftp.close(handle, temporary);
    this.#handle = undefined;
    await this.#compare(hash);
    // Not before: the owner alone may read it while it is not whole, and it may get an owner's bits.
    await sftp.setStat(temporary, { mode, atime, mtime });
    await this.#told(() => sftp.rename(temporary, this.#final));
    session.underWay.delete(this);
    session.files++;
  }

  async #compare(hash: string): Promise<void> {
    const { session } = this;
    const there = await session.digests.of(this.#temporary);
    if (there === hash) return;
    const size = there === undefined ? (await session.sftp.lstat(this.#temporary))?.size : undefined;
    if (size === this.#entry.size) session.isBySize = true;
    else {
      throw new BeltError(`${this.#final}: what arrived differs from what was sent`, {
        hint: 'nothing was put in its place; run the same command again',
      });
    }
  }

  /** Removes what was copied, unless it is for the next try. */
  async discard(): Promise<void> {
    const { session } = this;
    session.underWay.delete(this);
    if (session.isCut) return;
    try {
      if (this.#handle) await session.sftp.close(this.#handle, this.#temporary);
      await session.sftp.remove(this.#temporary);
    } catch {
      // It is not there, or cannot be removed either.
    }
  }

  async #told<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw await this.#explained(error);
    }
  }

  /** SFTP has no words for most of what goes wrong with a disk. */
  async #explained(error: unknown): Promise<unknown> {
    try {
      return await this.#reason(error);
    } catch {
      // The node ended meanwhile: what it said first counts.
      return error;
    }
  }

  async #reason(error: unknown): Promise<unknown> {
    const { sftp } = this.session;
    const cut = this.#final.lastIndexOf('/') + 1;
    const folder = this.#final.slice(0, cut) || '.';
    if (isMissing(error)) return new BeltError(`${this.#final}: there is no folder ${folder}`);
    if (!isPlainFailure(error)) return error;
    const space = await sftp.space(folder);
    if (space?.isReadOnly) return new BeltError(`${this.#final}: its file system is read-only`);
    if (space && space.free < this.#entry.size) return new BeltError(`${this.#final}: no space is left there`);
    if ((await sftp.lstat(this.#final))?.isDirectory()) return new BeltError(`${this.#final}: a folder has this name`);
    return new BeltError(
      `${this.#final}: cannot be written (the node says no more than “${error.message.split(': ').at(-1)}”)`,
    );
  }
}
