// What is no request: refused with what is wrong with it, as an engine does, and nobody else notices.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { over } from './engines.ts';

const bodies: [where: string, body: string, words: string | RegExp][] = [
  ['/containers/create', '{', /^invalid JSON: /],
  ['/containers/create', '', 'invalid JSON: got EOF while reading request body'],
  ['/containers/create', '[]', 'invalid JSON: Invalid input: expected object, received array'],
  ['/containers/create', 'null', 'invalid JSON: Invalid input: expected object, received null'],
  ['/containers/create', '{"Env":5}', 'invalid JSON: Env: Invalid input: expected array, received number'],
  ['/containers/create', '{"Env":[5]}', 'invalid JSON: Env.0: Invalid input: expected string, received number'],
  ['/containers/create', '{"Labels":["a"]}', /^invalid JSON: Labels: /],
  ['/containers/create', '{"Image":{}}', /^invalid JSON: Image: /],
  ['/containers/create', '{"ExposedPorts":[]}', /^invalid JSON: ExposedPorts: /],
  ['/containers/create', '{"HostConfig":"x"}', /^invalid JSON: HostConfig: /],
  [
    '/containers/create',
    '{"HostConfig":{"PortBindings":{"80/tcp":{}}}}',
    /^invalid JSON: HostConfig.PortBindings.80.tcp: /,
  ],
  ['/containers/create', '{"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":80}]}}}', /HostPort: /],
  ['/containers/create', '{"HostConfig":{"Memory":"1g"}}', /^invalid JSON: HostConfig.Memory: /],
  ['/containers/create', '{"HostConfig":{"Links":"db"}}', /^invalid JSON: HostConfig.Links: /],
  ['/containers/create', '{"HostConfig":{"PidMode":7}}', /^invalid JSON: HostConfig.PidMode: /],
  ['/containers/web/exec', '{"Cmd":', /^invalid JSON: /],
  ['/networks/create', '{"Driver":5}', /^invalid JSON: Driver: /],
  ['/networks/create', '{"Options":"x"}', /^invalid JSON: Options: /],
  ['/networks/x/connect', '{"Container":[]}', /^invalid JSON: Container: /],
  ['/networks/x/disconnect', 'nonsense', /^invalid JSON: /],
  ['/volumes/create', '{"Name":{}}', /^invalid JSON: Name: /],
  ['/volumes/create', '{"Labels":"x"}', /^invalid JSON: Labels: /],
];

test.each(bodies)('POST %s %s', async (path, body, words) => {
  const { engines, askText } = await over('a');
  engines[0]!.add('web');
  const { status, text } = await askText('POST', path, body);
  expect([status, JSON.parse(text).message]).toEqual([400, expect.stringMatching(words)]);
  expect(engines[0]!.asked.filter((one) => one.startsWith('POST'))).toEqual([]);
});

test.each(['{', '[]', '5', '"x"', '{"name":"x"}', '{"name":[1]}', '{"name":{"x":1}}'])(
  'filters=%s',
  async (filters) => {
    const { ask } = await over('a');
    for (const path of ['/containers/json', '/events', '/images/json']) {
      expect(await ask('GET', `${path}?filters=${encodeURIComponent(filters)}`)).toMatchObject({
        status: 400,
        body: { message: expect.stringMatching(/^invalid filter: /) },
      });
    }
  },
);

/** What is answered on one connection to what is written to it, until it is what was waited for, or the connection is closed. */
function heard(
  path: string,
  bytes: string | Buffer,
  { end = false, enough = /$^/ }: { end?: boolean; enough?: RegExp } = {},
): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ path, allowHalfOpen: true });
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on('data', (part) => {
      text += part;
      if (enough.test(text)) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(text));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

const head = (...linesOfHead: string[]) => `${linesOfHead.join('\r\n')}\r\n\r\n`;
const post = (...headers: string[]) => head('POST /containers/create HTTP/1.1', 'Host: d', ...headers);

test.each<[string, string, RegExp]>([
  ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400/],
  ['TLS', '\x16\x03\x01\x02\x00\x01', /^HTTP\/1\.1 400/],
  ['a length that is none', `${post('Content-Length: many')}{}`, /^HTTP\/1\.1 400/],
  ['a negative length', `${post('Content-Length: -1')}{}`, /^HTTP\/1\.1 400/],
  ['two lengths', `${post('Content-Length: 2', 'Content-Length: 3')}{}`, /^HTTP\/1\.1 400/],
  ['a length and chunks', `${post('Content-Length: 2', 'Transfer-Encoding: chunked')}{}`, /^HTTP\/1\.1 400/],
  ['a chunk that is none', `${post('Transfer-Encoding: chunked')}zz\r\n{}\r\n`, /^HTTP\/1\.1 400/],
  ['a header of 2 MB', post(`X: ${'x'.repeat(2 << 20)}`), /^HTTP\/1\.1 431/],
  ['a method that there is not', head('BREW /info HTTP/1.1', 'Host: d'), /^HTTP\/1\.1 400/],
  ['no host', head('GET /_ping HTTP/1.1'), /^HTTP\/1\.1 400/],
  ['a path that is none', head('GET /containers/%zz/json HTTP/1.1', 'Host: d'), /^HTTP\/1\.1 404/],
  ['a path with a nul', head('GET /containers/a%00b/json HTTP/1.1', 'Host: d'), /^HTTP\/1\.1 404/],
  ['a whole URL', head('GET http://other/containers/x/json HTTP/1.1', 'Host: d'), /^HTTP\/1\.1 501/],
  ['CONNECT', head('CONNECT other:80 HTTP/1.1', 'Host: d'), /^$/],
  ['an image whose name is another path', head('DELETE /images/x%3Fforce=1%23 HTTP/1.1', 'Host: d'), /^HTTP\/1\.1 404/],
  [
    'an upgrade of what is none',
    head('POST /info HTTP/1.1', 'Host: d', 'Connection: Upgrade', 'Upgrade: tcp'),
    /^HTTP\/1\.1 501/,
  ],
  [
    'an upgrade of a container that there is not',
    head('POST /containers/none/attach HTTP/1.1', 'Host: d', 'Connection: Upgrade', 'Upgrade: tcp'),
    /^HTTP\/1\.1 404/,
  ],
  [
    'an upgrade with chunks that are none',
    `${head('POST /session HTTP/1.1', 'Host: d', 'Connection: Upgrade', 'Upgrade: nonsense', 'Transfer-Encoding: chunked')}zz`,
    /^HTTP\/1\.1 (400|501)/,
  ],
  ['a type that is no JSON', `${post('Content-Type: text/plain', 'Content-Length: 2')}{}`, /^HTTP\/1\.1 400/],
])('%s', async (_what, bytes, expected) => {
  const { ask, socketPath } = await over('a');
  expect(await heard(socketPath, Buffer.from(bytes, 'latin1'), { enough: expected })).toMatch(expected);
  expect((await ask('GET', '/_ping')).status).toBe(200);
});

test('a body that ends too early is no container', async () => {
  const { engines, ask, socketPath } = await over('a');
  await heard(socketPath, `${post('Content-Length: 100')}{"Image":"nginx:latest"}`, { end: true });
  expect((await ask('GET', '/_ping')).status).toBe(200);
  expect(engines[0]!.containers).toEqual([]);
});

test('requests one after the other without waiting are answered in their order', async () => {
  const { engines, socketPath } = await over('a', 'b');
  engines[1]!.add('web');
  const paths = ['/containers/web/json', '/_ping', '/containers/none/json', '/version', '/containers/json', '/_ping'];
  const asked = paths.map((path, n) =>
    head(`GET ${path} HTTP/1.1`, 'Host: d', ...(n === paths.length - 1 ? ['Connection: close'] : [])),
  );
  const text = await heard(socketPath, asked.join(''));
  expect(text.match(/HTTP\/1\.1 \d+/g)?.map((one) => one.slice(9))).toEqual(['200', '200', '404', '200', '200', '200']);
});
