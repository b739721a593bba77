// What DigitalOcean's API can answer instead of what was asked for.
import { BeltError, type ErrorDetails, messageOf } from '../errors.ts';
import { visible } from '../output/visible.ts';
import { rightsFor } from './rights.ts';
import type { Droplet } from './schemas.ts';

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

/** Whether the token was refused, or may not do what was asked. */
export const isRefusal = (error: unknown): error is CloudError =>
  error instanceof CloudError && (error.status === 401 || error.status === 403);

/** The request was sent and nobody knows whether all of it was carried out: look before asking again (design rule 3). */
export class Ambiguous extends BeltError {
  override readonly name = 'Ambiguous';
  /** The droplets that the answer to a create request named, as far as it could be read. */
  readonly droplets: readonly Droplet[];

  constructor(message: string, { droplets = [], ...details }: ErrorDetails & { droplets?: readonly Droplet[] } = {}) {
    super(message, details);
    this.droplets = droplets;
  }
}

/** The API could not be reached at all: nothing was carried out. */
export class Offline extends BeltError {
  override readonly name = 'Offline';
  /** Why the connection failed, in a few words; undefined where a proxy is at fault. */
  readonly reason: string | undefined;

  constructor(message: string, { reason, ...details }: ErrorDetails & { reason?: string } = {}) {
    super(message, details);
    this.reason = reason;
  }
}

/** Why the API gives no answer, in words that need no address beside them. */
export function whyNoAnswer(error: unknown): string {
  if (error instanceof Offline && error.reason !== undefined) return `DigitalOcean does not answer: ${error.reason}`;
  return messageOf(error);
}

const TOKENS = 'https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';
const TOKEN_HINT = `create a token at ${TOKENS}`;
/** What a refusal says where the token is to blame; other things may be forbidden as well. */
const UNAUTHORIZED = /not authorized|do not have access/i;

/** What DigitalOcean says when the account may have no more droplets. */
const OVER_LIMIT = /exceed your droplet limit/;
export const LIMIT_HINT =
  'create fewer, remove some, or request a higher limit at https://cloud.digitalocean.com/account/team';

/** The id of an error whose answer does not say it: somebody else than DigitalOcean may have given that answer. */
export const NOT_TOLD = 'unknown';

/** Text that came over the network, as it may stand in a line of belt's: no controls, and no more than `most` characters. */
export function foreignText(text: string, { most = 300 }: { most?: number } = {}): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return visible(cut);
}

/** The error for an answer that is not a success. `hide` takes out of texts what nobody may read. */
export function cloudError(
  { method, path }: { method: string; path: string },
  { status, body, hide = (text) => text }: { status: number; body: unknown; hide?: (text: string) => string },
): CloudError {
  const told = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? foreignText(hide(value)) : undefined);
  const id = textOf(told['id']) ?? NOT_TOLD;
  const message = textOf(told['message']) ?? `status ${status}`;
  if (status === 401) return new CloudError(status, id, 'DigitalOcean refused the token', { hint: TOKEN_HINT });
  if (status === 403 && UNAUTHORIZED.test(message)) {
    const rights = rightsFor(method, path).join(' or ') || `for ${method} ${path}`;
    return new CloudError(status, id, `the token lacks the right ${rights}`, {
      hint: `create one that has it (full access has all) at ${TOKENS}`,
    });
  }
  if (OVER_LIMIT.test(message)) {
    return new CloudError(status, id, "the account's droplet limit is reached", { hint: LIMIT_HINT });
  }
  return new CloudError(status, id, `DigitalOcean: ${message.replace(/\.$/, '')} (${method} ${path}: ${status})`);
}

/** belt was asked to do something that needs a token, and there is none. */
export function noToken(): BeltError {
  return new BeltError('no DigitalOcean token is set', { hint: TOKEN_HINT });
}
