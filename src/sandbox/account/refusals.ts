// The errors of the API, in DigitalOcean's words.

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly id: string;
  readonly headers: Record<string, string>;

  constructor(status: number, id: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.id = id;
    this.headers = headers;
  }
}

export const unauthorized = () => new Refusal(401, 'unauthorized', 'Unable to authenticate you.');
export const forbidden = (message = 'You are not authorized to perform this operation') =>
  new Refusal(403, 'forbidden', message);
export const notFound = () => new Refusal(404, 'not_found', 'The resource you requested could not be found.');
export const badRequest = (message: string) => new Refusal(400, 'bad_request', message);
export const conflict = (message: string) => new Refusal(409, 'conflict', message);
export const unprocessable = (message: string) => new Refusal(422, 'unprocessable_entity', message);
/** The thing, or a 422 where there is none. */
export function needed<T>(thing: T | undefined, message: string): T {
  if (thing === undefined) throw unprocessable(message);
  return thing;
}

export const serverError = () => new Refusal(500, 'server_error', 'Unexpected server-side error');
/** What DigitalOcean does and this sandbox does not. */
export const notPlayed = (what: string) => new Refusal(501, 'not_implemented', `${what}: not supported by the sandbox`);
export const pendingEvent = () => unprocessable('Droplet already has a pending event.');
export const overDropletLimit = () => unprocessable('creating this/these droplet(s) will exceed your droplet limit');
export const tooManyRequests = (headers: Record<string, string> = {}) =>
  new Refusal(429, 'too_many_requests', 'API rate limit exceeded.', headers);
