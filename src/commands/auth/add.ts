import { command, flag, off, type Values } from '../../cli/command.ts';
import { accountName, storedAccounts } from '../../config/stored-accounts.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { addAccount } from '../../new-account.ts';
import { quoteWord } from '../../quote.ts';
import { variableWins, warnOfVariable } from './precedence.ts';

const options = {
  force: flag('replace the account of that name'),
  keyring: off('keep the token in a file, also where there is a keyring'),
};

export default command({
  arguments: '<name>',
  summary: 'keep the token of an account: asks for it, or reads it from a pipe',
  description:
    'Keeps the token of an account in the system’s keyring where there is one (secret-tool on Linux, the keychain of ' +
    'macOS), else in a file of your own that nobody else can read. It asks for the token, or reads it from a pipe, never ' +
    'from an argument, and tries it first. --account uses it for one command; `auth use` has it used where neither DIGITALOCEAN_ACCESS_TOKEN nor .belt.yaml has one. It goes to no API but ' +
    'the one it was added for (DIGITALOCEAN_API_URL, else DigitalOcean’s).',
  options,
  examples: [
    ['belt auth add work', 'asks; nothing is shown'],
    ['pass do/work | belt auth add work', ''],
  ],
  run: (context, { name }, options) => authAdd(context, name, options),
});

/** `belt auth add` — keeps a token under a name, once DigitalOcean took it. */
async function authAdd(context: Context, word: string, { force, keyring }: Values<typeof options>): Promise<void> {
  const name = accountName(word);
  if (!force && storedAccounts(context).accounts.some((account) => account.name === name)) {
    throw new UsageError(`there is an account ${name} already`, { hint: 'another name, or --force to replace it' });
  }
  const { apiUrl, place, isInKeyring, account } = await addAccount(context, name, { keyring });
  const isChosen = storedAccounts(context).used === name;
  const isUsed = isChosen && !variableWins(context);
  const { out } = context;
  if (out.json) {
    return out.document({
      account: name,
      uses: isUsed,
      apiUrl,
      keyring: isInKeyring,
      email: account?.email ?? null,
    });
  }
  const whose = account?.name ?? account?.email;
  out.line(`${name}: added${whose === undefined ? '' : ` (${whose})`}`);
  const use = isUsed ? '; it is in use' : isChosen ? '' : `; use it: belt auth use ${quoteWord(name)}`;
  out.note(`kept in ${place}${use}`);
  if (isChosen) warnOfVariable(context);
}
