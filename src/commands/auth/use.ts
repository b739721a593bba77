import { command } from '../../cli/command.ts';
import { useAccount } from '../../config/stored-accounts.ts';
import type { Context } from '../../context.ts';
import { warnOfVariable } from './precedence.ts';

export default command({
  arguments: '<name>',
  summary: 'use an account where neither a variable nor a file has a token',
  examples: [['belt auth use work', '']],
  run: (context, { name }) => authUse(context, name),
});

/** `belt auth use` — the account of commands from now on. */
async function authUse(context: Context, name: string): Promise<void> {
  useAccount(context, name);
  if (context.out.json) context.out.document({ account: name, uses: true });
  else context.out.line(name);
  warnOfVariable(context);
}
