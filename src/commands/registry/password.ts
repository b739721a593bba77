import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { givenSecret } from '../../output/given-secret.ts';

/** Far more than any token has. */
const LONGEST = 65_536;

/** From stdin without the line break at its end, as docker takes it, or asked for. @throws UsageError */
export async function givenPassword(context: Context, host: string, user: string): Promise<string> {
  const hint = `belt registry login ${host} --user ${user} < FILE`;
  const question = `Password of ${user} on ${host}: `;
  const text = await givenSecret(context, { what: 'password', question, hint, mostBytes: LONGEST });
  const password = text.replace(/\r?\n$/, '');
  if (password === '' || password.includes('\0') || password.length > LONGEST) {
    throw new UsageError(password === '' ? 'no password was given' : 'that is not a password', { hint });
  }
  return password;
}
