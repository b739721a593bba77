// A client that is killed in the middle of anything leaves no stream to an engine.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { over } from './engines.ts';

const head = (first: string, ...headers: string[]) => [`${first} HTTP/1.1`, 'Host: d', ...headers, '', ''].join('\r\n');
const upgrade = ['Connection: Upgrade', 'Upgrade: tcp'];
const CHUNKS = ['Transfer-Encoding: chunked'];

/** Those that are kept for the next request: two an engine. */
const KEPT = 2;

test.each<[string, string]>([
  ['attach', head('POST /containers/web/attach?stream=1', ...upgrade)],
  ['exec', `${head('POST /exec/e1/start', ...upgrade, 'Content-Length: 2')}{}`],
  ['a build session', head('POST /session', 'Connection: Upgrade', 'Upgrade: h2c')],
  ['attach without an upgrade', head('POST /containers/web/attach?stream=1')],
  ['wait', head('POST /containers/web/wait')],
  ['logs -f', head('GET /containers/web/logs?follow=1')],
  ['stats', head('GET /containers/web/stats')],
  ['events', head('GET /events')],
  ['cp to it', `${head('PUT /containers/web/archive?path=/', ...CHUNKS)}3\r\nabc\r\n`],
  ['cp from it', head('GET /containers/web/archive?path=/')],
  ['save', head('GET /images/nginx:latest/get')],
  ['build', `${head('POST /build', ...CHUNKS)}3\r\nabc\r\n`],
  ['load', `${head('POST /images/load', ...CHUNKS)}3\r\nabc\r\n`],
  ['pull', head('POST /images/create?fromImage=x')],
])('%s', async (_what, bytes) => {
  const { engines, socketPath, streams } = await over('a', 'b');
  engines[1]!.add('web');
  let begun = 0;
  for (const engine of engines) {
    engine.onUpgrade = (_request, socket) => {
      begun++;
      socket.on('error', () => {});
      socket.resume().on('end', () => socket.end());
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    };
    engine.also = (request, response, path) => {
      if (path === '/exec/e1/json' && engine === engines[1]) response.end('{}');
      else if (!/attach|wait|logs|stats|events|archive|get$|build|load|create/.test(path)) return false;
      else {
        begun++;
        request.resume();
        response.writeHead(200).write('so far');
      }
      return true;
    };
  }
  for (let time = 0; time < 5; time++) {
    const before = begun;
    const socket = connect(socketPath);
    socket.on('error', () => {});
    socket.write(bytes);
    await expect.poll(() => begun).toBeGreaterThan(before);
    if (!/images\/load|build/.test(bytes)) await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
  }
  await expect.poll(streams, { timeout: 20_000 }).toBeLessThanOrEqual(KEPT * engines.length);
});
