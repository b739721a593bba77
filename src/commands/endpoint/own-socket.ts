// The socket that a user names.
import { lstatSync, statSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Context } from '../../context.ts';
import { fits, knock } from '../../endpoint/socket-folder.ts';
import { UsageError } from '../../errors.ts';

/** Its whole path, at which nothing is: what a killed belt left there is removed. @throws UsageError */
export async function ownSocket({ cwd }: Pick<Context, 'cwd'>, given: string): Promise<string> {
  const path = resolve(cwd, given);
  if (!fits(path)) {
    throw new UsageError(`the path of the socket is too long: ${path}`, { hint: 'a socket has room for 103 bytes' });
  }
  const folder = dirname(path);
  if (!isFolder(folder)) {
    throw new UsageError(`there is no folder for the socket: ${folder}`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  if (!found.isSocket()) throw new UsageError(`${path} exists and is not a socket`);
  if ((await knock(path)) !== 'ECONNREFUSED') throw new UsageError(`another program listens on ${path}`);
  unlinkSync(path);
  return path;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
