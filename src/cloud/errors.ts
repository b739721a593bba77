// The failures of DigitalOcean's API.
import { BeltError, type ErrorDetails, messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import { visible } from '../output/visible.ts';
import { type Requested, rightsFor, rightWords } from './rights.ts';

/** The API answered with an error (https://docs.digitalocean.com/reference/api/, "HTTP Statuses"). */
export class CloudError extends BeltError {
  override readonly name: string = 'CloudError';
  readonly status: number;
  /** DigitalOcean's own id for it: `unprocessable_entity`, `not_found` … */
  readonly id: string;

  constructor(status: number, id: string, message: string, details: ErrorDetails = {}) {
    super(message, details);
    this.status = status;
    this.id = id;
  }
}

/** Whether the token was rejected, or lacks the permission. */
export const isRefusal = (error: unknown): error is CloudError =>
  error instanceof CloudError && (error.status === 401 || error.status === 403);

/** The request was sent, but it is unknown whether it was fully carried out: check before repeating it (design rule 3). */
export class Ambiguous extends BeltError {
  override readonly name = 'Ambiguous';
  /** The droplets in the answer to a create request, as far as it could be read. */
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
  /** What was not reached. */
  readonly api: string;

  constructor(
    message: string,
    { reason, api = 'DigitalOcean', ...details }: ErrorDetails & { reason?: string; api?: string } = {},
  ) {
    super(message, details);
    this.reason = reason;
    this.api = api;
  }
}

/** Why the API does not answer, without its address. */
export function whyNoAnswer(error: unknown): string {
  if (error instanceof Offline && error.reason !== undefined) return `${error.api} does not answer: ${error.reason}`;
  return messageOf(error);
}

const TOKENS = 'https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';
const TOKEN_HINT = `create a token at ${TOKENS}`;
/** What a refusal says when the token is to blame; other things may be forbidden as well. */
const UNAUTHORIZED = /not authorized|do not have access/i;

/** What DigitalOcean says when the account cannot have more droplets. */
const OVER_LIMIT = /exceed your droplet limit/;
export const LIMIT_HINT =
  'create fewer, remove some, or request a higher limit at https://cloud.digitalocean.com/account/team';

/** The id of an error whose answer has none: that answer may not come from DigitalOcean. */
export const UNKNOWN_ID = 'unknown';

/** Text from the network made safe for belt's output: no control characters, and at most `most` characters. */
export function foreignText(text: string, { most = 300 }: { most?: number } = {}): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return visible(cut);
}

/** The error for an answer that is not a success. `hide` removes secrets from texts. */
export function cloudError(
  request: Requested,
  { status, body, hide = (text) => text }: { status: number; body: unknown; hide?: (text: string) => string },
): CloudError {
  const { method, path } = request;
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? foreignText(hide(value)) : undefined);
  const id = textOf(fields['id']) ?? UNKNOWN_ID;
  const message = textOf(fields['message']) ?? `status ${status}`;
  if (status === 401) return new CloudError(status, id, 'DigitalOcean refused the token', { hint: TOKEN_HINT });
  if (status === 403 && UNAUTHORIZED.test(message)) {
    const rights = rightWords(rightsFor(request)) || `for ${method} ${path}`;
    return new CloudError(status, id, `the token lacks the right ${rights}`, {
      hint: `create one that has it (full access has all) at ${TOKENS}`,
    });
  }
  if (OVER_LIMIT.test(message)) {
    return new CloudError(status, id, "the account's droplet limit is reached", { hint: LIMIT_HINT });
  }
  return new CloudError(status, id, `DigitalOcean: ${message.replace(/\.$/, '')} (${method} ${path}: ${status})`);
}

/** The error for a command that needs a token when there is none. */
export function noToken(): BeltError {
  const hint = `${TOKEN_HINT}, or keep it: belt auth add NAME · try it without an account: belt sandbox start`;
  return new BeltError('no DigitalOcean token is set', { hint });
}
