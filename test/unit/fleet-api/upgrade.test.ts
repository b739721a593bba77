// What clients offer to upgrade to: a tunnel for what engines take, plain HTTP for everything else.
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type FakeEngine, over, overReadOnly } from './engines.ts';

const text = (method: string, path: string, headers: string[] = [], body = '') =>
  [`${method} ${path} HTTP/1.1`, 'Host: d', ...headers, '', body].join('\r\n');
const offer = (protocol: string) => [
  'Connection: Upgrade, HTTP2-Settings',
  `Upgrade: ${protocol}`,
  'HTTP2-Settings: AA',
];
const last = ['Connection: close'];

/** What is answered to these requests of one connection, each sent after an answer to the one before has begun. */
async function said(path: string, requests: readonly string[]): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  let heard = '';
  socket.write(requests[0]!);
  let sent = 1;
  for await (const part of socket) {
    heard += part;
    if (sent < requests.length) socket.write(requests[sent++]!);
  }
  socket.destroy();
  return heard;
}

const statuses = (heard: string) => heard.match(/HTTP\/1\.1 \d+/g)?.map((one) => one.slice(9));
const changes = ({ asked }: FakeEngine) => asked.filter((one) => !one.startsWith('GET'));

test('an offer that no engine takes is a plain request, and so is the next one on its connection', async () => {
  const { engines, socketPath } = await over('a', 'b');
  const { Id } = engines[1]!.add('web');
  for (const protocol of ['h2c', 'tcp', 'websocket']) {
    const heard = await said(socketPath, [
      text('GET', '/containers/b/web/json', offer(protocol)),
      text('GET', '/version', offer(protocol)),
      text('POST', '/containers/b/web/exec', [...offer(protocol), 'Content-Length: 2'], '{}'),
      text('GET', '/containers/json?all=1', last),
    ]);
    expect(statuses(heard)).toEqual(['200', '200', '200', '200']);
    expect(heard).toContain('"Name":"b"');
    expect(heard).toContain('"/b/web"');
  }
  expect(changes(engines[1]!)).toEqual(Array(3).fill(`POST /v1.45/containers/${Id}/exec`));
});

test('a read-only endpoint stays so on a connection that offered an upgrade', async () => {
  const { engines, socketPath } = await overReadOnly('a', 'b');
  engines[1]!.add('web');
  const heard = await said(socketPath, [
    text('GET', '/containers/b/web/json', offer('tcp')),
    text('DELETE', '/containers/b/web', offer('h2c')),
    text('POST', '/containers/b/web/attach', offer('tcp')),
  ]);
  expect(statuses(heard)).toEqual(['200', '403', '403']);
  expect(changes(engines[1]!)).toEqual([]);
});

test('an engine that refuses an upgrade gets nothing else of its connection', async () => {
  const { engines, socketPath } = await over('a', 'b');
  engines[1]!.add('web');
  const raw: string[] = [];
  engines[1]!.onUpgrade = (_request, socket, head) => {
    raw.push(String(head));
    socket.on('data', (part) => raw.push(String(part)));
    socket.on('end', () => socket.end());
    socket.write('HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{}');
  };
  const heard = await said(socketPath, [
    text('POST', '/containers/b/web/attach', offer('tcp')),
    text('DELETE', '/containers/b/web', last),
  ]);
  expect(statuses(heard)).toEqual(['409']);
  expect(raw.join('')).toBe('');
});

test('an answer whose first words come in pieces is an upgrade all the same', async () => {
  const { engines, socketPath } = await over('a', 'b');
  engines[1]!.add('web');
  engines[1]!.onUpgrade = (_request, socket) => {
    socket.setNoDelay(true);
    let isOpen = false;
    socket.on('data', (part) => {
      socket.write(isOpen ? part : `.1 101 UPGRADED\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n${part}`);
      isOpen = true;
    });
    socket.on('end', () => socket.end());
    socket.write('HTTP/1');
  };
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  socket.write(text('POST', '/containers/b/web/attach', offer('tcp')));
  let heard = '';
  for await (const part of socket) {
    if (heard === '') socket.write('typed');
    heard += part;
    if (heard.endsWith('typed')) socket.end();
  }
  expect(heard).toMatch(/^HTTP\/1\.1 101 .*typed$/s);
});
