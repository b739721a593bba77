// The system's keyring, for the tokens of `belt auth`: the Secret Service of Linux desktops by secret-tool(1), the keychain of macOS by
// security(1). A token goes in by stdin and comes out on stdout: arguments can be read by everybody.
import { spawn } from 'node:child_process';
import { BeltError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import type { StoredAccount, User } from './stored-accounts.ts';

/** Its owner may be asked to unlock it. */
const PATIENCE_MS = 60_000;

/** The API is a part of the key: a file that names another finds no token. */
type Entry = Pick<StoredAccount, 'name' | 'apiUrl'>;

export interface Keyring {
  /** As a person calls it. */
  name: string;
  /** Undefined where it has none, or gives none. */
  get(entry: Entry, signal?: AbortSignal): Promise<string | undefined>;
  /** @throws BeltError when it takes none */
  set(entry: Entry, token: string, signal?: AbortSignal): Promise<void>;
  /** Gives whether it had one and removed it. */
  remove(entry: Entry): Promise<boolean>;
}

/** The one of this session; undefined where there is none. */
export function keyringOf(
  { env }: Pick<User, 'env'>,
  platform: NodeJS.Platform = process.platform,
): Keyring | undefined {
  if (platform === 'darwin') return keychain(env);
  // Without a bus secret-tool would start one, that nobody can unlock a keyring on.
  return platform === 'linux' && env['DBUS_SESSION_BUS_ADDRESS'] ? secretService(env) : undefined;
}

function secretService(env: User['env']): Keyring {
  const attributes = ({ name, apiUrl }: Entry) => ['service', 'belt', 'api', apiUrl, 'account', name];
  return {
    name: 'the system’s keyring',
    get: async (entry, signal) => answered(await run(env, ['secret-tool', 'lookup', ...attributes(entry)], { signal })),
    set: async (entry, token, signal) => {
      const words = ['secret-tool', 'store', `--label=belt: ${entry.name}`, ...attributes(entry)];
      taken('secret-tool', await run(env, words, { input: token, signal }));
    },
    remove: async (entry) => (await run(env, ['secret-tool', 'clear', ...attributes(entry)], {})).code === 0,
  };
}

function keychain(env: User['env']): Keyring {
  const service = ({ apiUrl }: Entry) => `belt ${apiUrl}`;
  const words = (entry: Entry) => ['-s', service(entry), '-a', entry.name];
  return {
    name: 'the keychain',
    get: async (entry, signal) =>
      answered(await run(env, ['security', 'find-generic-password', ...words(entry), '-w'], { signal })),
    set: async (entry, token, signal) => {
      // `-i` reads its command from stdin, in words as a shell has them.
      const command = ['add-generic-password', '-U', ...words(entry), '-w', token].map(quoteWord).join(' ');
      taken('security', await run(env, ['security', '-i'], { input: `${command}\n`, signal }));
    },
    remove: async (entry) => (await run(env, ['security', 'delete-generic-password', ...words(entry)], {})).code === 0,
  };
}

interface Ended {
  /** Undefined where the program is not there. */
  code: number | null | undefined;
  stdout: string;
}

const answered = ({ code, stdout }: Ended): string | undefined => (code === 0 && stdout.trim()) || undefined;

function taken(program: string, { code }: Ended): void {
  if (code === undefined) throw new NoKeyring(`there is no ${program}`);
  if (code !== 0) throw new BeltError(`${program} failed${code === null ? '' : ` with exit code ${code}`}`);
}

/** There is no program for it: nothing that a user would expect to be used. */
export class NoKeyring extends BeltError {}

/** Its words on stderr are not read: nobody knows what they tell. */
function run(
  env: User['env'],
  [program = '', ...words]: readonly string[],
  { input = '', signal }: { input?: string; signal?: AbortSignal | undefined },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { ...env },
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
      signal,
    });
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('error', (error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve({ code: undefined, stdout: '' });
      else reject(signal?.aborted ? signal.reason : error);
    });
    child.on('close', (code) => resolve({ code, stdout }));
  });
}

/** An account's token. @throws BeltError when the keyring does not give it */
export async function keyringToken(user: User, account: StoredAccount, signal?: AbortSignal): Promise<string> {
  const token = await keyringOf(user)?.get(account, signal);
  if (token !== undefined) return token;
  throw new BeltError(`the keyring does not give the token of the account ${account.name}`, {
    hint:
      'unlock it, or run belt in the session of its owner; elsewhere: DIGITALOCEAN_ACCESS_TOKEN, or keep it in a file: ' +
      `belt auth add ${quoteWord(account.name)} --force --no-keyring`,
  });
}
