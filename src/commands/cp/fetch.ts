// From tasks to here: a file or folder of each, to a place here, or as a tar to stdout.
import { lstat, mkdir, readlink, realpath, stat } from 'node:fs/promises';
import path, { posix } from 'node:path';
import type { Writable } from 'node:stream';
import pLimit from 'p-limit';
import type { Context } from '../../context.ts';
import { wordsOf } from '../../copy/local-tree.ts';
import { whyRefused } from '../../copy/names.ts';
import type { Progress } from '../../copy/progress.ts';
import { type ContainerArchive, containerFile, readContainer } from '../../engine/container-files.ts';
import type { EnginePatience } from '../../engine/engine.ts';
import { EngineError } from '../../engine/error.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { quoteWord } from '../../quote.ts';
import type { Connection } from '../../ssh/connection.ts';
import { atTask } from '../../tasks/at-task.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import type { Place } from '../../tasks/find.ts';
import { Copy } from './copy.ts';
import { Incoming } from './incoming.ts';
import { type CopiedTo, isFolderPath, Misplaced, nameOf, placementOf, wholePath } from './placement.ts';

/** Tasks that are copied from at the same time. */
const AT_ONCE = 32;
const MOST_LINKS = 10;

export interface FetchOptions {
  archive: boolean;
  followLink: boolean;
  timeoutMs: number | undefined;
  progress: Progress;
  ended(copy: Copy): void;
}

/** A place here. */
export interface LocalTo extends CopiedTo {
  /** As the user wrote it. */
  shown: string;
}

/** What is at the destination here. @throws UsageError where it cannot be one */
export async function localDestination(shown: string, cwd: string): Promise<LocalTo> {
  const whole = wholePath(shown, cwd, path);
  let at = path.normalize(whole).replace(/(?<=.)[\\/]+$/, '');
  const to = { shown, isFolderPath: isFolderPath(whole, path) };
  try {
    // A link is what it leads to, also where nothing is there yet.
    for (let links = 0; links < MOST_LINKS; links++) {
      const found = await lstat(at).catch(missing);
      if (!found?.isSymbolicLink()) break;
      at = path.resolve(path.dirname(at), await readlink(at));
    }
    const found = await stat(at).catch(missing);
    if (found && !found.isDirectory() && !found.isFile()) throw new UsageError(`${shown}: not a file or folder`);
    if (found) return { ...to, path: await realpath(at), there: found.isDirectory() ? 'folder' : 'file' };
    const folder = path.dirname(at);
    if (!(await stat(folder).catch(missing))?.isDirectory()) throw new UsageError(`${folder}: no such folder here`);
    return { ...to, path: path.join(await realpath(folder), path.basename(at)), there: undefined };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shown}: ${wordsOf(error as NodeJS.ErrnoException)} here`);
  }
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

interface Fetching {
  /** As the user gave it. */
  from: string;
  to: LocalTo | Writable;
  /** What comes from each goes to a folder of its name. */
  isByTask: boolean;
  options: FetchOptions;
}

/** Copies from all of them, each at its own pace. Gives how each ended, in their order. */
export async function fetchFromAll(
  context: Context,
  connections: SharedConnections,
  places: readonly Place[],
  { from, to, isByTask, options }: Fetching,
): Promise<Copy[]> {
  const limit = pLimit(AT_ONCE);
  return await Promise.all(
    places.map((place) =>
      limit(async () => {
        const copy = new Copy(context, place, options.timeoutMs);
        options.progress.add(copy);
        await copy.work(async () => {
          const own = isByTask && 'shown' in to ? await folderOf(place, to) : to;
          await fetchOne(context, connections, copy, { from, to: own, options });
        });
        copy.end();
        options.progress.ended(place);
        if (!context.signal.aborted) options.ended(copy);
        return copy;
      }),
    ),
  );
}

async function folderOf({ name }: Place, to: LocalTo): Promise<LocalTo> {
  const why = whyRefused(name);
  if (why !== undefined) throw new BeltError(`${name}: ${why}`);
  const own = path.join(to.path, name);
  try {
    await mkdir(own, { recursive: true });
    // A link of an earlier copy would lead out of the destination.
    if (!(await lstat(own)).isDirectory())
      throw new BeltError(`${own}: it is a link here, and nothing is copied through it`);
  } catch (error) {
    if (error instanceof BeltError) throw error;
    throw new BeltError(`${own}: ${wordsOf(error as NodeJS.ErrnoException)} here`);
  }
  return { ...to, path: own, there: 'folder' };
}

async function fetchOne(
  context: Context,
  connections: SharedConnections,
  copy: Copy,
  { from, to, options }: Omit<Fetching, 'isByTask'>,
): Promise<void> {
  const patience = { clock: context.clock, signal: copy.signal };
  const whole = wholePath(from, '/', posix);
  let opened: Opened | undefined;
  const { connection } = await atTask(context, connections, copy, async (connection, { container }) => {
    opened = await open({ connection, container, whole, followLink: options.followLink }, patience);
  });
  try {
    if (!opened) throw noSuch(whole, copy.place);
    const { archive, base } = opened;
    if (archive.kind === 'file') copy.total = archive.size;
    if ('shown' in to) {
      const placement = placed({ isFolder: archive.kind === 'folder', name: nameOf(whole, posix) }, to);
      const keepOwners = options.archive && process.getuid?.() === 0;
      await new Incoming(copy, { placement, base, keepOwners }).unpack(archive.read());
    } else await toStream(archive, to, copy);
  } finally {
    opened?.archive.close();
    connections.release(connection);
  }
}

/** Which side is at fault stands in the message. */
function placed(from: { isFolder: boolean; name: string | undefined }, to: LocalTo) {
  try {
    return placementOf(from, to, path);
  } catch (error) {
    if (error instanceof Misplaced) throw new BeltError(`${error.message} here`);
    throw error;
  }
}

interface Opened {
  archive: ContainerArchive;
  /** What its names begin with. */
  base: string | undefined;
}

interface From {
  connection: Connection;
  container: string;
  whole: string;
  followLink: boolean;
}

async function open(
  { connection, container, whole, followLink }: From,
  patience: EnginePatience,
): Promise<Opened | undefined> {
  let at = whole;
  const found =
    followLink && !isFolderPath(whole, posix) ? await containerFile(connection, container, at, patience) : undefined;
  if (found?.kind === 'link') at = found.target;
  try {
    const archive = await readContainer(connection, container, at, patience);
    return archive && { archive, base: nameOf(at, posix) };
  } catch (error) {
    // `file/` is an error of its own to engines.
    if (error instanceof EngineError && /not a directory/i.test(error.message)) return undefined;
    throw error;
  }
}

function noSuch(whole: string, { name }: Place): BeltError {
  const isHidden = /^\/(proc|sys|dev|run\/secrets)(\/|$)/.test(whole);
  const how = `belt sh ${quoteWord(name)} --`;
  return new BeltError(`${whole}: no such file or folder in ${name}`, {
    hint: isHidden
      ? `its engine does not hand out what is mounted there; try: ${how} cat ${quoteWord(whole)} > FILE`
      : `look: ${how} ls -la ${quoteWord(posix.dirname(posix.normalize(whole)))}`,
  });
}

async function toStream(archive: ContainerArchive, to: Writable, copy: Copy): Promise<void> {
  for await (const piece of archive.read()) {
    copy.bytes += piece.length;
    if (!to.write(piece)) await drained(to, copy.signal);
  }
}

function drained(to: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const settled = () => {
      to.off('drain', settled);
      signal.removeEventListener('abort', settled);
      if (signal.aborted) failed(signal.reason as Error);
      else done();
    };
    to.once('drain', settled);
    signal.addEventListener('abort', settled, { once: true });
  });
}
