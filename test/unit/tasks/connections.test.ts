import { expect, test } from 'vitest';
import type { Context } from '../../../src/context.ts';
import type { Node } from '../../../src/model/node.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { type NodePatience, SharedConnections } from '../../../src/tasks/connections.ts';
import { FakeClock } from '../fake-clock.ts';

const NODE = { id: 1, name: 'w1' } as Node;

/** Connections to a fleet that connects when it is told to. */
function shared() {
  const asked: { node: Node; patience: NodePatience; connected: (connection: Connection) => void }[] = [];
  const connect = (node: Node, patience: NodePatience) =>
    new Promise<Connection>((connected, failed) => {
      asked.push({ node, patience, connected });
      patience.signal?.addEventListener('abort', () => failed(new Error('aborted')));
    });
  const clock = new FakeClock();
  const context = { clock, signal: new AbortController().signal, fleet: async () => ({ connect }) };
  return { connections: new SharedConnections(context as unknown as Context), asked, clock };
}

const connection = (said: string[] = []) =>
  ({ lost: undefined, end: () => said.push('ended') }) as unknown as Connection;

test('what was begun is what the next one gets, and is begun once', async () => {
  const { connections, asked } = shared();
  connections.begin(NODE);
  connections.begin(NODE);
  const got = connections.connect(NODE);
  await expect.poll(() => asked.length).toBe(1);
  const made = connection();
  asked[0]!.connected(made);
  expect(await got).toBe(made);
  expect(asked).toHaveLength(1);
});

test('what was begun for nothing is given up at the end', async () => {
  const { connections, asked } = shared();
  connections.begin(NODE);
  await expect.poll(() => asked.length).toBe(1);
  expect(asked[0]!.patience.signal!.aborted).toBe(false);
  connections.end();
  expect(asked[0]!.patience.signal!.aborted).toBe(true);
});

test('who waits for what was begun has his own time', async () => {
  const { connections, clock, asked } = shared();
  connections.begin(NODE);
  await expect(connections.connect(NODE, { deadline: clock.now() + 5_000 })).rejects.toThrow('w1: SSH timed out');
  // It is still on its way: the next one gets it, and nothing is left open in the end.
  const said: string[] = [];
  const next = connections.connect(NODE);
  const made = connection(said);
  asked[0]!.connected(made);
  expect([await next, asked.length]).toEqual([made, 1]);
  connections.end();
  await expect.poll(() => said).toEqual(['ended']);
});

test('after one that failed the next begins anew', async () => {
  const { connections, asked } = shared();
  const ended = new AbortController();
  const failed = connections.connect(NODE, { signal: ended.signal });
  await expect.poll(() => asked.length).toBe(1);
  ended.abort();
  await expect(failed).rejects.toThrow('aborted');
  const next = connections.connect(NODE);
  await expect.poll(() => asked.length).toBe(2);
  const made = connection();
  asked[1]!.connected(made);
  expect(await next).toBe(made);
  connections.end();
});
