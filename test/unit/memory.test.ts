// Commands that last for days (endpoint, logs -f, the keeper) do the same things very often: none of them may keep a little each time.

import { EventEmitter } from 'node:events';
import type ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { Session } from '../../src/copy/session.ts';
import type { Node } from '../../src/model/node.ts';
import { Connection, type SshHost } from '../../src/ssh/connection.ts';
import type { Sftp } from '../../src/ssh/sftp.ts';
import { limited } from '../../src/wait.ts';
import { bytesKept } from '../support/garbage.ts';

const TIMES = 10_000;
/** Less than anything that could be kept each time: it was 89 bytes and more. What the collector left for later is some 30. */
const NOTHING_BYTES = 60;

const node = { id: 1, name: 'node1' } as Node;

describe('nothing is kept of', () => {
  test('work on a node of a copy', async () => {
    const { connection } = connected();
    const session = new Session(node, { connection, sftp: {} as Sftp, uid: 0, nodes: 1 });
    expect(await bytesKept(TIMES, () => session.work(async () => ({ some: 'result' })))).toBeLessThan(NOTHING_BYTES);
  });

  test('work with a time limit, under a signal that lasts', async () => {
    const { signal } = new AbortController();
    const work = () => limited(async () => 1, { clock: systemClock, signal, timeoutMs: 60_000, late: 'late' });
    expect(await bytesKept(TIMES, work)).toBeLessThan(NOTHING_BYTES);
  });

  test('the question whether a host answers', async () => {
    const { connection } = connected();
    expect(await bytesKept(TIMES, () => connection.answers(60_000))).toBeLessThan(NOTHING_BYTES);
  });
});

/** A connection that answers at once. */
function connected(): { connection: Connection } {
  const client = Object.assign(new EventEmitter(), {
    unforwardIn: (_address: string, _port: number, done: () => void) => queueMicrotask(done),
  });
  const host = { name: 'node1', address: '127.0.0.1', port: 22, user: 'root' } as SshHost;
  return { connection: new Connection(host, client as unknown as ssh2.Client, Buffer.alloc(0)) };
}
