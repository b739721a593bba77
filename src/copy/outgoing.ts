// One file on its way to one node: under a temporary name until it is whole, compared and on the disk.
import { randomUUID } from 'node:crypto';
import { BeltError } from '../errors.ts';
import { type Handle, isMissing, isPlainFailure, type Listed } from '../ssh/sftp.ts';
import { type Entry, isFinishedAs } from './entry.ts';
import { temporaryName } from './names.ts';
import type { Session } from './session.ts';

/** One request. OpenSSH takes more, others do not. */
const REQUEST = 32 * 1024;

type Stats = Listed['stats'];

export class Outgoing {
  readonly session: Session;
  /** How much of it was there from an interrupted copy, in bytes; whether it is the same is for the caller to find out. */
  found = 0;
  readonly #entry: Entry;
  readonly #final: string;
  #temporary: string;
  /** What seems to be this file, whole, under its own name: then `found` is its size, and nothing is open. */
  #there: Stats | undefined;
  /** A temporary file was left beside that. */
  #isLeft = false;
  #handle: Handle | undefined;
  #pending = 0;
  #drained: (() => void) | undefined;

  constructor(session: Session, entry: Entry, final: string) {
    this.session = session;
    this.#entry = entry;
    this.#final = final;
    this.#temporary = this.#temporaryOf();
  }

  #temporaryOf(...more: string[]): string {
    const cut = this.#final.lastIndexOf('/') + 1;
    const { path, version } = this.#entry;
    return `${this.#final.slice(0, cut)}${temporaryName(this.#final.slice(cut), [path, version, ...more])}`;
  }

  async open(): Promise<void> {
    const { session } = this;
    const [there, old] = await Promise.all([session.sftp.lstat(this.#final), session.sftp.lstat(this.#temporary)]);
    if (session.isFailed) return;
    const { size, mtime } = this.#entry;
    if (size === 0 || !isFileOf(session, there) || there.size !== size || there.mtime !== mtime)
      return this.#openTemporary(old);
    this.#there = there;
    this.#isLeft = isFileOf(session, old);
    this.found = size;
  }

  async #openTemporary(old: Stats | undefined): Promise<void> {
    const { session } = this;
    // In a folder where everybody may write, somebody else may have put it there, or may write to it.
    const isOwn = isFileOf(session, old) && old.size <= this.#entry.size;
    // Another copy of the same file may be about to give it its name.
    const isFinished = isOwn && isFinishedAs(this.#entry, old);
    const isUsable = isOwn && ((old.mode & 0o077) === 0 || (isFinished && (old.mode & 0o222) === 0o200));
    if (isUsable) this.found = old.size;
    else if (isFinished) this.#temporary = this.#temporaryOf(randomUUID());
    else if (old) await this.#abandon();
    session.underWay.add(this);
    this.#handle = await this.#told(async () => (isUsable && (await this.#openOld())) || (await this.#create()));
  }

  /** Undefined where there is none any more: another copy of the same file gave it its name. */
  async #openOld(): Promise<Handle | undefined> {
    const { sftp } = this.session;
    try {
      return await sftp.open(this.#temporary, 'r+');
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.found = 0;
      return undefined;
    }
  }

  async #create(): Promise<Handle> {
    const { sftp } = this.session;
    try {
      return await sftp.open(this.#temporary, 'wx');
    } catch (error) {
      if (!isPlainFailure(error) || !(await sftp.lstat(this.#temporary))) throw error;
      // Another copy of the same file began at the same moment.
      this.#temporary = this.#temporaryOf(randomUUID());
      return await sftp.open(this.#temporary, 'wx');
    }
  }

  /** What the node has of it, as a hash; undefined where it cannot tell. */
  hashOfFound(): Promise<string | undefined> {
    const { digests } = this.session;
    // Another copy of the same file may be writing more of it meanwhile.
    return this.#there ? digests.of(this.#final) : digests.ofBeginning(this.#temporary, this.found);
  }

  /** What is there is the beginning of this file, or all of it. */
  keepFound(): void {
    const { session } = this;
    if (this.#there) session.total -= this.found;
    else {
      session.continued += this.found;
      session.bytes += this.found;
    }
  }

  /** What is there is not the beginning of this file, or nobody can tell: then it is written over. */
  async startOver(): Promise<void> {
    const { sftp, digests } = this.session;
    if (this.#there) {
      this.#there = undefined;
      await this.#openTemporary(await sftp.lstat(this.#temporary));
    } else if (!digests.isUnable) {
      await sftp.close(this.#handle!, this.#temporary);
      this.#handle = undefined;
      await this.#abandon();
      this.#handle = await this.#told(() => sftp.open(this.#temporary, 'wx'));
    }
    this.found = 0;
  }

  /**
   * Removes what is there, and goes on under a name of its own. It is never emptied, and its name never used again: another copy
   * of the same file may have just given it the final name, or be about to do so with whatever has the temporary one.
   */
  async #abandon(): Promise<void> {
    await this.#removeTemporary();
    this.#temporary = this.#temporaryOf(randomUUID());
  }

  async #removeTemporary(): Promise<void> {
    try {
      await this.session.sftp.remove(this.#temporary);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
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
    if (this.#there) {
      const { mode } = this.#entry;
      if ((this.#there.mode & 0o7777) !== mode) await session.sftp.setStat(this.#final, { mode });
      if (this.#isLeft) await this.#removeTemporary();
      session.unchanged++;
    } else await this.#finishTemporary(hash);
    session.underWay.delete(this);
    session.files++;
  }

  async #finishTemporary(hash: string): Promise<void> {
    const { sftp } = this.session;
    if (this.#pending > 0) await new Promise<void>((done) => (this.#drained = done));
    const { mode, atime, mtime } = this.#entry;
    const [handle, temporary] = [this.#handle!, this.#temporary];
    await this.#told(() => sftp.sync(handle, temporary));
    const isOurs = await this.#compare(hash);
    // Not before: the owner alone may read it while it is not whole, and it may get an owner's bits.
    // The mode last, by which another copy sees that it is finished.
    await Promise.all([
      sftp.setHandleStat(handle, temporary, { atime, mtime }),
      sftp.setHandleStat(handle, temporary, { mode }),
    ]);
    await sftp.close(handle, temporary);
    this.#handle = undefined;
    if (isOurs) await this.#rename(hash);
  }

  async #rename(hash: string): Promise<void> {
    try {
      await this.session.sftp.rename(this.#temporary, this.#final);
    } catch (error) {
      if (!isMissing(error) || (await this.session.sftp.lstat(this.#temporary))) throw await this.#explained(error);
      await this.#findFinished(hash);
    }
  }

  /** Whether it is for this copy to give it its name: another one of the same file may have done so. */
  async #compare(hash: string): Promise<boolean> {
    const { digests, sftp } = this.session;
    const there = await digests.of(this.#temporary);
    if (there === hash) return true;
    const hint = 'nothing was put in its place; run the same command again';
    if (there !== undefined) throw new BeltError(`${this.#final}: what arrived differs from what was sent`, { hint });
    const found = await sftp.lstat(this.#temporary);
    if (!found) {
      await this.#findFinished(hash);
      return false;
    }
    if (!digests.isUnable || found.size !== this.#entry.size)
      throw new BeltError(`${this.#final}: what arrived cannot be compared with what was sent`, { hint });
    this.session.isBySize = true;
    return true;
  }

  /** @throws BeltError unless what has the name is the same */
  async #findFinished(hash: string): Promise<void> {
    if ((await this.session.digests.of(this.#final)) === hash) return;
    throw new BeltError(`${this.#final}: what was copied of it is gone`, {
      hint: 'is another copy of it under way? Run the same command again',
    });
  }

  /** Removes what was copied, unless it is for the next try. */
  async discard(): Promise<void> {
    const { session } = this;
    if (!session.underWay.delete(this) || session.isCut) return;
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

/** Whether it is a plain file of the user's. */
const isFileOf = ({ uid }: Session, stats: Stats | undefined): stats is Stats =>
  stats?.isFile() === true && stats.uid === uid;
