// SFTP on a connection (draft-ietf-secsh-filexfer-02, the version that OpenSSH speaks): ssh2's, with promises, errors that name the
// path, and an end to waiting.
import type ssh2 from 'ssh2';
import { systemClock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { poll } from '../wait.ts';
import { SshError } from './errors.ts';
import type { SshHost } from './host.ts';

/** How long a host may leave every request unanswered, in ms: a slow disk syncs for a while. */
const SILENCE_MS = 180_000;
const LOOK_EVERY_MS = 5_000;

/** The status codes of the protocol that belt tells apart. */
const STATUS = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

/** What a host said to one request. */
export class SftpError extends BeltError {
  override readonly name = 'SftpError';
  readonly status: number;

  constructor(path: string, words: string, status: number) {
    super(`${path}: ${words}`);
    this.status = status;
  }
}

export type Handle = Buffer;
type Stats = ssh2.Stats;
type Wrapper = ssh2.SFTPWrapper;
type Answer<T> = (error: Error | null | undefined, value: T) => void;

export interface Listed {
  name: string;
  stats: Stats;
}

/** What a file system has left, in bytes. */
export interface Space {
  free: number;
  isReadOnly: boolean;
}

export class Sftp {
  readonly #host: SshHost;
  readonly #sftp: Wrapper;
  readonly #ended = new AbortController();
  #pending = 0;
  #heardMs = systemClock.now();

  /** `cut` ends the connection. */
  constructor(host: SshHost, sftp: Wrapper, cut: () => void) {
    this.#host = host;
    this.#sftp = sftp;
    const lost = () => this.#ended.abort();
    sftp.on('close', lost).on('end', lost).on('error', lost);
    this.#watch(cut).catch(() => {});
  }

  /** Undefined where there is nothing. */
  stat = (path: string): Promise<Stats | undefined> =>
    orNothing(this.#ask(path, (done) => this.#sftp.stat(path, done)));
  lstat = (path: string): Promise<Stats | undefined> =>
    orNothing(this.#ask(path, (done) => this.#sftp.lstat(path, done)));
  realpath = (path: string): Promise<string> => this.#ask(path, (done) => this.#sftp.realpath(path, done));
  mkdir = (path: string, mode: number): Promise<void> =>
    this.#do(path, (done) => this.#sftp.mkdir(path, { mode }, done));
  remove = (path: string): Promise<void> => this.#do(path, (done) => this.#sftp.unlink(path, done));
  setStat = (path: string, attributes: ssh2.InputAttributes): Promise<void> =>
    this.#do(path, (done) => this.#sftp.setstat(path, attributes, done));

  /** What is in a folder, without `.` and `..`. */
  async list(path: string): Promise<Listed[]> {
    const entries = await this.#ask<ssh2.FileEntryWithStats[]>(path, (done) => this.#sftp.readdir(path, done));
    return entries.map(({ filename, attrs }) => ({ name: filename, stats: attrs as Stats }));
  }

  /** `flags` as fopen(3) and open(2) have them: `r`, `wx` (there must be none yet), `r+`. */
  open = (path: string, flags: 'r' | 'r+' | 'wx', mode = 0o600): Promise<Handle> =>
    this.#ask(path, (done) => this.#sftp.open(path, flags, mode, done));
  close = (handle: Handle, path: string): Promise<void> => this.#do(path, (done) => this.#sftp.close(handle, done));
  fstat = (handle: Handle, path: string): Promise<Stats> => this.#ask(path, (done) => this.#sftp.fstat(handle, done));
  setHandleStat = (handle: Handle, path: string, attributes: ssh2.InputAttributes): Promise<void> =>
    this.#do(path, (done) => this.#sftp.fsetstat(handle, attributes, done));

  /** The bytes may change as soon as this returned its promise: they were put into a packet. */
  write = (handle: Handle, path: string, bytes: Buffer, position: number): Promise<void> =>
    this.#do(path, (done) => this.#sftp.write(handle, bytes, 0, bytes.length, position, done));

  /** Reads what there is, at most so many bytes; none at the end. */
  async read(handle: Handle, path: string, bytes: Buffer, position: number): Promise<number> {
    return this.#ask<number>(path, (done) =>
      this.#sftp.read(handle, bytes, 0, bytes.length, position, (error, count) => {
        if (isEnd(error)) done(undefined, 0);
        else done(error, count);
      }),
    );
  }

  /** Has the host write the file to its disk, where it can be asked to (fsync@openssh.com). */
  sync = (handle: Handle, path: string): Promise<void> =>
    this.#ifKnown(() => this.#do(path, (done) => this.#sftp.ext_openssh_fsync(handle, done)));

  /** Puts it in the place of what is there, in one step where the host can (posix-rename@openssh.com). */
  async rename(from: string, to: string): Promise<void> {
    let isKnown = true;
    await this.#ifKnown(
      () => this.#do(to, (done) => this.#sftp.ext_openssh_rename(from, to, done)),
      () => {
        isKnown = false;
      },
    );
    if (isKnown) return;
    // The protocol's own rename refuses a name that is taken (draft, section 6.5).
    if (await this.lstat(to)) await this.remove(to);
    await this.#do(to, (done) => this.#sftp.rename(from, to, done));
  }

  /** Undefined where the host does not say (statvfs@openssh.com). */
  async space(path: string): Promise<Space | undefined> {
    type Statvfs = { f_frsize: number; f_bavail: number; f_flag: number };
    const ask = this.#sftp.ext_openssh_statvfs.bind(this.#sftp) as unknown as (
      p: string,
      done: Answer<Statvfs>,
    ) => void;
    try {
      const { f_frsize, f_bavail, f_flag } = await this.#ask<Statvfs>(path, (done) => ask(path, done));
      return { free: Number(f_frsize) * Number(f_bavail), isReadOnly: (Number(f_flag) & 1) !== 0 };
    } catch {
      return undefined;
    }
  }

  end(): void {
    this.#ended.abort();
    this.#sftp.end();
  }

  /** ssh2 throws for an extension that the host does not have. */
  async #ifKnown(ask: () => Promise<void>, otherwise: () => void = () => {}): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (error instanceof SftpError && error.status === STATUS.unsupported) return otherwise();
      throw error;
    }
  }

  #do = (path: string, ask: (done: (error?: Error | null) => void) => void): Promise<void> =>
    this.#ask<void>(path, (done) => ask((error) => done(error, undefined)));

  #ask<T>(path: string, ask: (done: Answer<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // ssh2 would keep a request for a channel that is closed, and never answer it.
      if (this.#ended.signal.aborted) return reject(this.#lost());
      if (this.#pending++ === 0) this.#heardMs = systemClock.now();
      try {
        ask((error, value) => {
          this.#pending--;
          this.#heardMs = systemClock.now();
          if (error) reject(this.#asOurs(path, error));
          else resolve(value);
        });
      } catch (error) {
        this.#pending--;
        reject(/does not support/.test(String(error)) ? new SftpError(path, String(error), STATUS.unsupported) : error);
      }
    });
  }

  #asOurs(path: string, error: Error & { code?: unknown }): BeltError {
    const { code, message } = error;
    if (typeof code !== 'number' || code > STATUS.unsupported || code === 6 || code === 7) return this.#lost();
    const words: Record<number, string> = {
      [STATUS.noSuchFile]: 'no such file or folder',
      [STATUS.permissionDenied]: 'permission denied',
    };
    return new SftpError(path, words[code] ?? message, code);
  }

  #lost(): SshError {
    return new SshError(this.#host, 'lost', 'the connection was lost', 'the same command continues where it was cut');
  }

  async #watch(cut: () => void): Promise<void> {
    const isSilent = () => this.#pending > 0 && systemClock.now() - this.#heardMs > SILENCE_MS;
    const waiting = { clock: systemClock, signal: this.#ended.signal, deadline: Number.POSITIVE_INFINITY };
    await poll(() => (isSilent() ? true : undefined), { ...waiting, intervalMs: LOOK_EVERY_MS });
    cut();
  }
}

/** Whether it says that there is no such file or folder. */
export const isMissing = (error: unknown): boolean => error instanceof SftpError && error.status === STATUS.noSuchFile;

/** Whether it says no more than that it failed: OpenSSH has no other word for a full disk. */
export const isPlainFailure = (error: unknown): error is SftpError =>
  error instanceof SftpError && error.status === STATUS.failure;

const isEnd = (error: Error | null | undefined): boolean => (error as { code?: number } | undefined)?.code === 1;

async function orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The error for a host that starts no SFTP. */
export function noSftp({ name }: Pick<SshHost, 'name'>, { message }: Error): BeltError {
  // What a login script prints arrives where the protocol begins, and is read as the length of a packet.
  const isNoise = /packet/i.test(message);
  return new BeltError(
    isNoise
      ? `${name}: what its login scripts print is in the way of SFTP`
      : `${name}: it refuses SFTP, by which belt copies files (${message})`,
    {
      hint: isNoise
        ? 'have ~/.bashrc there print nothing where nobody is at a terminal'
        : `have its sshd_config say: Subsystem sftp internal-sftp; a single file also goes by: belt exec ${name} -i -- tee /path < file`,
    },
  );
}
