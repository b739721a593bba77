import dns from 'node:dns';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Ambiguous, CloudError, Offline } from '../../../src/cloud/errors.ts';
import type { TransportOptions } from '../../../src/cloud/transport.ts';
import { FakeClock } from '../fake-clock.ts';
import { said } from './things.ts';
import { type Handler, hang, reply, reset, type Served, serve, TOKEN } from './with-server.ts';

const GET = { method: 'GET', path: '/v2/account' } as const;
const POST = { method: 'POST', path: '/v2/droplets/', body: { names: ['node1'] } } as const;
const SERVER_ERROR = { id: 'server_error', message: 'Unexpected server-side error.' };
const LIMITED = { id: 'too_many_requests', message: 'API Rate limit exceeded.' };
const OK = reply(200, { account: {} });

const running: Served[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(running.splice(0).map((served) => served.close()));
});

async function start(handlers: Handler[], options: Partial<TransportOptions> = {}): Promise<Served> {
  const served = await serve(handlers, options);
  running.push(served);
  return served;
}

/** Writes half an answer and no more. */
const halfAnAnswer: Handler = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
  response.write('{"account":');
};

describe('a request', () => {
  test('carries the token, who asks, and no slash at its end', async () => {
    const { send, requests, seen } = await start([OK]);
    await send({ method: 'GET', path: '/v2/droplets/', query: { tag_name: 'a b', page: 2, name: undefined } });
    expect(requests).toEqual(['GET /v2/droplets?tag_name=a+b&page=2']);
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/json',
      'user-agent': 'belt/0.0.0-test',
    });
    expect(seen[0]?.headers).not.toHaveProperty('content-type');
  });

  test('has its body as JSON, counted in bytes', async () => {
    const { send, seen, bodies } = await start([reply(202, { droplets: [] })]);
    expect(await send({ method: 'POST', path: '/v2/droplets', body: { names: ['é'] } })).toEqual({ droplets: [] });
    expect(bodies).toEqual(['{"names":["é"]}']);
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': '16' });
  });

  test('keeps the path of an API behind a proxy', async () => {
    const { url, requests } = await start([OK]);
    const { send } = await start([OK], { apiUrl: `${url}/do` });
    await send(GET);
    expect(requests).toEqual(['GET /do/v2/account']);
  });

  test('uses the connection of the one before', async () => {
    const { send, connections } = await start([OK]);
    for (let n = 0; n < 3; n++) await send(GET);
    expect(connections()).toBe(1);
  });

  test('an answer that has nothing to say is null', async () => {
    const { send } = await start([reply(204)]);
    expect(await send({ method: 'DELETE', path: '/v2/droplets/1' })).toBe(null);
  });

  test('goes to the host of the API, whatever its path looks like', async () => {
    const { url, requests } = await start([OK]);
    const { send } = await start([OK], { apiUrl: `${url}//evil.example` });
    await send(GET);
    expect(requests).toEqual(['GET //evil.example/v2/account']);
  });
});

describe('trouble on the way', () => {
  test('a GET is repeated after 5xx and lost connections, with growing pauses', async () => {
    const { send, clock, requests } = await start([reply(500, SERVER_ERROR), reset, reply(503), OK]);
    expect(await send(GET)).toEqual({ account: {} });
    expect(requests).toHaveLength(4);
    expect(clock.sleeps).toEqual([300, 900, 2_700]);
  });

  test('a GET is repeated when no answer comes in time, or half of one', async () => {
    const { send, clock, requests } = await start([hang, halfAnAnswer, OK], { timeoutMs: 300 });
    expect(await send(GET)).toEqual({ account: {} });
    expect(requests).toHaveLength(3);
    expect(clock.sleeps).toEqual([300, 900]);
  });

  test('a GET that fails four times fails', async () => {
    const { send, requests } = await start([reply(500, SERVER_ERROR)]);
    const failing = send(GET);
    await expect(failing).rejects.toBeInstanceOf(CloudError);
    expect(await said(failing)).toBe('DigitalOcean: Unexpected server-side error (GET /v2/account: 500)');
    expect(requests).toHaveLength(4);
  });

  test.each(['PUT', 'PATCH', 'DELETE'] as const)('a %s is repeated', async (method) => {
    const { send, requests } = await start([reset, reply(502), reply(204)]);
    expect(await send({ method, path: '/v2/droplets/1' })).toBe(null);
    expect(requests).toHaveLength(3);
  });

  test.each<[string, Handler, string]>([
    ['500', reply(500, SERVER_ERROR), 'POST /v2/droplets: DigitalOcean answered 500'],
    ['504 without a body', reply(504), 'POST /v2/droplets: DigitalOcean answered 504'],
    ['a lost connection', reset, 'POST /v2/droplets: the connection was lost\nrun the same command again'],
    ['no answer', hang, 'POST /v2/droplets: no response within 0.4 s\nrun the same command again'],
    ['half an answer', halfAnAnswer, 'POST /v2/droplets: no response within 0.4 s\nrun the same command again'],
  ])('a POST is never repeated, since nobody knows what became of it: %s', async (_what, handler, text) => {
    const { send, clock, requests } = await start([handler], { timeoutMs: /no response/.test(text) ? 400 : 5_000 });
    const failing = send(POST);
    await expect(failing).rejects.toBeInstanceOf(Ambiguous);
    expect(await said(failing)).toBe(text);
    expect(requests).toEqual(['POST /v2/droplets']);
    expect(clock.sleeps).toEqual([]);
  });

  test('nobody listens', async () => {
    const { send, port } = await withClosedPort();
    const failing = send(POST);
    await expect(failing).rejects.toBeInstanceOf(Offline);
    expect(await said(failing)).toBe(
      `the sandbox at 127.0.0.1:${port} does not answer: connection refused\n` +
        'start one: belt sandbox start · back to the real account: eval "$(belt sandbox env --unset)"',
    );
  });

  test.each(['ENOTFOUND', 'EAI_AGAIN'])('its name cannot be resolved: %s', async (code) => {
    const { send, clock } = await start([OK], { apiUrl: 'http://api.example.com' });
    const notFound = Object.assign(new Error(`getaddrinfo ${code} api.example.com`), { code });
    vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: object, done: (error: Error) => void) =>
      process.nextTick(done, notFound)) as never);
    const failing = send(GET);
    await expect(failing).rejects.toBeInstanceOf(Offline);
    expect(await said(failing)).toBe(
      'cannot reach DigitalOcean at api.example.com: its name cannot be resolved\ncheck the network, and api_url if it is set',
    );
    expect(clock.sleeps).toEqual([300, 900, 2_700]);
  });
});

async function withClosedPort(): Promise<Served & { port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return { ...(await start([OK], { apiUrl: `http://127.0.0.1:${port}` })), port };
}

describe('refusals', () => {
  const hint =
    'create a token at https://cloud.digitalocean.com/account/api/tokens and export DIGITALOCEAN_ACCESS_TOKEN';

  test.each<[number, object | undefined, string]>([
    [401, { id: 'unauthorized', message: 'Unable to authenticate you.' }, `DigitalOcean refused the token\n${hint}`],
    [
      403,
      { id: 'forbidden', message: 'You are not authorized' },
      `the token lacks the right droplet:create\ncreate one that has it (full access has all) at ${hint.replace('create a token at ', '')}`,
    ],
    [
      403,
      { id: 'forbidden', message: 'Your account is locked.' },
      'DigitalOcean: Your account is locked (POST /v2/droplets: 403)',
    ],
    [
      422,
      { id: 'unprocessable_entity', message: 'Size is not available in this region.' },
      'DigitalOcean: Size is not available in this region (POST /v2/droplets: 422)',
    ],
    [404, undefined, 'DigitalOcean: status 404 (POST /v2/droplets: 404)'],
  ])('%i', async (status, body, text) => {
    const { send, requests } = await start([reply(status, body)]);
    const failing = send(POST);
    await expect(failing).rejects.toMatchObject({ name: 'CloudError', status });
    expect(await said(failing)).toBe(text);
    expect(requests).toHaveLength(1);
  });
});

describe('rate limits', () => {
  test('retry-after is honoured, for a POST too: what was refused was not carried out', async () => {
    const { send, clock, requests, waits } = await start([
      reply(429, LIMITED, { 'retry-after': '7', 'ratelimit-reset': '99999' }),
      reply(202, { droplets: [] }),
    ]);
    expect(await send(POST)).toEqual({ droplets: [] });
    expect(requests).toHaveLength(2);
    expect(clock.sleeps).toEqual([7_000]);
    expect(waits).toEqual(["DigitalOcean's rate limit is reached: retrying in 7 s"]);
  });

  test('requests side by side meet one limit and say so once; what comes later waits for it too', async () => {
    const clock = new FakeClock({ auto: false });
    const limited = reply(429, LIMITED, { 'retry-after': '7' });
    const { send, requests, waits } = await start([limited, limited, OK], { clock });
    const asked = [send(GET), send(GET)];
    await vi.waitFor(() => expect(clock.sleeps).toEqual([7_000, 7_000]));
    asked.push(send(GET));
    await vi.waitFor(() => expect(clock.sleeps).toHaveLength(3));
    expect(requests).toHaveLength(2);
    await clock.advance(7_000);
    expect(await Promise.all(asked)).toHaveLength(3);
    expect(requests).toHaveLength(5);
    expect(waits).toEqual(["DigitalOcean's rate limit is reached: retrying in 7 s"]);
  });

  test('without retry-after, ratelimit-reset says when', async () => {
    const { send, clock } = await start([reply(429, LIMITED, { 'ratelimit-reset': '1042' }), OK]);
    await send(GET);
    // The clock of the tests stands at 1,000 s.
    expect(clock.sleeps).toEqual([42_000]);
  });

  test('with neither, a second; and never a busy loop', async () => {
    const { send, clock } = await start([reply(429, LIMITED), reply(429, LIMITED, { 'retry-after': '0' }), OK]);
    await send(GET);
    expect(clock.sleeps).toEqual([1_000, 500]);
  });

  test('waiting for a limit uses up no try', async () => {
    const limited = Array.from({ length: 6 }, () => reply(429, LIMITED, { 'retry-after': '1' }));
    const { send, requests } = await start([...limited, reply(500), reply(500), reply(500), OK]);
    expect(await send(GET)).toEqual({ account: {} });
    expect(requests).toHaveLength(10);
  });

  test("a wait of more than two minutes is the user's to decide", async () => {
    const { send, clock, requests } = await start([reply(429, LIMITED, { 'ratelimit-reset': '2800' })]);
    expect(await said(send(GET))).toBe(
      "DigitalOcean's hourly rate limit is exhausted until 1970-01-01T00:46:40.000Z\nrun the same command again after that",
    );
    expect(requests).toHaveLength(1);
    expect(clock.sleeps).toEqual([]);
  });
});

describe('an interrupt', () => {
  test('ends a request that hangs', async () => {
    const { send, controller, requests } = await start([hang]);
    const failing = send(GET);
    await vi.waitFor(() => expect(requests).toHaveLength(1));
    controller.abort(new Error('interrupted'));
    await expect(failing).rejects.toThrow('interrupted');
    expect(requests).toHaveLength(1);
  });

  test('ends a wait for a limit', async () => {
    const { send, controller, requests } = await start([reply(429, LIMITED, { 'retry-after': '9' }), OK], {
      onWait: () => controller.abort(new Error('interrupted')),
    });
    await expect(send(GET)).rejects.toThrow('interrupted');
    expect(requests).toHaveLength(1);
  });
});

test('the trace has a line a request; the token is in no line and no error', async () => {
  const handlers = [reset, reply(422, { id: 'unprocessable_entity', message: 'no' })];
  const { send, traced } = await start(handlers);
  const error = (await send({ method: 'GET', path: '/v2/droplets/', query: { page: 1 } }).catch(
    (reason: Error) => reason,
  )) as Error;
  expect(traced).toEqual([
    expect.stringMatching(/^GET \/v2\/droplets\?page=1 (read ECONNRESET|socket hang up) 0 ms$/),
    'GET /v2/droplets?page=1 422 0 ms',
  ]);
  expect([...traced, error.message, error.stack, JSON.stringify(error)].join()).not.toContain(TOKEN);
});
