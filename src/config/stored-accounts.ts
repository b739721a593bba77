// The accounts that `belt auth` keeps, in a file of the user's own (0600), with the tokens that no keyring has (keyring.ts). No folder has a
// say in it.
import { lstatSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { nearest } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import { openState, type State } from './state.ts';

export interface StoredAccount {
  name: string;
  /** Undefined: the system's keyring has it. */
  token?: string | undefined;
  /** The only API that the token goes to: a scheme and a host. */
  apiUrl: string;
}

/** Whose folders they are. */
export interface User {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

interface Stored {
  accounts: StoredAccount[];
  /** The name of the one that `belt auth use` chose. */
  used: string | undefined;
}

const FILE = 'accounts.json';
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** @throws UsageError for a name that will not do */
export function accountName(word: string): string {
  if (NAME.test(word)) return word;
  throw new UsageError(`${JSON.stringify(word)} cannot be the name of an account`, {
    hint: 'letters, digits, ".", "-" and "_", at most 64, such as work',
  });
}

/** `$XDG_CONFIG_HOME/belt`, or `~/.config/belt`. */
function folderOf({ env, home }: User): string {
  const xdg = env['XDG_CONFIG_HOME'];
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.config'), 'belt');
}

export const accountsFile = (user: User): string => join(folderOf(user), FILE);

/** belt's own folder among the user's configuration. */
export function openUserFolder(user: User): State {
  const root = folderOf(user);
  return openState(root, { root, mayBeLink: true, hint: `fix ${root}, then run the same command again` });
}

/** All of them, in the order in which they were added. @throws UsageError for a file that cannot be understood; BeltError */
export function storedAccounts(user: User): Stored {
  return readStored(openUserFolder(user).read(FILE), user);
}

/** The account of this name, else the one that is used; undefined where none is. @throws UsageError for a name that there is not */
export function storedAccount(user: User, name: string | undefined): StoredAccount | undefined {
  const { accounts, used } = storedAccounts(user);
  const found = accounts.find((account) => account.name === (name ?? used));
  if (found || name === undefined) return found;
  throw noAccount(name, accounts);
}

/** Adds an account, or replaces that of its name. The first is used at once. @throws BeltError when it cannot be written */
export const storeAccount = (user: User, account: StoredAccount): void =>
  change(user, ({ accounts, used }) => ({
    accounts: [...accounts.filter(({ name }) => name !== account.name), account],
    used: used ?? account.name,
  }));

/** @throws UsageError for a name that there is not; BeltError */
export const useAccount = (user: User, name: string): void =>
  change(user, ({ accounts }) => {
    if (!accounts.some((account) => account.name === name)) throw noAccount(name, accounts);
    return { accounts, used: name };
  });

/** Gives what it was. @throws UsageError for a name that there is not; BeltError */
export function removeAccount(user: User, name: string): StoredAccount {
  let removed: StoredAccount | undefined;
  change(user, ({ accounts, used }) => {
    removed = accounts.find((account) => account.name === name);
    if (!removed) throw noAccount(name, accounts);
    return { accounts: accounts.filter((account) => account !== removed), used: used === name ? undefined : used };
  });
  return removed!;
}

/** Whether others can read the file. Windows has no such bits. */
export function isReadableByOthers(user: User): boolean {
  if (process.platform === 'win32') return false;
  const stats = lstatSync(accountsFile(user), { throwIfNoEntry: false });
  return stats !== undefined && (stats.mode & 0o077) !== 0;
}

/** A token that may be shown: enough of it to tell one from another. */
export const maskedToken = (token: string): string =>
  token.length < 24 ? '•••' : `${/^do[a-z]_v1_/.exec(token)?.[0] ?? ''}•••${token.slice(-4)}`;

function change(user: User, how: (stored: Stored) => Stored): void {
  openUserFolder(user).update(FILE, (text) => {
    const { accounts, used } = how(readStored(text, user));
    if (accounts.length === 0) return undefined;
    const entries = accounts.map(({ name, token, apiUrl }) => [
      name,
      { ...(token === undefined ? { keyring: true } : { token }), api_url: apiUrl },
    ]);
    return `${JSON.stringify({ use: used, accounts: Object.fromEntries(entries) }, undefined, 2)}\n`;
  });
}

function readStored(text: string | undefined, user: User): Stored {
  if (text === undefined) return { accounts: [], used: undefined };
  try {
    const { use, accounts } = JSON.parse(text) as { use?: unknown; accounts?: unknown };
    const entries = Object.entries(
      accounts as Record<string, { token?: unknown; keyring?: unknown; api_url?: unknown }>,
    );
    const read = entries.map(([name, { token, keyring, api_url: apiUrl }]): StoredAccount => {
      if (!NAME.test(name) || typeof apiUrl !== 'string') throw new TypeError(name);
      if (keyring === true) return { name, apiUrl };
      if (typeof token !== 'string') throw new TypeError(name);
      return { name, token, apiUrl };
    });
    return { accounts: read, used: typeof use === 'string' ? use : undefined };
  } catch {
    throw new UsageError(`${accountsFile(user)} is corrupt`, {
      hint: 'remove it, then add the accounts again: belt auth add NAME',
    });
  }
}

function noAccount(name: string, accounts: readonly StoredAccount[]): UsageError {
  const names = accounts.map((account) => account.name);
  const [near] = nearest(name, names, { most: 1 });
  const there = names.length > 0 ? `kept accounts: ${names.join(', ')}` : `add it: belt auth add ${quoteWord(name)}`;
  return new UsageError(`there is no account ${JSON.stringify(name)}`, {
    hint: near === undefined ? there : `did you mean ${near}?`,
  });
}
