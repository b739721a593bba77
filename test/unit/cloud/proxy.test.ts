// Through HTTP proxies, and to servers whose certificate will not do.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { Ambiguous, Offline } from '../../../src/cloud/errors.ts';
import { proxyFor } from '../../../src/cloud/proxy.ts';
import type { TransportOptions } from '../../../src/cloud/transport.ts';
import { said } from './things.ts';
import { reply, type Served, serve, TOKEN } from './with-server.ts';

const GET = { method: 'GET', path: '/v2/account' } as const;
const POST = { method: 'POST', path: '/v2/droplets', body: { names: ['node1'] } } as const;
const API = 'http://api.example.com';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(server: http.Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

interface TestProxy {
  port: number;
  /** The CONNECT requests that came: where to, and with which credentials. */
  asked: { to: string | undefined; authorization: string | undefined }[];
}

/** A proxy that leads everywhere to one port, or answers CONNECT with the text. */
async function aProxy({ to, answer }: { to?: number; answer?: string }): Promise<TestProxy> {
  const asked: TestProxy['asked'] = [];
  const server = http.createServer();
  server.on('connect', (request, socket: Socket) => {
    asked.push({ to: request.url, authorization: request.headers['proxy-authorization'] });
    socket.on('error', () => {});
    if (answer !== undefined) return void socket.end(answer);
    if (to === undefined) return;
    const through = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      through.pipe(socket);
      socket.pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('close', () => through.destroy());
  });
  return { port: await listening(server), asked };
}

async function start(options: Partial<TransportOptions>, handlers = [reply(200, { account: {} })]): Promise<Served> {
  const served = await serve(handlers, { apiUrl: API, ...options });
  closing.push(served.close);
  return served;
}

const portOf = ({ url }: Served): number => Number(new URL(url).port);

describe('the proxy of the environment', () => {
  const secure = new URL('https://api.digitalocean.com');
  const plain = new URL('http://api.example.com');
  const shown = async (target: URL, env: Record<string, string>) => (await proxyFor(target, env))?.shown;

  test.each<[string, URL, Record<string, string>, string | undefined]>([
    ['none', secure, {}, undefined],
    ['an empty one', secure, { HTTPS_PROXY: '' }, undefined],
    ['HTTPS_PROXY', secure, { HTTPS_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['https_proxy before HTTPS_PROXY', secure, { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'a:1'],
    ['HTTP_PROXY is not for https', secure, { HTTP_PROXY: 'http://proxy:3128' }, undefined],
    ['HTTP_PROXY for http', plain, { HTTP_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['ALL_PROXY', secure, { ALL_PROXY: 'http://proxy:3128' }, 'proxy:3128'],
    ['a user and a password are not shown', secure, { HTTPS_PROXY: 'http://ann:s3cret@proxy:3128' }, 'proxy:3128'],
    [
      'NO_PROXY with the host',
      secure,
      { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'a.b, api.digitalocean.com' },
      undefined,
    ],
    ['no_proxy with the domain', secure, { HTTPS_PROXY: 'http://proxy:1', no_proxy: '.digitalocean.com' }, undefined],
    ['NO_PROXY=*', secure, { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: '*' }, undefined],
    ['NO_PROXY with another host', secure, { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: 'example.com' }, 'proxy:1'],
    ...[
      'http://localhost:1',
      'http://127.0.0.1:1',
      'http://127.9.9.9:1',
      'http://[::1]:1',
      'https://localhost',
      'http://a.localhost',
    ].map((url): [string, URL, Record<string, string>, undefined] => [
      `none for ${url}`,
      new URL(url),
      { HTTP_PROXY: 'http://proxy:1', HTTPS_PROXY: 'http://proxy:1', ALL_PROXY: 'http://proxy:1' },
      undefined,
    ]),
    [
      'one for a host that only looks local',
      new URL('http://localhost.example.com'),
      { HTTP_PROXY: 'http://proxy:1' },
      'proxy:1',
    ],
  ])('%s', async (_what, target, env, proxy) => {
    expect(await shown(target, env)).toBe(proxy);
  });

  test('is read from what belt was given, not from the process', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://other:1');
    const own = process.env;
    expect(await shown(secure, { FTP_PROXY: 'x' })).toBe(undefined);
    expect(await shown(secure, { HTTP_PROXY: 'http://x' })).toBe(undefined);
    expect(process.env).toBe(own);
    vi.unstubAllEnvs();
  });

  test.each([
    [
      { HTTPS_PROXY: 'http://ann:s3cret@' },
      'the variable HTTPS_PROXY is not a URL: belt goes through http:// and https:// proxies',
    ],
    [
      { https_proxy: 'http://ann:s3cret@a b' },
      'the variable https_proxy is not a URL: belt goes through http:// and https:// proxies',
    ],
    [
      { ALL_PROXY: 'socks5://ann:s3cret@a:1' },
      'the variable ALL_PROXY names a socks5:// proxy: belt goes through http:// and https:// proxies',
    ],
  ])('%o will not do', async (env, message) => {
    const failing = shown(secure, env as unknown as Record<string, string>);
    await expect(failing).rejects.toMatchObject({ name: 'UsageError', message });
    expect(await said(failing)).not.toContain('s3cret');
  });
});

describe('through a proxy', () => {
  test('requests go as they are, over one connection', async () => {
    const api = await start({});
    const proxy = await aProxy({ to: portOf(api) });
    const { send } = await start({ env: { HTTP_PROXY: `http://ann:s3%20cret@127.0.0.1:${proxy.port}` } });
    for (let n = 0; n < 3; n++) expect(await send(GET)).toEqual({ account: {} });
    expect(api.requests).toEqual(['GET /v2/account', 'GET /v2/account', 'GET /v2/account']);
    const authorization = `Basic ${Buffer.from('ann:s3 cret').toString('base64')}`;
    expect(proxy.asked).toEqual([{ to: 'api.example.com:80', authorization }]);
    // The proxy's credentials are the proxy's alone, and the token the API's.
    expect(api.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(api.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('NO_PROXY goes without: nobody is asked', async () => {
    const proxy = await aProxy({});
    const { send } = await start({
      env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'api.example.com' },
      timeoutMs: 500,
    });
    await expect(send(POST)).rejects.toBeInstanceOf(Offline);
    expect(proxy.asked).toEqual([]);
  });

  const OTHER_HINT = 'check HTTPS_PROXY and what that proxy allows, or add api.example.com to NO_PROXY';
  const HINT = 'check HTTPS_PROXY, with the user and password that it requires: http://USER:PASSWORD@HOST:PORT';
  const page = (status: string) => `HTTP/1.1 ${status}\r\ncontent-type: text/html\r\n\r\n<html>ann:s3cret</html>`;

  test.each<[string, string, number]>([
    ['407 Proxy Authentication Required', 'it requires a user and password (407)', 1],
    ['403 Forbidden', 'it answered 403', 1],
    ['302 Found', 'it answered 302', 1],
    // Not 200: nobody of the API said that.
    ['201 Created', 'it answered 201', 1],
    ['204 No Content', 'it answered 204', 1],
    ['429 Too Many Requests', 'it answered 429', 1],
    ['503 Service Unavailable', 'it answered 503', 4],
  ])('that answers %s: nothing was sent', async (status, why, times) => {
    const proxy = await aProxy({ answer: page(status) });
    const { send, traced } = await start({ env: { HTTP_PROXY: `http://ann:s3cret@127.0.0.1:${proxy.port}` } });
    for (const request of [POST, { method: 'DELETE', path: '/v2/droplets/1' } as const]) {
      proxy.asked.length = 0;
      const failing = send(request);
      await expect(failing).rejects.toBeInstanceOf(Offline);
      expect(await said(failing)).toBe(
        `the proxy 127.0.0.1:${proxy.port} refused to connect to api.example.com: ${why}\n${status.startsWith('407') ? HINT : OTHER_HINT}`,
      );
      expect(proxy.asked).toHaveLength(times);
    }
    expect(traced.join()).not.toMatch(/s3cret|ann/);
    expect(traced[0]).toContain(`proxy: ${status.slice(0, 3)}`);
  });

  test.each<[string, { answer?: string }]>([
    ['says nothing', {}],
    ['hangs up', { answer: '' }],
    ['speaks no HTTP', { answer: 'SSH-2.0-OpenSSH\r\n\r\n' }],
  ])('that %s: nothing was sent, and it ends', async (_what, how) => {
    const proxy = await aProxy(how);
    const env = { HTTP_PROXY: `http://ann:s3cret@127.0.0.1:${proxy.port}` };
    const { send, traced } = await start({ env, timeoutMs: 100 });
    const failing = send(POST);
    await expect(failing).rejects.toBeInstanceOf(Offline);
    expect(`${await said(failing)} ${traced}`).not.toContain('s3cret');
  });

  test('that is not there: it is the proxy that cannot be reached', async () => {
    const server = http.createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    const { send } = await start({ env: { HTTP_PROXY: `http://ann:s3cret@127.0.0.1:${port}` } });
    expect(await said(send(POST))).toBe(
      `cannot reach DigitalOcean at api.example.com through the proxy 127.0.0.1:${port}: connection refused\n` +
        'check the network, and HTTPS_PROXY',
    );
  });

  test('an interrupt ends the wait for it', async () => {
    const proxy = await aProxy({});
    const { send, controller } = await start({ env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
    const failing = send(GET);
    await vi.waitFor(() => expect(proxy.asked).toHaveLength(1));
    controller.abort(new Error('interrupted'));
    await expect(failing).rejects.toThrow('interrupted');
  });

  test('an answer that gets lost on the way back leaves it open', async () => {
    const api = await start({}, [(request) => request.socket.resetAndDestroy()]);
    const proxy = await aProxy({ to: portOf(api) });
    const { send } = await start({ env: { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` } });
    await expect(send(POST)).rejects.toBeInstanceOf(Ambiguous);
    expect(api.requests).toHaveLength(1);
  });
});

describe('TLS', () => {
  let folder = '';
  const files = (name: string) => ({
    key: readFileSync(join(folder, `${name}.key`)),
    cert: readFileSync(join(folder, `${name}.crt`)),
  });

  /** Certificates made here and now; `localhost` is their name but where that is the fault. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'belt-tls-'));
    const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const self = (name: string, host: string, days: string) =>
      openssl(
        'req',
        '-x509',
        ...key,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.crt`,
        '-days',
        days,
        '-subj',
        `/CN=${host}`,
        '-addext',
        `subjectAltName=DNS:${host}`,
      );
    self('self', 'localhost', '2');
    self('ca', 'a CA', '2');
    self('other', 'other.example', '2');
    openssl(
      'req',
      ...key,
      '-keyout',
      'leaf.key',
      '-out',
      'leaf.csr',
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'leaf.crt',
      '-days',
      '2',
      '-copy_extensions',
      'copy',
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'leaf.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'old.crt',
      '-days',
      '-1',
      '-copy_extensions',
      'copy',
    );
    copyFileSync(join(folder, 'leaf.key'), join(folder, 'old.key'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => vi.restoreAllMocks());

  /** As NODE_EXTRA_CA_CERTS does, which Node reads when it starts. */
  function trusting(name: string): void {
    const open = https.Agent.prototype.createConnection;
    vi.spyOn(https.Agent.prototype, 'createConnection').mockImplementation(function (
      this: https.Agent,
      given,
      ...more
    ) {
      return open.call(this, { ...given, ca: files(name).cert } as never, ...more);
    });
  }

  async function secured(name: string): Promise<{ port: number; requests: string[] }> {
    const requests: string[] = [];
    const server = https.createServer(files(name), (request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.end('{"account": {}}');
    });
    return { port: await listening(server), requests };
  }

  const CERTIFICATE =
    'if it is from your own CA or proxy: export NODE_EXTRA_CA_CERTS=/path/to/its/ca.pem; otherwise check the clock and the network';

  test.each<[string, string, string | undefined, RegExp]>([
    ['signed by itself', 'self', undefined, /self[- ]signed certificate$/],
    ['of a CA that is not known', 'leaf', undefined, /unable to verify the first certificate$/],
    ['of another host', 'other', 'other', /Host: localhost\. is not in the cert's altnames: DNS:other\.example$/],
    ['that has expired', 'old', 'ca', /certificate has expired$/],
  ])('a certificate %s: not sent, not tried again, and the hint helps', async (_what, name, trusted, reason) => {
    if (trusted) trusting(trusted);
    const { port, requests } = await secured(name);
    const { send, clock, traced } = await start({ apiUrl: `https://localhost:${port}` });
    for (const request of [GET, POST]) {
      const failing = send(request);
      await expect(failing).rejects.toBeInstanceOf(Offline);
      const [message, hint] = (await said(failing)).split('\n');
      expect(message).toContain(`cannot reach DigitalOcean at localhost:${port}: its certificate is not trusted: `);
      expect(message).toMatch(reason);
      expect(hint).toBe(CERTIFICATE);
    }
    expect(requests).toEqual([]);
    expect(clock.sleeps).toEqual([]);
    expect(traced).toHaveLength(2);
  });

  test('a certificate that is trusted will do, and what happens to the request then leaves it open', async () => {
    trusting('ca');
    const { port, requests } = await secured('leaf');
    const { send } = await start({ apiUrl: `https://localhost:${port}` });
    expect(await send(GET)).toEqual({ account: {} });
    expect(requests).toEqual(['GET /v2/account']);
  });

  test.each(['at once', 'after the request'])('a connection that is lost %s: sent or not', async (when) => {
    trusting('ca');
    let handshakes = 0;
    const server = https.createServer(files('leaf'), (request) => request.socket.destroy());
    if (when === 'at once') server.on('connection', (socket: Socket) => socket.destroy());
    server.on('secureConnection', () => handshakes++);
    const { send } = await start({ apiUrl: `https://localhost:${await listening(server)}` });
    await expect(send(POST)).rejects.toBeInstanceOf(when === 'at once' ? Offline : Ambiguous);
    expect(handshakes).toBe(when === 'at once' ? 0 : 1);
  });

  test('a server that speaks no TLS: not tried again', async () => {
    const port = await listening(http.createServer());
    const { send, clock } = await start({ apiUrl: `https://localhost:${port}` });
    const failing = send(POST);
    await expect(failing).rejects.toBeInstanceOf(Offline);
    expect(await said(failing)).toContain('check the network, and api_url if it is set');
    expect(clock.sleeps).toEqual([]);
  });

  test('through a proxy the certificate is that of the API', async () => {
    const { port, requests } = await secured('self');
    const proxy = await aProxy({ to: port });
    const env = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const { send, clock } = await start({ apiUrl: 'https://api.example.com', env });
    const failing = send(POST);
    await expect(failing).rejects.toBeInstanceOf(Offline);
    expect(await said(failing)).toContain('its certificate is not trusted: self');
    expect(requests).toEqual([]);
    expect(clock.sleeps).toEqual([]);
    expect(proxy.asked.map(({ to }) => to)).toEqual(['api.example.com:443']);
  });

  test('requests go through a proxy to a server that is trusted', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { port, requests } = await secured('self');
    const proxy = await aProxy({ to: port });
    const { send } = await start({
      apiUrl: 'https://api.example.com',
      env: { HTTPS_PROXY: `127.0.0.1:${proxy.port}` },
    });
    await expect(send(GET)).rejects.toBeInstanceOf(Offline);
    const other = await start({
      apiUrl: 'https://api.example.com',
      env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    });
    for (let n = 0; n < 2; n++) expect(await other.send(GET)).toEqual({ account: {} });
    expect(requests).toHaveLength(2);
    expect(proxy.asked).toHaveLength(1);
    vi.unstubAllEnvs();
  });
});
