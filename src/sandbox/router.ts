// Finds what answers a request of an API, in a table of endpoints: `GET /v2/droplets/{droplet_id}`, or `{name+}` for a parameter
// that may hold slashes.
import { attempt } from './attempt.ts';

export interface Match<Handler> {
  /** As the table writes it. */
  template: string;
  handle: Handler;
  params: Record<string, string>;
}

export class Router<Handler> {
  readonly #routes: { method: string; template: string; pattern: RegExp; handle: Handler }[];

  /** An endpoint without parameters is preferred, so that /v2/droplets/actions is not taken for a droplet. */
  constructor(table: Readonly<Record<string, Handler>>) {
    const parameters = (endpoint: string) => endpoint.split('{').length;
    const sorted = Object.entries(table).sort(([a], [b]) => parameters(a) - parameters(b));
    this.#routes = sorted.map(([endpoint, handle]) => {
      const [method = '', template = ''] = endpoint.split(' ');
      const source = template.replaceAll(/\{(\w+)(\+?)\}/g, (_, name, more) => `(?<${name}>${more ? '.+' : '[^/]+'})`);
      return { method, template, pattern: new RegExp(`^${source}$`), handle };
    });
  }

  find(method: string, path: string): Match<Handler> | undefined {
    for (const { pattern, template, handle, ...route } of this.#routes) {
      const match = route.method === method ? pattern.exec(path) : null;
      if (!match) continue;
      const params = Object.entries(match.groups ?? {}).map(([name, value]) => [
        name,
        attempt(() => decodeURIComponent(value)) ?? value,
      ]);
      return { template, handle, params: Object.fromEntries(params) };
    }
    return undefined;
  }
}
