// A keeper in this process, before an sshd in the same: what passes through it, and what it does with what it must not get.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import type ssh2 from 'ssh2';
import { expect, test } from 'vitest';
import { ask } from '../../../src/keeper/ask.ts';
import { KeptChannel } from '../../../src/keeper/channel.ts';
import { Frames } from '../../../src/keeper/frames.ts';
import { Keeper } from '../../../src/keeper/keeper.ts';
import { lease } from '../../../src/keeper/lease.ts';
import { loginOf } from '../../../src/keeper/login.ts';
import type { Connection, SshHost } from '../../../src/ssh/connection.ts';
import { until } from '../../support/probe.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { aKey, HOST_KEY, hostAt, type SshdOptions, USER_KEY } from '../ssh/with-sshd.ts';

interface Kept {
  path: string;
  keeper: Keeper;
  ended: Promise<unknown>;
  pins: Buffer[];
}

async function aKeeper(): Promise<Kept> {
  const folder = mkdtempSync(join(tmpdir(), 'belt-keeper-'));
  atEnd(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'k.sock');
  const pins = [HOST_KEY.bytes];
  let keeper!: Keeper;
  const ended = new Promise((onEnd) => {
    keeper = new Keeper({ path, pins: () => pins, isOwn: () => true, onEnd });
  });
  await keeper.listen();
  atEnd(() => keeper.end());
  return { path, keeper, ended, pins };
}

function take({ path }: Kept, host: SshHost, { keepMs = 60_000, signal = new AbortController().signal } = {}) {
  const { name, address, port, user } = host;
  const node = { id: 1, name, address, port, user };
  return lease({ path, node, keepMs, host, login: () => loginOf(host), signal, timeoutMs: 10_000 });
}

async function taken(kept: Kept, host: SshHost, options?: Parameters<typeof take>[2]): Promise<Connection> {
  const got = await take(kept, host, options);
  if (typeof got === 'string') throw new Error(got);
  atEnd(() => got.connection.destroy());
  return got.connection;
}

async function both(options: SshdOptions = {}) {
  const [kept, server] = [await aKeeper(), await serve(options)];
  return { kept, server, connection: await taken(kept, hostAt(server.port)) };
}

test('a command: output, errors, exit code; the next shares the connection', async () => {
  const { kept, server, connection } = await both();
  expect(await connection.run('echo out; echo err >&2; exit 7')).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  expect(await connection.run('kill -TERM $$')).toMatchObject({ code: 143 });
  const other = await taken(kept, hostAt(server.port, { auth: [] }));
  expect(await other.run('echo again')).toMatchObject({ code: 0, stdout: 'again\n' });
  expect([server.connections, other.hostKey.equals(HOST_KEY.bytes)]).toEqual([1, true]);
});

test('the exit code may come after both streams have ended', async () => {
  const [near, far] = [new PassThrough(), new PassThrough()];
  const socket = Duplex.from({ readable: near, writable: far }) as Socket;
  const channel = new KeptChannel(new Frames(socket, { onJson: () => {} }), () => {});
  const seen: unknown[] = [];
  for (const name of ['exit', 'close']) channel.on(name, (value) => seen.push([name, value]));
  const keeper = new Frames(Duplex.from({ readable: far, writable: near }) as Socket, { onJson: () => {} });
  channel.end();
  channel.resume();
  channel.stderr.resume();
  keeper.end();
  await new Promise((resolve) => channel.once('end', resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));
  keeper.json({ is: 'exit', code: 3 });
  keeper.json({ is: 'closed' });
  await new Promise((resolve) => channel.once('close', resolve));
  expect(seen).toEqual([
    ['exit', 3],
    ['close', undefined],
  ]);
});

test('stdin and its end, both ways at once', async () => {
  const { connection } = await both();
  const { channel, ended } = await connection.exec('cat; echo end');
  const text = 'abcdefgh'.repeat(100_000);
  channel.end(text);
  channel.stderr.resume();
  const pieces: Buffer[] = [];
  channel.on('data', (piece: Buffer) => pieces.push(piece));
  expect(await ended).toBe(0);
  expect(Buffer.concat(pieces).toString()).toBe(`${text}end\n`);
});

test('a terminal and its size', async () => {
  const { connection, server } = await both();
  const pty = { term: 'xterm', rows: 10, cols: 20, modes: {} } as unknown as ssh2.PseudoTtyOptions;
  const { channel } = await connection.exec('sleep 60', { pty });
  channel.setWindow(30, 40, 0, 0);
  await until('the host knows', () => server.resizes.length > 0);
  expect(server.ptys).toMatchObject([{ term: 'xterm', rows: 10, cols: 20 }]);
  expect(server.resizes).toMatchObject([{ rows: 30, cols: 40 }]);
});

/** Writes as fast as it is taken, and counts. */
function flood(stream: NodeJS.WritableStream): { bytes: number } {
  const written = { bytes: 0 };
  const piece = Buffer.alloc(64 * 1024);
  const go = () => {
    do written.bytes += piece.length;
    while (stream.write(piece));
    stream.once('drain', go);
  };
  go();
  return written;
}

/** Its value once that has not changed for half a second. */
async function settled(value: () => number): Promise<number> {
  for (let before = -1; ; before = value()) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (before === value() && before > 0) return before;
  }
}

const MOST = 12 * 1024 * 1024;

test('a reader that does not read stops the host, not fills the keeper', async () => {
  let written = { bytes: 0 };
  const { connection } = await both({
    exec: (channel) => {
      channel.on('error', () => {});
      written = flood(channel);
    },
  });
  const { channel } = await connection.exec('x');
  expect(await settled(() => written.bytes)).toBeLessThan(MOST);
  const before = written.bytes;
  channel.resume();
  await until('it goes on', () => written.bytes > before + 4 * MOST);
});

test('a host that does not read stops the writer', async () => {
  let held: ssh2.ServerChannel | undefined;
  const { connection } = await both({
    exec: (channel) => {
      held = channel;
    },
  });
  const { channel } = await connection.exec('x');
  channel.on('error', () => {});
  const written = flood(channel);
  expect(await settled(() => written.bytes)).toBeLessThan(MOST);
  const before = written.bytes;
  held!.resume();
  await until('it goes on', () => written.bytes > before + 4 * MOST);
});

test('a stream to a unix socket, its half-close, and one that is refused', async () => {
  const { connection } = await both({
    unix: (path) =>
      path === '/there' ? (stream) => void stream.on('end', () => stream.end('bye')).resume() : undefined,
  });
  const stream = await connection.unixSocket('/there');
  stream.end('hello');
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  expect(Buffer.concat(pieces).toString()).toBe('bye');
  await expect(connection.unixSocket('/none')).rejects.toMatchObject({ reason: expect.any(Number) });
});

test('a cut: the connection is known as lost when the channel ends, and the next gets another', async () => {
  const { kept, server, connection } = await both();
  const stream = await connection.exec('sleep 60');
  stream.channel.resume();
  const ended = stream.ended.catch((error) => [error.refusal, connection.lost]);
  server.drop();
  expect(await ended).toEqual(['lost', true]);
  await connection.closed;
  const again = await taken(kept, hostAt(server.port));
  expect(await again.run('echo there')).toMatchObject({ stdout: 'there\n' });
});

test('a command that was sent as its connection was lost is not run a second time', async () => {
  const { kept, server, connection } = await both({
    cutsAt: (what) => what === 'command' && server.commands.length < 2,
  });
  for (const run of [() => connection.run('first'), () => connection.exec('first')]) {
    await expect(run()).rejects.toMatchObject({
      refusal: 'lost',
      hint: 'the command may still be running there; run the same command again',
    });
    expect(server.commands.splice(0)).toEqual(['first']);
  }
  server.commands.push('x', 'x');
  expect(await (await taken(kept, hostAt(server.port))).run('echo there')).toMatchObject({ stdout: 'there\n' });
});

test('one that was surely not sent as its connection was lost runs on the next', async () => {
  let cuts = 0;
  const { server, connection } = await both({ cutsAt: (what) => what === 'session' && cuts++ < 1 });
  expect(await connection.run('echo there')).toMatchObject({ stdout: 'there\n' });
  expect([server.commands, server.connections]).toEqual([['echo there'], 2]);
});

test('a command that goes away ends its own on the host, and no other', async () => {
  const { kept, server, connection } = await both();
  const other = await taken(kept, hostAt(server.port));
  const { channel, ended } = await other.exec('cat; echo survived');
  const { channel: own } = await connection.exec('sleep 60');
  own.on('error', () => {});
  expect(kept.keeper.status.nodes).toMatchObject([{ channels: 2 }]);
  connection.destroy();
  await until('it is closed', () => kept.keeper.status.nodes[0]?.channels === 1);
  channel.end();
  channel.stderr.resume();
  channel.resume();
  expect(await ended).toBe(0);
});

test('a reader that goes away in the middle of a flood leaves no channel', async () => {
  const { kept, server, connection } = await both({
    exec: (channel) => {
      channel.on('error', () => {});
      flood(channel);
      flood(channel.stderr);
    },
  });
  const other = await taken(kept, hostAt(server.port));
  const { channel } = await connection.exec('x');
  channel.on('error', () => {});
  await new Promise((resolve) => channel.once('data', resolve));
  channel.pause();
  await until('it is open', () => kept.keeper.status.nodes[0]?.channels === 1);
  connection.destroy();
  await until('it is closed', () => kept.keeper.status.nodes[0]?.channels === 0);
  expect(other.lost).toBe(false);
});

test('the Docker socket of a node goes with its pins', async () => {
  const [kept, server] = [await aKeeper(), await serve()];
  const got = await take(kept, hostAt(server.port));
  if (typeof got === 'string') throw new Error(got);
  const relogin = { home: '/none', first: [] };
  const { socket } = (await ask<{ socket: string }>(kept.path, { do: 'endpoint', lease: got.id, relogin }))!;
  got.connection.end();
  expect([kept.keeper.status.nodes, existsSync(socket)]).toMatchObject([[{ name: 'node1', socket }], true]);
  kept.pins.splice(0, 1);
  expect([await ask(kept.path, { do: 'status' }), existsSync(socket)]).toMatchObject([{ nodes: [] }, false]);
});

test('a Docker socket of a node with another address replaces that of the old one', async () => {
  const [kept, one, other] = [await aKeeper(), await serve(), await serve()];
  const sockets: string[] = [];
  for (const { port } of [one, other]) {
    const got = await take(kept, hostAt(port));
    if (typeof got === 'string') throw new Error(got);
    const relogin = { home: '/none', first: [] };
    sockets.push((await ask<{ socket: string }>(kept.path, { do: 'endpoint', lease: got.id, relogin }))!.socket);
    got.connection.end();
  }
  expect(sockets[0]).toBe(sockets[1]);
  expect(existsSync(sockets[0]!)).toBe(true);
  expect(kept.keeper.status.nodes.filter(({ socket }) => socket !== undefined)).toHaveLength(1);
});

test('a host key that is not pinned, before and after', async () => {
  const { kept, server, connection } = await both();
  expect(await connection.run('true')).toMatchObject({ code: 0 });
  const other = aKey();
  kept.pins.splice(0, 1, other.bytes);
  await expect(take(kept, hostAt(server.port))).rejects.toMatchObject({
    refusal: 'host-key',
    hostKey: HOST_KEY.bytes,
    message: expect.stringContaining('its host key does not match the pinned one'),
  });
  await expect(connection.run('true')).rejects.toMatchObject({ refusal: 'host-key' });
  expect(kept.keeper.status.nodes).toEqual([]);
});

test('a key that the host does not accept; then the second of two', async () => {
  const [kept, server] = [await aKeeper(), await serve()];
  const wrong = aKey();
  const method = ({ parsed: key }: typeof wrong) => ({ type: 'publickey' as const, username: 'root', key });
  await expect(take(kept, hostAt(server.port, { auth: [method(wrong)] }))).rejects.toMatchObject({
    refusal: 'auth',
    message: 'node1 (127.0.0.1): it rejected the SSH key for root',
    hint: 'set ssh_user, and ssh_key_path to a key that the droplet was created with',
  });
  let worked: number | undefined;
  await taken(
    kept,
    hostAt(server.port, {
      auth: [method(wrong), method(USER_KEY)],
      onLogin: (key) => {
        worked = key;
      },
    }),
  );
  expect(worked).toBe(1);
});

test('it ends when nothing used it for the time, and not before', async () => {
  const { kept, server, connection } = await both();
  await taken(kept, hostAt(server.port), { keepMs: 300 });
  let isEnded = false;
  void kept.ended.then(() => {
    isEnded = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect([isEnded, kept.keeper.status.endsAt]).toEqual([false, undefined]);
  connection.end();
  expect(isEnded).toBe(false);
});

test('the longest time that was asked for decides, not the last', async () => {
  const { kept, server, connection } = await both();
  connection.end();
  const short = await taken(kept, hostAt(server.port), { keepMs: 300 });
  expect(kept.keeper.status.keepMs).toBe(60_000);
  short.end();
  await until('nothing uses it', () => kept.keeper.status.endsAt !== undefined);
  expect(kept.keeper.status.endsAt! - Date.now()).toBeGreaterThan(30_000);
  const long = await taken(kept, hostAt(server.port), { keepMs: 120_000 });
  expect(kept.keeper.status.keepMs).toBe(120_000);
  long.end();
});

test('there is none at the path; one that says nothing; an interrupt', async () => {
  const kept = await aKeeper();
  const host = hostAt(1);
  kept.keeper.end();
  expect(await take(kept, host)).toBe('none');
  const aborted = AbortSignal.abort(new Error('stop'));
  await expect(take(kept, host, { signal: aborted })).rejects.toThrow('stop');
});

test.each([
  ['no frame', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['one that is too long', Buffer.from([0, 0xff, 0xff, 0xff, 0xff])],
  ['no JSON', Buffer.from([0, 0, 0, 0, 1, 0x7b])],
  ['a question that there is not', Buffer.concat([Buffer.from([0, 0, 0, 0, 10]), Buffer.from('{"do":"x"}')])],
  ['a channel of no lease', Buffer.concat([Buffer.from([0, 0, 0, 0, 25]), Buffer.from('{"do":"exec","lease":"9"}')])],
])('what nobody asks: %s', async (_what, bytes) => {
  const { kept, connection } = await both();
  const socket = connect(kept.path);
  socket.on('error', () => {});
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve).resume());
  expect(await connection.run('echo there')).toMatchObject({ stdout: 'there\n' });
});
