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
  // It is nobody's then: the next one begins anew.
  void connections.connect(NODE).catch(() => {});
  await expect.poll(() => asked.length).toBe(2);
  connections.end();
});
