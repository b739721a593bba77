// Where a line leads when its connection is lost, or when its engine goes away.
import type { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { Line } from '../../../src/endpoint/line.ts';
import { connect } from '../../../src/ssh/connect.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt, type Sshd, type SshdOptions } from '../ssh/with-sshd.ts';

const says = (text: string) => () => (stream: Duplex) => void stream.end(text);

async function text(stream: Duplex): Promise<string> {
  let all = '';
  for await (const part of stream) all += part;
  return all;
}

/** A line over these servers: `node1`, `node2`, …; one that went away is avoided where there is another. */
async function lineOver(servers: readonly Sshd[], { canMove = servers.length > 1 } = {}) {
  const told: string[] = [];
  const line = new Line({
    connect: async (avoid) => {
      const at = servers.length > 1 && avoid === 'node1' ? 1 : 0;
      return connect(hostAt(servers[at]!.port, { name: `node${at + 1}` }), { timeoutMs: 5_000 });
    },
    canMove,
    onLost: (name) => told.push(`lost ${name}`),
    onMove: (name) => told.push(`moved to ${name}`),
  });
  atEnd(() => line.close());
  return { line, told };
}

const servers = (...options: SshdOptions[]) => Promise.all(options.map((one) => serve(one)));

test('many streams are one connection', async () => {
  const [server] = await servers({ unix: says('one') });
  const { line } = await lineOver([server!]);
  const streams = await Promise.all(Array.from({ length: 30 }, async () => text(await line.stream())));
  expect(new Set(streams)).toEqual(new Set(['one']));
  expect(server!.connections).toBe(1);
});

test('a lost connection is told once, and the next call has a new one', async () => {
  const [server] = await servers({ unix: says('one') });
  const { line, told } = await lineOver([server!]);
  await text(await line.stream());
  server!.drop();
  await expect.poll(() => told).toEqual(['lost node1']);
  expect(await Promise.all([line.stream(), line.stream()].map(async (one) => text(await one)))).toEqual(['one', 'one']);
  expect([server!.connections, told]).toEqual([2, ['lost node1']]);
});

test('a manager that is gone: the next call has another', async () => {
  const both = await servers({ unix: says('one') }, { unix: says('two') });
  const { line, told } = await lineOver(both);
  expect(await text(await line.stream())).toBe('one');
  both[0]!.drop();
  expect(await text(await line.stream())).toBe('two');
  expect(told).toEqual(['lost node1', 'moved to node2']);
});

test('a manager whose engine is gone while its SSH answers: another, where another will do', async () => {
  let isUp = true;
  const gone: SshdOptions = {
    unix: () => (isUp ? says('one')() : undefined),
    exec: (channel) => {
      channel.exit(1);
      channel.end();
    },
  };
  const { line } = await lineOver(await servers(gone, { unix: says('two') }));
  const { line: alone } = await lineOver(await servers(gone), { canMove: false });
  expect([await text(await line.stream()), await text(await alone.stream())]).toEqual(['one', 'one']);
  isUp = false;
  expect(await text(await line.stream())).toBe('two');
  await expect(alone.stream()).rejects.toThrow('node1: its Docker engine does not answer');
});

test('closing it tells nothing', async () => {
  const [server] = await servers({ unix: says('one') });
  const { line, told } = await lineOver([server!]);
  await text(await line.stream());
  line.close();
  await expect.poll(() => server!.sockets.size).toBe(0);
  expect(told).toEqual([]);
});
