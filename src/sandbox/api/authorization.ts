// Authenticates and authorizes requests.
import { forbidden, unauthorized } from '../account/refusals.ts';

export interface Tokens {
  full: string;
  readOnly: string;
}

/** The token of the request; throws the 401 or the 403. */
export function authorize(tokens: Tokens, method: string, authorization: string | undefined): string {
  const token = tokenOf(tokens, authorization);
  if (token === undefined) throw unauthorized();
  if (token === tokens.readOnly && !['GET', 'HEAD'].includes(method)) throw forbidden();
  return token;
}

/** The token of the request, if it is one of ours. */
export function tokenOf(tokens: Tokens, authorization: string | undefined): string | undefined {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  return token === tokens.full || token === tokens.readOnly ? token : undefined;
}
