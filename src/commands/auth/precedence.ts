// What `belt auth` says of a token that is in force instead.
import type { Context } from '../../context.ts';

const VARIABLE = 'DIGITALOCEAN_ACCESS_TOKEN';

/** Whether a variable has the token, so that no account is in use. */
export const variableWins = ({ env }: Context): boolean => Boolean(env[VARIABLE]?.trim());

/** Warns where the chosen account is not used, since a variable has a token. */
export function warnOfVariable(context: Context): void {
  if (variableWins(context))
    context.out.warn(`${VARIABLE} is set and takes precedence; for one command: --account NAME`);
}
