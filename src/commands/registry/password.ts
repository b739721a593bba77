import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';

/** Far more than any token has. */
const LONGEST = 65_536;

/** From stdin without the line break at its end, as docker takes it, or asked for. @throws UsageError */
export async function givenPassword(context: Context, host: string, user: string): Promise<string> {
  const text = await given(context, host, user);
  const password = text.replace(/\r?\n$/, '');
  if (password === '' || password.includes('\0') || password.length > LONGEST) {
    throw new UsageError(password === '' ? 'no password was given' : 'that is not a password', {
      hint: `belt registry login ${host} --user ${user} < FILE`,
    });
  }
  return password;
}

async function given(context: Context, host: string, user: string): Promise<string> {
  if (context.stdinIsTerminal) {
    if (!context.interactive) {
      throw new UsageError('there is no terminal to ask for the password on', {
        hint: `belt registry login ${host} --user ${user} < FILE`,
      });
    }
    const { askSecret } = await import('../../output/prompt.ts');
    return askSecret(context, `Password of ${user} on ${host}: `);
  }
  let text = '';
  for await (const chunk of context.stdin) {
    text += String(chunk);
    if (text.length > LONGEST) break;
  }
  return text;
}
