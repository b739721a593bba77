// What DigitalOcean's API can answer instead of what was asked for.
import { BeltError, type ErrorDetails } from '../errors.ts';
import { rightsFor } from './rights.ts';

/** The API answered with an error (https://docs.digitalocean.com/reference/api/, "HTTP Statuses"). */
export class CloudError extends BeltError {
  override readonly name: string = 'CloudError';
  readonly status: number;
  /** DigitalOcean's own word for it: `unprocessable_entity`, `not_found` … */
  readonly id: string;

  constructor(status: number, id: string, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.status = status;
    this.id = id;
  }
}

/** The request was sent and nobody knows whether it was carried out: look before asking again. */
export class Ambiguous extends BeltError {
  override readonly name = 'Ambiguous';
}

/** The API could not be reached at all: nothing was carried out. */
export class Offline extends BeltError {
  override readonly name = 'Offline';
}

const TOKENS = 'https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';
const TOKEN_HINT = `make a token at ${TOKENS}`;
/** What a refusal says where the token is to blame; other things may be forbidden as well. */
const UNAUTHORIZED = /not authorized|do not have access/i;

/** What DigitalOcean says when the account may have no more droplets. */
const OVER_LIMIT = /exceed your droplet limit/;
export const LIMIT_HINT =
  'ask for fewer, remove some, or have the limit raised at https://cloud.digitalocean.com/account/team';

/** The error for an answer that is not a success; `method` and `path` say what was asked. */
export function cloudError(method: string, path: string, status: number, body: unknown): CloudError {
  const { id = 'unknown', message = `status ${status}` } = (body ?? {}) as { id?: string; message?: string };
  if (status === 401) return new CloudError(status, id, 'DigitalOcean refused the token', { hint: TOKEN_HINT });
  if (status === 403 && UNAUTHORIZED.test(message)) {
    const rights = rightsFor(method, path).join(' or ') || `for ${method} ${path}`;
    return new CloudError(status, id, `the token lacks the right ${rights}`, {
      hint: `make one that has it (full access has all) at ${TOKENS}`,
    });
  }
  if (OVER_LIMIT.test(message)) {
    return new CloudError(status, id, "the account's droplet limit is reached", { hint: LIMIT_HINT });
  }
  return new CloudError(status, id, `DigitalOcean: ${message.replace(/\.$/, '')} (${method} ${path}: ${status})`);
}

/** belt was asked to do something that needs a token, and there is none. */
export function noToken(): BeltError {
  return new BeltError('there is no DigitalOcean token', { hint: TOKEN_HINT });
}
