// Where the local socket is: a folder that only this user can enter, and that goes with belt.
import { lstatSync, mkdtempSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { isAbsolute, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { BeltError } from '../errors.ts';

export interface SocketFolder {
  /** The path of the socket that is to be in it. */
  socket: string;
  remove(): void;
}

interface Around {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
}

const PREFIX = 'belt-with-';
/** What mkdtemp makes of it. */
const OWN_NAME = /^belt-with-[A-Za-z0-9]{6}$/;
const SOCKET = 'docker.sock';
/** macOS has room for 103 bytes, Linux for 107. Node cuts a longer path and says nothing: the socket would be somewhere else. */
const MOST_BYTES = 103;
/** Younger ones may be of a belt that is about to listen. */
const YOUNG_MS = 5_000;

/** Makes the folder, and removes those that killed belts left. @throws BeltError when there is no place for one */
export async function socketFolder({ env, clock }: Around): Promise<SocketFolder> {
  const places = socketPlaces(env);
  for (const place of places) await sweep(place, clock);
  for (const place of places) {
    const prefix = join(place, PREFIX);
    if (!fits(join(`${prefix}XXXXXX`, SOCKET))) continue;
    try {
      // For its owner alone, whatever the umask is.
      const folder = mkdtempSync(prefix);
      return { socket: join(folder, SOCKET), remove: () => removeFolder(folder) };
    } catch {
      // A full or read-only file system: the next may not be.
    }
  }
  throw new BeltError(
    'there is no private folder for a socket: neither XDG_RUNTIME_DIR, TMPDIR nor /tmp can hold one',
    {
      hint: 'name a short path of your own: export XDG_RUNTIME_DIR=/path/to/a/folder (chmod 700)',
    },
  );
}

/** What else is in the folder is not belt's, and keeps it. */
function removeFolder(folder: string): void {
  const socket = join(folder, SOCKET);
  try {
    if (lstatSync(socket, { throwIfNoEntry: false })?.isSocket()) unlinkSync(socket);
    rmdirSync(folder);
  } catch {
    // Gone already, or somebody's.
  }
}

/** Whether a socket can have this path. */
export const fits = (path: string): boolean => Buffer.byteLength(path) <= MOST_BYTES;

/** Folders in which nobody else can touch what this user makes, and whose path is the same in a URL. */
export function socketPlaces({ XDG_RUNTIME_DIR: own, TMPDIR: temporary }: Around['env']): string[] {
  const places = [own && isPrivate(own) ? own : undefined, temporary && isShared(temporary) ? temporary : undefined];
  return [...new Set([...places, ...(isShared('/tmp') ? ['/tmp'] : [])])].filter(
    (place): place is string => place !== undefined && !/[%?#]/.test(place),
  );
}

const isOurs = ({ uid }: { uid: number }): boolean => uid === process.getuid?.();

/** Whether it is a folder of this user's that nobody else can enter. */
export function isPrivate(path: string): boolean {
  const found = isAbsolute(path) ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  return found?.isDirectory() === true && isOurs(found) && (found.mode & 0o077) === 0;
}

/** Whether others can neither rename nor remove what is made there. */
function isShared(path: string): boolean {
  const found = isAbsolute(path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (found === undefined || !found.isDirectory()) return false;
  const isSticky = (found.mode & 0o1000) !== 0;
  return isSticky || (isOurs(found) && (found.mode & 0o022) === 0);
}

/** Removes this user's folders whose belt is gone. */
async function sweep(place: string, clock: Clock): Promise<void> {
  const names = entriesOf(place).filter((name) => OWN_NAME.test(name));
  await Promise.all(
    names.map(async (name) => {
      const folder = join(place, name);
      const found = lstatSync(folder, { throwIfNoEntry: false });
      if (
        !found?.isDirectory() ||
        !isOurs(found) ||
        (found.mode & 0o077) !== 0 ||
        clock.now() - found.mtimeMs < YOUNG_MS
      )
        return;
      // Not the process id: it may be another process's by now, or alive where its number is another one, in a container.
      const answer = await knock(join(folder, SOCKET));
      if (answer === 'ECONNREFUSED' || answer === 'ENOENT') removeFolder(folder);
    }),
  );
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The error code of connecting to a unix socket; undefined when somebody accepts. */
export function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
}
