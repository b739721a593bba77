import { command } from '../../cli/command.ts';
import { keyringOf } from '../../config/keyring.ts';
import { removeAccount } from '../../config/stored-accounts.ts';
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
  if (account.token === undefined) await keyringOf(context)?.remove(account);
  if (context.out.json) return context.out.document({ account: name, removed: true });
  context.out.line(`${name}: removed`);
  context.out.note('the token is still valid: revoke it at https://cloud.digitalocean.com/account/api/tokens');
}
