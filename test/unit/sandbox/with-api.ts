// An API in this process with hosts that answer nothing, and a client that speaks plain HTTP to it.
import { type Api, type ApiOptions, startApi } from '../../../src/sandbox/api/server.ts';
import { type FakeHosts, fakeHosts } from './fake-hosts.ts';

const FULL = 'full-token';
export const READ_ONLY = 'read-only-token';
const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPWvc1W2d1sOKZqDLPh8oTM7VmBZmyN3pTlGzeqDxdeQ someone@example.com';
/** The least that makes a droplet. */
export const ORDER = { size: 's-1vcpu-512mb-10gb', region: 'sgp1', image: 'docker-20-04' };

export interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
  headers: Headers;
}

export interface TestApi extends Api {
  hosts: FakeHosts;
  call: (words: string, body?: unknown, token?: string) => Promise<Reply>;
}

/** Starts the API: no latency, and everything happens at once unless the options say otherwise. */
export async function testApi({ options, ...rest }: Partial<ApiOptions> = {}): Promise<TestApi> {
  const hosts = fakeHosts();
  const api = await startApi({
    hosts,
    tokens: { full: FULL, readOnly: READ_ONLY },
    publicKeys: [{ name: 'sandbox', publicKey: PUBLIC_KEY }],
    ...rest,
    options: {
      apiLatencyMs: 0,
      listLagMs: 0,
      bootSeconds: 0,
      rateLimit: { perMinute: 0, perHour: 0 },
      keysPerMinute: 0,
      ...options,
    },
  });
  return { ...api, hosts, call: (words, body, token = FULL) => request(api.url, words, body, token) };
}

/** Asks again until the answer pleases; there is no other way to learn of what happens later. */
export async function until(ask: () => Promise<Reply>, pleases: (reply: Reply) => boolean): Promise<Reply> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const reply = await ask();
    if (pleases(reply)) {
      return reply;
    }
    if (Date.now() > deadline) {
      throw new Error(`still ${reply.status} ${JSON.stringify(reply.body).slice(0, 500)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function request(url: string, words: string, body: unknown, token: string): Promise<Reply> {
  const [method = '', path = ''] = words.split(' ');
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
}
