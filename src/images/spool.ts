// Temporary files that nobody else can read, and of which nothing is left, however belt ends: they have no name from the first moment on.
import { close, mkdtempSync, openSync, rmdirSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BeltError, messageOf } from '../errors.ts';

/** An open file of its own. @throws BeltError where there is no room for one */
export class Spool {
  readonly fd: number;
  /** In bytes. */
  size = 0;

  constructor(folder = tmpdir()) {
    let own: string | undefined;
    try {
      own = mkdtempSync(join(folder, 'belt-push-'));
      const path = join(own, 'spool');
      this.fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      rmdirSync(own);
    } catch (error) {
      throw full(folder, error);
    }
  }

  /** @throws BeltError where there is no room */
  add(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(this.fd, bytes, at, bytes.length - at, this.size + at);
      } catch (error) {
        throw full(tmpdir(), error);
      }
    }
    this.size += bytes.length;
  }

  close(): void {
    close(this.fd, () => {});
  }
}

const full = (folder: string, error: unknown): BeltError =>
  new BeltError(`no temporary file can be written in ${folder}: ${messageOf(error)}`, {
    hint: 'name a folder with more room: export TMPDIR=/path',
  });
