// What counts as sent, what an answer may weigh, and who it was that answered.
import http from 'node:http';
import { createServer, type Server, Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Ambiguous, Offline } from '../../../src/cloud/errors.ts';
import { MOST_BYTES } from '../../../src/cloud/exchange.ts';
import type { TransportOptions } from '../../../src/cloud/transport.ts';
import { said } from './things.ts';
import { type Handler, reply, type Served, serve } from './with-server.ts';

const GET = { method: 'GET', path: '/v2/account' } as const;
const POST = { method: 'POST', path: '/v2/droplets', body: { names: ['node1'] } } as const;
const PAGE = '<!DOCTYPE html><title>Log in</title>';
const NETWORK =
  'a proxy, a captive portal or a wrong api_url answered instead: open a web page to log in, then run the same command again';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function start(handlers: Handler[], options: Partial<TransportOptions> = {}): Promise<Served> {
  const served = await serve(handlers, options);
  closing.push(served.close);
  return served;
}

/** Lets a test have a hand on the sockets that belt opens. */
function withSockets(change: (socket: Socket) => void): void {
  const open = http.Agent.prototype.createConnection;
  vi.spyOn(http.Agent.prototype, 'createConnection').mockImplementation(function (this: http.Agent, ...given) {
    const socket = open.apply(this, given) as Socket;
    change(socket);
    return socket;
  });
}

/** A socket that is connecting forever. */
const silent = (): Socket => Object.assign(new Socket(), { connecting: true });

const coded = (code: string) => Object.assign(new Error(`read ${code}`), { code });

describe('a request is not sent where there never was a connection', () => {
  const CODES = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EADDRNOTAVAIL'];

  test.each(CODES)('%s before it: tried again, then nothing was carried out', async (code) => {
    vi.spyOn(http.Agent.prototype, 'createConnection').mockImplementation(() => {
      const socket = silent();
      setImmediate(() => socket.destroy(coded(code)));
      return socket;
    });
    const { send, requests, clock } = await start([reply(202, {})]);
    await expect(send(POST)).rejects.toBeInstanceOf(Offline);
    expect(requests).toEqual([]);
    expect(clock.sleeps).toEqual([300, 900, 2_700]);
  });

  test.each(CODES)('%s after it: nobody knows, and it is not sent again', async (code) => {
    let socket: Socket | undefined;
    withSockets((opened) => {
      socket = opened;
    });
    const { send, requests } = await start([() => socket!.destroy(coded(code))]);
    await expect(send(POST)).rejects.toBeInstanceOf(Ambiguous);
    expect(requests).toHaveLength(1);
  });

  test.each(CODES)('%s on a connection that was used before: nobody knows', async (code) => {
    let socket: Socket | undefined;
    withSockets((opened) => {
      socket = opened;
    });
    const { send, requests, connections } = await start([reply(200, {}), () => socket!.destroy(coded(code))]);
    await send(GET);
    await expect(send(POST)).rejects.toBeInstanceOf(Ambiguous);
    expect(requests).toHaveLength(2);
    expect(connections()).toBe(1);
  });

  test('no connection in time: it was not sent', async () => {
    // A socket that never connects: what is asked of it waits.
    vi.spyOn(http.Agent.prototype, 'createConnection').mockImplementation(silent);
    const { send } = await start([reply(202, {})], { timeoutMs: 50 });
    await expect(send(POST)).rejects.toBeInstanceOf(Offline);
    expect(await said(send(POST))).toContain('no response within 0.05 s');
  });
});

describe('an answer weighs', () => {
  const sized =
    (bytes: number, chunked: boolean): Handler =>
    (_request, response) => {
      const text = `{"a":"${'x'.repeat(bytes - 8)}"}`;
      response.writeHead(200, { 'content-type': 'application/json', ...(!chunked && { 'content-length': bytes }) });
      response.end(text);
    };

  const mostBytes = 512 * 1024;

  test.each([true, false])('all that it may: it is read (chunked: %s)', async (chunked) => {
    const { send } = await start([sized(mostBytes, chunked)], { mostBytes });
    expect(((await send(GET)) as { a: string }).a).toHaveLength(mostBytes - 8);
  });

  test.each([true, false])('a byte more: it is not, and it is not asked for again (chunked: %s)', async (chunked) => {
    const { send, requests } = await start([sized(mostBytes + 1, chunked)], { mostBytes });
    expect(await said(send(GET))).toBe('GET /v2/account: the response is larger than 0.5 MB\ncheck api_url');
    expect(requests).toHaveLength(1);
  });

  test('without an end: the connection is cut, and the memory stays what it was', async () => {
    let written = 0;
    const endless: Handler = (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const more = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
      };
      response.on('drain', more);
      response.writeHead(200);
      more();
    };
    const { send, seen } = await start([endless], { timeoutMs: 10_000 });
    await expect(send(GET)).rejects.toThrow('larger than 32 MB');
    await vi.waitFor(() => expect(seen[0]!.socket.destroyed).toBe(true));
    expect(MOST_BYTES).toBe(32 * 1024 * 1024);
    expect(written).toBeLessThan(MOST_BYTES * 3);
  });

  test.each(['headers', 'body'])('little, and drips: its %s must be there in time', async (part) => {
    const drip: Handler = (_request, response) => {
      if (part === 'body') response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => (part === 'body' ? response.write(' ') : response.writeProcessing()), 10);
      response.on('close', () => clearInterval(timer));
    };
    const { send } = await start([drip], { timeoutMs: 80 });
    await expect(send(POST)).rejects.toThrow('no response within 0.08 s');
  });

  test('an interrupt ends it in the middle of its body', async () => {
    const { send, controller, seen } = await start([(_request, response) => void response.writeHead(200).write('{')]);
    const failing = send(GET);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    controller.abort(new Error('interrupted'));
    await expect(failing).rejects.toThrow('interrupted');
    await vi.waitFor(() => expect(seen[0]!.socket.destroyed).toBe(true));
  });
});

describe('an answer from something else than DigitalOcean', () => {
  const page =
    (status: number, headers: Record<string, string> = { 'content-type': 'text/html' }): Handler =>
    (_request, response) => {
      response.writeHead(status, headers);
      response.end(PAGE);
    };

  test.each<[string, Handler, string]>([
    ['a login page', page(200), 'a web page (200)'],
    ['one that calls itself JSON', page(200, { 'content-type': 'application/json' }), 'a web page (200)'],
    ['302', page(302, { location: 'http://login.example:8080/?token=x' }), 'status 302 to login.example:8080'],
    ['a place that is none', page(307, { location: '//' }), 'status 307'],
    ['304', reply(304), 'status 304'],
    ['403 with a page', page(403), 'status 403'],
    ['404 with a page', page(404), 'status 404'],
    ['511', page(511), 'status 511'],
  ])('%s: told as that, once, for GET', async (_what, handler, how) => {
    const { send, requests } = await start([handler]);
    const failing = send(GET);
    await expect(failing).rejects.not.toBeInstanceOf(Ambiguous);
    expect(await said(failing)).toBe(
      `GET /v2/account: the response did not come from DigitalOcean: ${how}\n${NETWORK}`,
    );
    expect(requests).toHaveLength(1);
  });

  test.each<[string, Handler, boolean]>([
    ['200', page(200), true],
    ['302', page(302), true],
    ['511', page(511), true],
    ['408', page(408), true],
    ['403', page(403), false],
    ['407', page(407), false],
  ])('%s to a POST: whether it was carried out is unknown: %3$s', async (_what, handler, unknown) => {
    const { send, requests } = await start([handler]);
    const failing = send(POST);
    if (unknown) await expect(failing).rejects.toBeInstanceOf(Ambiguous);
    else await expect(failing).rejects.not.toBeInstanceOf(Ambiguous);
    expect(requests).toHaveLength(1);
  });

  test('a droplet is not gone since a login page says so', async () => {
    const { send } = await start([page(200)]);
    await expect(send({ method: 'DELETE', path: '/v2/droplets/1' })).rejects.toThrow(
      'the response did not come from DigitalOcean',
    );
  });

  test('407 names the proxy', async () => {
    const { send } = await start([page(407)]);
    expect(await said(send(GET))).toBe(
      'GET /v2/account: the response did not come from DigitalOcean: status 407\n' +
        'check HTTPS_PROXY, with the user and password that it requires: http://USER:PASSWORD@HOST:PORT',
    );
  });

  test('a page with 502 may be of DigitalOcean: asked again, then told by its status', async () => {
    const { send, requests } = await start([page(502)]);
    await expect(send(GET)).rejects.toThrow('DigitalOcean: status 502 (GET /v2/account: 502)');
    expect(requests).toHaveLength(4);
  });
});

describe('an answer that cannot be read', () => {
  const text =
    (body: string): Handler =>
    (_request, response) =>
      response.end(body);

  test.each<[string, string]>([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{"account":', 'is not JSON'],
    ['ok', 'is not JSON'],
  ])('%j: asked for again, then told', async (body, how) => {
    const { send, requests } = await start([text(body)]);
    expect(await said(send(GET))).toBe(
      `GET /v2/account: DigitalOcean's response ${how}\nrun the same command again; if it keeps failing, check api_url`,
    );
    expect(requests).toHaveLength(4);
  });

  test('once: the next one is taken', async () => {
    const { send } = await start([text('{"acc'), reply(200, { account: {} })]);
    expect(await send(GET)).toEqual({ account: {} });
  });

  test('408 of a GET passes', async () => {
    const { send } = await start([reply(408), reply(200, { account: {} })]);
    expect(await send(GET)).toEqual({ account: {} });
  });

  test('what is no HTTP at all', async () => {
    const server: Server = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('SSH-2.0-OpenSSH_9.9\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as { port: number };
    const { send } = await start([reply(200)], { apiUrl: `http://127.0.0.1:${port}` });
    await expect(send(POST)).rejects.toBeInstanceOf(Ambiguous);
  });
});
