// Bytes through a socket of this machine, over a real SSH connection, to a unix socket at the other end.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { LocalSocket } from '../../../src/endpoint/local-socket.ts';
import { connect } from '../../../src/ssh/connect.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt } from '../ssh/with-sshd.ts';

/** A local socket that leads to what answers at the other end. */
async function through(answer: (stream: Duplex) => void): Promise<{ path: string; connection: Connection }> {
  const server = await serve({ unix: () => answer });
  const connection = await connect(hostAt(server.port), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  return { path: await listening(() => connection.unixSocket('/var/run/docker.sock')), connection };
}

async function listening(open: () => Promise<Duplex>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'belt-socket-'));
  const path = join(folder, 'docker.sock');
  const local = new LocalSocket({ path, open, onAnswer: () => {} });
  await local.listen();
  atEnd(() => {
    local.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return path;
}

const client = (path: string): Socket => dial({ path, allowHalfOpen: true });

/** A client that asked for something, as all do. */
function asking(path: string): Socket {
  const socket = client(path);
  socket.write('?');
  return socket;
}

async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('a client that ends its input still reads the answer: the other end learns that it ended', async () => {
  const { path } = await through((stream) => {
    let text = '';
    stream.on('data', (part) => (text += part));
    stream.on('end', () => stream.end(`${text}, then the end`));
  });
  const socket = client(path);
  socket.end('abc');
  expect(String(await all(socket))).toBe('abc, then the end');
});

test('8 MB arrive as they were sent, at the pace of a slow reader, and the tail is not cut', async () => {
  const bytes = randomBytes(8 * 1024 * 1024);
  const { path } = await through((stream) => {
    stream.end(bytes);
    stream.resume();
  });
  const socket = asking(path);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) {
    chunks.push(chunk as Buffer);
    if (chunks.length % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(sum(Buffer.concat(chunks))).toBe(sum(bytes));
});

test('8 MB in are 8 MB there', async () => {
  const bytes = randomBytes(8 * 1024 * 1024);
  const { path } = await through((stream) => {
    const hash = createHash('sha256');
    stream.on('data', (part) => hash.update(part));
    stream.on('end', () => stream.end(hash.digest('hex')));
  });
  const socket = client(path);
  socket.end(bytes);
  expect(String(await all(socket))).toBe(sum(bytes));
});

test.each([
  ['and read all', false],
  ['with something unread', true],
])('a client that goes away (%s): the engine learns it, and the stream is closed', async (_how, isBusy) => {
  const closed: string[] = [];
  const { path } = await through((stream) => {
    const talk = setInterval(() => stream.write('x'.repeat(isBusy ? 100_000 : 1)), 2);
    stream.resume();
    stream.on('error', () => {});
    stream.on('close', () => {
      clearInterval(talk);
      closed.push('closed');
    });
  });
  const socket = asking(path);
  await once(socket, 'data');
  socket.pause();
  if (isBusy) await expect.poll(() => socket.readableLength).toBeGreaterThan(0);
  socket.destroy();
  await expect.poll(() => closed).toEqual(['closed']);
});

test('a connection that is cut ends its clients', async () => {
  const { path, connection } = await through((stream) => void stream.write('hello'));
  const socket = asking(path);
  await once(socket, 'data');
  const ended = all(socket);
  connection.destroy();
  expect(await ended).toEqual(Buffer.alloc(0));
  socket.destroy();
});

test('where there is no way to the engine, the client is answered why', async () => {
  const path = await listening(() => Promise.reject(new Error('node1: the connection was lost')));
  const socket = client(path);
  socket.write('HEAD /_ping HTTP/1.1\r\nHost: docker\r\n\r\n');
  const text = String(await all(socket));
  expect(text.split('\r\n')[0]).toBe('HTTP/1.1 503 Service Unavailable');
  expect(text).toMatch(/\r\n\r\n\{"message":"node1: the connection was lost"\}\n$/);
});

test('whoever connects and says nothing takes no stream', async () => {
  let opened = 0;
  const path = await listening(() => {
    opened++;
    return Promise.reject(new Error('no'));
  });
  const knock = client(path);
  await once(knock, 'connect');
  knock.destroy();
  const socket = client(path);
  socket.write('x');
  await all(socket);
  expect(opened).toBe(1);
});

test('is for its user alone', async () => {
  const path = await listening(() => Promise.reject(new Error('no')));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});
