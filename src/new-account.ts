// A new account for `belt auth` and `belt init`: its token is asked for, or read from a pipe, tried, and kept.
import type { Account } from './cloud/schemas.ts';
import { keyringOf, NoKeyring } from './config/keyring.ts';
import { fallbacks } from './config/keys.ts';
import * as kinds from './config/kinds.ts';
import { accountsFile, storeAccount, storedAccounts } from './config/stored-accounts.ts';
import type { Context } from './context.ts';
import { BeltError, messageOf, UsageError } from './errors.ts';
import { givenSecret } from './output/given-secret.ts';
import { quoteWord } from './quote.ts';

export interface NewAccount {
  apiUrl: string;
  /** Where its token is kept. */
  place: string;
  isInKeyring: boolean;
  /** What DigitalOcean says of it; undefined where the token may not ask. */
  account: Account | undefined;
}

/** Replaces one of that name. @throws UsageError for what is no token; BeltError when DigitalOcean refuses it, or it cannot be kept */
export async function addAccount(context: Context, name: string, { keyring = true } = {}): Promise<NewAccount> {
  const before = storedAccounts(context).accounts.find((account) => account.name === name);
  const apiUrl = apiUrlOf(context);
  const token = readToken(await given(context));
  context.secrets.add(token);
  const account = await tried(context, { name, token, apiUrl });
  const kept = keyring ? await inKeyring(context, { name, token, apiUrl }) : undefined;
  storeAccount(context, { name, token: kept === undefined ? token : undefined, apiUrl });
  if (before && before.token === undefined && (kept === undefined || before.apiUrl !== apiUrl))
    await keyringOf(context)?.remove(before);
  return { apiUrl, place: kept ?? accountsFile(context), isInKeyring: kept !== undefined, account };
}

/** Has the keyring keep it, and sees that it comes back. Gives the keyring's name; undefined where there is none that does. */
async function inKeyring(
  context: Context,
  account: { name: string; token: string; apiUrl: string },
): Promise<string | undefined> {
  const keyring = keyringOf(context);
  if (!keyring) return undefined;
  try {
    await keyring.set(account, account.token, context.signal);
    if ((await keyring.get(account, context.signal)) === account.token) return keyring.name;
    context.out.note(`${keyring.name} did not keep it`);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof NoKeyring)) context.out.note(`${keyring.name} does not take it: ${messageOf(error)}`);
  }
  return undefined;
}

/** A folder's file has no say in where a token goes. @throws UsageError */
function apiUrlOf({ env }: Context): string {
  const named = env['DIGITALOCEAN_API_URL']?.trim();
  if (!named) return fallbacks().apiUrl!;
  const read = kinds.apiUrl.read(named, { folder: '/', home: '/' });
  if (read !== undefined) return read;
  throw new UsageError(`DIGITALOCEAN_API_URL must be ${kinds.apiUrl.wants}, not ${JSON.stringify(named)}`);
}

/** Where tokens are made. */
const TOKENS = 'https://cloud.digitalocean.com/account/api/tokens';

/** Far more than any token has. */
const LONGEST = 4096;

const given = (context: Context): Promise<string> =>
  givenSecret(context, {
    what: 'token',
    question: `Token (${TOKENS}): `,
    hint: 'belt auth add NAME < FILE',
    mostBytes: LONGEST,
  });

/** @throws UsageError for what is no token; it is not shown */
function readToken(text: string): string {
  const word = text.trim();
  if (word === '')
    throw new UsageError('no token was given', { hint: 'type it when asked, or: belt auth add NAME < FILE' });
  const token = word.length > LONGEST ? undefined : kinds.token.read(word, { folder: '/', home: '/' });
  if (token !== undefined) return token;
  throw new UsageError(`that is not a token: it must be ${kinds.token.wants}`);
}

/** Whose it is; undefined where the token may not ask. @throws BeltError when DigitalOcean refuses it */
async function tried(
  context: Context,
  { name, token, apiUrl }: { name: string; token: string; apiUrl: string },
): Promise<Account | undefined> {
  const { openCloud } = await import('./cloud/open.ts');
  try {
    return await openCloud(context, { apiUrl, accessToken: token }).account();
  } catch (error) {
    const { status } = error as { status?: number };
    if (status === 403) return undefined;
    if (status !== 401) throw error;
    throw new BeltError((error as Error).message, {
      hint: `check that all of it was pasted; another one: ${TOKENS}, then: belt auth add ${quoteWord(name)}`,
    });
  }
}
