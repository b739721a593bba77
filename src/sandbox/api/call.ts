// A call of the API and its answer. Handlers are synchronous, so none sees another's half-finished changes.
import type { Account } from '../account/account.ts';
import { idOf } from '../account/body.ts';
import { notFound } from '../account/refusals.ts';

export interface Call {
  account: Account;
  /** Where this API is, for links. */
  baseUrl: string;
  method: string;
  /** Without a trailing slash. */
  path: string;
  params: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

export interface Answer {
  status: number;
  body?: object;
}

/** With what the server adds. */
export interface FullAnswer extends Answer {
  headers: Record<string, string>;
}

/** By their endpoints, as the API description writes them: `GET /v2/droplets/{droplet_id}`. One that returns nothing answers 204. */
export type Routes = Readonly<Record<string, Handler>>;
export type Handler = ((call: Call) => Answer) | ((call: Call) => void);

export const ok = (body: object): Answer => ({ status: 200, body });
export const created = (body: object): Answer => ({ status: 201, body });
/** The work has only begun. */
export const accepted = (body: object): Answer => ({ status: 202, body });

/** What the path names, or a 404. */
export function found<T>(thing: T | undefined): T {
  if (thing === undefined) throw notFound();
  return thing;
}

/** The number in the path's parameter, or a 404: no resource has another name. */
export const idParam = ({ params }: Call, name: string): number => found(idOf(params[name]));
