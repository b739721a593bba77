import { command } from '../../cli/command.ts';
import { keyringOf } from '../../config/keyring.ts';
import { removeAccount, type StoredAccount } from '../../config/stored-accounts.ts';
import type { Context } from '../../context.ts';

export default command({
  arguments: '<name>',
  summary: 'forget the token of an account',
  description: 'forget the token of an account; at DigitalOcean it stays valid until you revoke it there',
  examples: [['belt auth rm work', '']],
  run: (context, { name }) => authRm(context, name),
});

/** `belt auth rm` — the token is no longer kept here. */
async function authRm(context: Context, name: string): Promise<void> {
  const account = removeAccount(context, name);
  if (account.token === undefined && !(await removed(context, account)))
    context.out.warn(
      `the token of ${name} could not be removed from the keyring: it is locked, out of reach from here, or has no such token`,
    );
  if (context.out.json) return context.out.document({ account: name, removed: true });
  context.out.line(`${name}: removed`);
  context.out.note('the token is still valid: revoke it at https://cloud.digitalocean.com/account/api/tokens');
}

/** Whether the keyring removed it. */
async function removed(context: Context, account: StoredAccount): Promise<boolean> {
  const keyring = keyringOf(context);
  return keyring !== undefined && (await keyring.remove(account));
}
