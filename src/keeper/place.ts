// Where the keeper's socket is: in a folder of the user's alone, under a name that says which account and cluster it is for.
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fits, isPrivate, socketPlaces } from '../endpoint/socket-folder.ts';
import { BeltError } from '../errors.ts';
import { PROTOCOL } from './messages.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Whose connections they are. */
export interface Owner {
  /** The folder of the account's state. */
  account: string;
  cluster: string;
}

export interface KeeperPlace {
  folder: string;
  socket: string;
  /** Held by whoever starts it. */
  lock: string;
  /** Which process it is. */
  record: string;
}

/** Where the Docker of a node is, by the keeper's socket and the node's id. */
export const dockerPath = (socket: string, id: number | string): string => socket.replace(/\.sock$/, `-${id}.sock`);

/** @throws BeltError when no folder can hold a socket */
export function keeperPlace(env: Env, owner: Owner): KeeperPlace {
  const [place] = placesIn(socketPlaces(env), owner);
  if (place === undefined) {
    throw new BeltError(
      'there is no private folder for a socket: neither XDG_RUNTIME_DIR, TMPDIR nor /tmp can hold one',
      {
        hint: 'name a short path of your own: export XDG_RUNTIME_DIR=/path/to/a/folder (chmod 700)',
      },
    );
  }
  return place;
}

const uid = (): number => process.getuid?.() ?? 0;

/**
 * That place, and all others in which there is a keeper of this user's: one that a login's shell started is not where cron, sudo or a
 * shell with another TMPDIR would have one. @throws BeltError when no folder can hold a socket
 */
export function keeperPlaces(env: Env, owner: Owner, login = `/run/user/${uid()}`): KeeperPlace[] {
  const own = keeperPlace(env, owner);
  const parents = new Set([...socketPlaces(env), ...(isPrivate(login) ? [login] : [])]);
  const others = placesIn([...parents], owner).filter(({ folder }) => folder !== own.folder);
  return [own, ...others.filter(isOurs)];
}

/** What another user put there to be asked is passed over. */
function isOurs(place: KeeperPlace): boolean {
  try {
    return hasSocket(place);
  } catch {
    return false;
  }
}

function placesIn(parents: readonly string[], { account, cluster }: Owner): KeeperPlace[] {
  const what = JSON.stringify([PROTOCOL, account, cluster.toLowerCase()]);
  const name = createHash('sha256').update(what).digest('hex').slice(0, 16);
  return parents
    .map((parent) => join(parent, `belt-keep-${uid()}`))
    .filter((folder) => fits(dockerPath(join(folder, `${name}.sock`), 'x'.repeat(10))))
    .map((folder) => ({
      folder,
      socket: join(folder, `${name}.sock`),
      lock: join(folder, `${name}.lock`),
      record: join(folder, `${name}.json`),
    }));
}

/** Makes the folder where it is missing. @throws BeltError when it is not the user's alone */
export function makeFolder({ folder }: KeeperPlace): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new BeltError(`${folder}: ${(error as Error).message}`, { cause: error });
    }
  }
  checkFolder(folder);
}

/**
 * Whether there is a socket, and it is this user's alone.
 * @throws BeltError when it, or its folder, is not
 */
export function hasSocket({ folder, socket }: KeeperPlace): boolean {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return false;
  checkFolder(folder);
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined) return false;
  check(socket, found, found.isSocket());
  return true;
}

function checkFolder(folder: string): void {
  if (isPrivate(folder)) return;
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found) check(folder, found, found.isDirectory());
}

function check(path: string, { uid, mode }: Stats, isRight: boolean): void {
  const why = !isRight
    ? 'it is something else'
    : uid !== process.getuid?.()
      ? 'it belongs to another user'
      : (mode & 0o077) !== 0
        ? `others may open it (mode ${(mode & 0o777).toString(8)})`
        : undefined;
  if (why === undefined) return;
  throw new BeltError(`${path} is not used: ${why}`, {
    hint: 'have the sockets in a folder of your own: export XDG_RUNTIME_DIR=/path/to/a/folder (chmod 700)',
  });
}
