// Finds the handler of a request. Handlers are synchronous, so none sees another's half-finished changes.
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

export type Handler = (call: Call) => Answer;

export interface Route {
  method: string;
  /** As the API description writes it: /v2/droplets/{droplet_id} */
  template: string;
  handle: Handler;
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

/** A route from a method and a path: `GET /v2/droplets`. */
export function route(words: string, handle: Handler): Route {
  const [method = '', template = ''] = words.split(' ');
  return { method, template, handle };
}

/** Finds the route; one without parameters is preferred, so that /v2/droplets/actions is not taken for a droplet. */
export class Router {
  readonly #routes: { route: Route; segments: string[] }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes
      .map((each) => ({ route: each, segments: each.template.split('/') }))
      .sort((a, b) => parameters(a.segments) - parameters(b.segments));
  }

  find(method: string, path: string): Match | undefined {
    const segments = path.split('/');
    // A HEAD is answered as its GET; the server leaves the body out.
    const wantedMethod = method === 'HEAD' ? 'GET' : method;
    for (const { route, segments: wanted } of this.#routes) {
      const params = route.method === wantedMethod ? matched(wanted, segments) : undefined;
      if (params) return { route, params };
    }
    return undefined;
  }
}

/** The number in the path's parameter, or a 404: no resource has another name. */
export function idParam(call: Call, name: string): number {
  const id = idOf(call.params[name]);
  if (id === undefined) throw notFound();
  return id;
}

function parameters(segments: string[]): number {
  return segments.filter(isParameter).length;
}

function matched(wanted: string[], segments: string[]): Record<string, string> | undefined {
  if (wanted.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, want] of wanted.entries()) {
    const segment = segments[at] ?? '';
    if (isParameter(want)) {
      params[want.slice(1, -1)] = decode(segment);
    } else if (want !== segment) {
      return undefined;
    }
  }
  return params;
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
