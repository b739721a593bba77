// Requests whose connection becomes another protocol, and those that only offer it.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { drop } from '../endpoint/local-socket.ts';
import { type Asked, type Target, told } from './exchange.ts';

const STATUS_LENGTH = 'HTTP/1.1 101'.length;

/** What becomes another protocol: every byte after the request's head passes both ways as it is. */
export async function tunnel({ request, method, version }: Asked, socket: Socket, head: Buffer, target: Target) {
  const { node, path } = target;
  const remote = await node.stream();
  remote.on('error', () => {});
  if (socket.destroyed) return drop(remote);
  remote.write(headText(`${method} ${node.pathOf(path, version)} HTTP/1.1`, headersOf(request)));
  // A body that comes with the request is in there, too.
  if (head.length > 0) remote.write(head);
  socket.pipe(remote);
  remote.pipe(socket);
  let start = '';
  const onStart = (chunk: Buffer) => {
    start += chunk.toString('latin1', 0, STATUS_LENGTH);
    if (start.length < STATUS_LENGTH) return;
    remote.off('data', onStart);
    if (/^HTTP\/1\.\d 101/.test(start)) return;
    // It refuses: whatever comes next on this connection is for all nodes, so the client has to make another.
    socket.unpipe(remote);
    socket.resume();
    remote.end();
  };
  remote.on('data', onStart);
  remote.once('close', () => socket.destroySoon());
  socket.once('close', () => drop(remote));
}

/** An answer on a connection that is no longer HTTP's. */
export function refuseUpgrade(socket: Socket, error: unknown): void {
  const { status, message } = told(error);
  const body = `${JSON.stringify({ message })}\n`;
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroySoon());
}

type Header = readonly [name: string, value: string];

function headersOf({ rawHeaders }: IncomingMessage): Header[] {
  const headers: Header[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) headers.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return headers;
}

const headText = (first: string, headers: readonly Header[]): Buffer =>
  Buffer.from([first, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'), 'latin1');

/** The head of a request as if it had offered no upgrade. */
export function plainText(request: IncomingMessage): Buffer {
  const { method, url, httpVersion } = request;
  const headers = headersOf(request).flatMap(([name, value]): Header[] => {
    if (/^(upgrade|http2-settings)$/i.test(name)) return [];
    if (!/^connection$/i.test(name)) return [[name, value]];
    const others = value.split(/\s*,\s*/).filter((one) => !/^(upgrade|http2-settings)$/i.test(one));
    return others.length > 0 ? [[name, others.join(', ')]] : [];
  });
  return headText(`${method} ${url} HTTP/${httpVersion}`, headers);
}
