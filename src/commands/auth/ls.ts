import { command } from '../../cli/command.ts';
import { fallbacks } from '../../config/keys.ts';
import { maskedToken, storedAccounts } from '../../config/stored-accounts.ts';
import type { Context } from '../../context.ts';
import { variableWins, warnOfVariable } from './precedence.ts';

export default command({
  summary: 'list the accounts that are kept, tokens masked',
  description: 'list the accounts that are kept, tokens masked; * marks the one in use',
  examples: [['belt auth ls', '']],
  run: authLs,
});

/** `belt auth ls` — the names of the accounts, and which one is used. */
async function authLs(context: Context): Promise<void> {
  const { out } = context;
  const { accounts, used: chosen } = storedAccounts(context);
  const used = variableWins(context) ? undefined : chosen;
  if (out.json) {
    return out.document(
      accounts.map(({ name, token, apiUrl }) => ({
        name,
        uses: name === used,
        token: token === undefined ? null : maskedToken(token),
        keyring: token === undefined,
        apiUrl,
      })),
    );
  }
  if (out.quiet) return out.lines(accounts.map(({ name }) => name));
  if (accounts.length === 0) return out.note('no accounts yet; add one: belt auth add NAME');
  const usual = fallbacks().apiUrl;
  out.table(
    ['', 'Account', 'Token', 'API'],
    accounts.map(({ name, token, apiUrl }) => [
      name === used ? '*' : '',
      name,
      token === undefined ? 'in the keyring' : maskedToken(token),
      apiUrl === usual ? 'DigitalOcean' : apiUrl,
    ]),
  );
  if (chosen !== undefined) warnOfVariable(context);
}
