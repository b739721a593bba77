// Locates the state of an account. What is known about one account's droplets never applies to another's, nor to another API that
// claims to serve the same account. Which account a token belongs to is asked once and remembered, without the token.
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openState, type State } from './state.ts';
import type { Settings } from './types.ts';

type Access = Pick<Settings, 'stateFolder' | 'apiUrl' | 'accessToken'>;

interface Accounts {
  salt: string;
  /** Folder names, by a hash of token and API. */
  folders: Record<string, string>;
  /** By API: the folder last used, for commands that run without a token. */
  last: Record<string, string>;
}

const FILE = 'accounts.json';
const FOLDER_NAME = /^[\w.-]{1,120}$/;

/**
 * The state of the account that the settings give access to. `ask` gives the account's id, or undefined where the token may not
 * ask for it; it is called for a token that was not seen before. @throws what `ask` throws
 */
export async function openAccountState(access: Access, ask: () => Promise<string | undefined>): Promise<State> {
  const { stateFolder, apiUrl, accessToken } = access;
  const own = { root: stateFolder, mayBeLink: true };
  const root = openState(stateFolder, own);
  const known = accountsIn(root.readJson(FILE));
  const open = (name: string) => openState(join(stateFolder, 'accounts', name), own);
  if (accessToken === undefined) return open(checked(known.last[apiUrl]) ?? folderName(apiUrl, 'no account'));
  const key = hash(known.salt, apiUrl, accessToken);
  const kept = checked(known.folders[key]);
  const name = kept ?? folderName(apiUrl, (await ask()) ?? hash(apiUrl, accessToken));
  if (kept === undefined || known.last[apiUrl] !== kept) remember(root, { ...access, name });
  return open(name);
}

/** If the folder cannot be written to, each command costs one more request. */
function remember(root: State, { apiUrl, accessToken = '', name }: Access & { name: string }): void {
  try {
    root.updateJson(FILE, (kept) => {
      const known = accountsIn(kept);
      known.folders[hash(known.salt, apiUrl, accessToken)] = name;
      known.last[apiUrl] = name;
      return known;
    });
  } catch {
    // Whoever has to write reports the failure itself.
  }
}

/** One API's accounts are never another's: their ids are whatever that API says. */
const folderName = (apiUrl: string, id: string): string =>
  `${new URL(apiUrl).hostname.replace(/[^\w.-]/g, '_').slice(0, 80)}-${hash(apiUrl, id).slice(0, 16)}`;

const hash = (...parts: readonly string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');

const checked = (name: unknown): string | undefined =>
  typeof name === 'string' && FOLDER_NAME.test(name) && !/^\.+$/.test(name) ? name : undefined;

function accountsIn(kept: unknown): Accounts {
  const { salt, folders, last } = (kept ?? {}) as Partial<Record<keyof Accounts, unknown>>;
  return {
    salt: typeof salt === 'string' && salt !== '' ? salt : randomBytes(16).toString('hex'),
    folders: names(folders),
    last: names(last),
  };
}

const names = (kept: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(typeof kept === 'object' && kept !== null ? kept : {}).filter(([, name]) => checked(name)),
  );
