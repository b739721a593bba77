// The files of a container, by its engine: `/containers/{id}/archive`, which needs nothing in its image, and works when it is
// stopped, too. What is mounted as a tmpfs there, /proc, /sys and /dev are not among them.
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { messageOf } from '../errors.ts';
import type { Connection } from '../ssh/connection.ts';
import { checked } from './answers.ts';
import { dial } from './dial.ts';
import { type EnginePatience, lookAtEngine } from './engine.ts';
import { EngineError, messageIn } from './error.ts';
import { Stall } from './stall.ts';
import { openStream } from './stream.ts';
import { upload } from './upload.ts';

/** For an engine that sends, or takes, nothing in the middle of a copy. */
const STALL_MS = 60_000;
const STAT = 'x-docker-container-path-stat';

/** As Go's os.FileMode has them. */
const [FOLDER, LINK, OTHER] = [2 ** 31, 2 ** 27, 2 ** 26 + 2 ** 25 + 2 ** 24 + 2 ** 21 + 2 ** 19];

const stat = z.object({ size: z.number(), mode: z.number(), linkTarget: z.string().nullish() });

export interface ContainerFile {
  kind: 'file' | 'folder' | 'link' | 'other';
  /** In bytes; of a folder it says nothing. */
  size: number;
  /** Where a link leads to in the end, as a path in the container; '' for none. */
  target: string;
}

/** There is no such container, or not any more. */
export class ContainerGone extends EngineError {}

const archivePath = (container: string, query: Record<string, string>): string =>
  `/containers/${encodeURIComponent(container)}/archive?${new URLSearchParams(query)}`;

/**
 * What is there in a container; undefined where there is no such file.
 * @throws ContainerGone; EngineError where the engine cannot tell
 */
export async function containerFile(
  connection: Connection,
  container: string,
  path: string,
  patience: EnginePatience,
): Promise<ContainerFile | undefined> {
  try {
    const response = await openStream(connection, archivePath(container, { path }), { ...patience, method: 'HEAD' });
    response.resume();
    return fileOf(connection, response);
  } catch (error) {
    // Said without words: of the file, or of the container.
    if (!(error instanceof EngineError) || error.status !== 404) throw error;
    await mustBeThere(connection, container, patience);
    return undefined;
  }
}

async function mustBeThere(connection: Connection, container: string, patience: EnginePatience): Promise<void> {
  const path = `/containers/${encodeURIComponent(container)}/json`;
  try {
    await lookAtEngine(connection, patience)((docker) => dial(docker, { method: 'GET', path }));
  } catch (error) {
    throw goneOr(connection, error);
  }
}

function goneOr({ host }: Connection, error: unknown): unknown {
  if (!(error instanceof EngineError) || error.status !== 404 || !/no such container/i.test(error.message))
    return error;
  return new ContainerGone(host.name, 404, messageOf(error).replace(`${host.name}: `, ''));
}

function fileOf({ host }: Connection, { headers }: IncomingMessage): ContainerFile {
  const { mode, size, linkTarget } = checked(host.name, stat, parsed(String(headers[STAT] ?? '')));
  // Unsigned: JavaScript's own operators have 32 bits with a sign.
  const has = (bit: number) => Math.floor(mode / bit) % 2 === 1;
  const kind = has(FOLDER) ? 'folder' : has(LINK) ? 'link' : (mode & OTHER) !== 0 ? 'other' : 'file';
  return { kind, size, target: linkTarget ?? '' };
}

function parsed(header: string): unknown {
  try {
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'));
  } catch {
    return undefined;
  }
}

export interface ContainerArchive extends ContainerFile {
  /** The tar, as it comes. It ends with an error when it is cut off, or the engine sends nothing for a minute. */
  read(): AsyncGenerator<Buffer>;
  /** Closes it before its end. */
  close(): void;
}

/**
 * A file or folder of a container as a tar whose names begin with the last part of the path; undefined where there is no such file.
 * @throws ContainerGone; EngineError where the engine refuses
 */
export async function readContainer(
  connection: Connection,
  container: string,
  path: string,
  patience: EnginePatience,
): Promise<ContainerArchive | undefined> {
  let response: IncomingMessage;
  try {
    response = await openStream(connection, archivePath(container, { path }), patience);
  } catch (error) {
    const known = goneOr(connection, error);
    if (known instanceof EngineError && known.status === 404 && !(known instanceof ContainerGone)) return undefined;
    throw known;
  }
  return {
    ...fileOf(connection, response),
    read: () => pieces(connection, response, patience),
    close: () => response.destroy(),
  };
}

async function* pieces(
  connection: Connection,
  response: IncomingMessage,
  { clock, signal }: EnginePatience,
): AsyncGenerator<Buffer> {
  const { name } = connection.host;
  const stall = new Stall({ clock, ms: STALL_MS }, () => response.destroy());
  try {
    stall.begin();
    for await (const piece of response) {
      stall.end();
      yield piece as Buffer;
      stall.begin();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (stall.isOver) throw stalled(name);
    if (connection.lost) throw connection.lostError();
    throw new EngineError(name, 0, `its Docker engine cut it off: ${messageOf(error)}`);
  } finally {
    stall.end();
  }
  if (stall.isOver) throw stalled(name);
  if (!response.complete) throw connection.lost ? connection.lostError() : new EngineError(name, 0, 'it was cut off');
}

const stalled = (name: string): EngineError =>
  new EngineError(name, 0, `its Docker engine sends nothing any more (${STALL_MS / 1000} s)`, { isLate: true });

export interface WriteOptions extends EnginePatience {
  onBytes?(count: number): void;
}

/**
 * Unpacks a tar in a folder of a container. A folder is not replaced by a file, nor a file by a folder.
 * @throws ContainerGone; EngineError where the engine refuses; SshError when the connection is lost; what reading the source throws
 */
export async function writeContainer(
  connection: Connection,
  { container, folder }: { container: string; folder: string },
  tar: AsyncIterable<Uint8Array>,
  { clock, signal, onBytes = () => {} }: WriteOptions,
): Promise<void> {
  const path = archivePath(container, { path: folder, noOverwriteDirNonDir: 'true' });
  const patience = { clock, ms: STALL_MS };
  const { status, text } = await upload(connection, { method: 'PUT', path }, tar, { signal, patience, onBytes });
  if (status === 200) return;
  const { name } = connection.host;
  throw goneOr(connection, new EngineError(name, status, messageIn(text) ?? `its Docker engine answered ${status}`));
}
