import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import type { Connection } from '../../../src/ssh/connection.ts';
import { SshError } from '../../../src/ssh/errors.ts';
import { forwardRefusal } from '../../../src/ssh/forward-refusal.ts';
import { SharedJump } from '../../../src/ssh/jump.ts';
import { FakeClock } from '../fake-clock.ts';

const NEVER = new AbortController().signal;
const JUMP = { name: 'bastion', address: '203.0.113.1' };
const to = (n: number) => ({ name: `node${n}`, address: `10.0.0.${n}`, port: 22 });

type Tcp = Connection['tcp'];

/** A jump host that answers as `tcp` does; `connects` counts the connections to it. */
function aJump(tcp: Tcp, connect: (made: Connection) => Promise<Connection> = async (made) => made) {
  const seen = { connects: 0, connection: { host: JUMP, lost: false, tcp } as unknown as Connection };
  const clock = new FakeClock();
  const jump = new SharedJump({
    name: 'bastion',
    clock,
    signal: NEVER,
    connect: () => {
      seen.connects++;
      return connect(seen.connection);
    },
  });
  return { seen, clock, jump };
}

const stream = async () => new Duplex();
const hangs: Tcp = (_to, { signal } = {}) =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
const messageOf = (opened: Promise<unknown>) => opened.then(String, (error: Error) => error.message);

test('one connection carries all, and another takes its place when it was lost', async () => {
  const { jump, seen } = aJump(stream);
  await Promise.all([1, 2, 3].map((n) => jump.open(to(n), { timeoutMs: 1_000 })));
  await jump.open(to(4), { timeoutMs: 1_000 });
  expect(seen.connects).toBe(1);
  (seen.connection as { lost: boolean }).lost = true;
  await jump.open(to(5), { timeoutMs: 1_000 });
  expect(seen.connects).toBe(2);
});

test('a jump host that fails is named for every node, tried once for all, and again later', async () => {
  const refused = async () => {
    throw new SshError(JUMP, 'no-route', 'connection refused');
  };
  const { jump, seen, clock } = aJump(stream, refused);
  const open = (n: number) => messageOf(jump.open(to(n), { timeoutMs: 1_000 }));
  expect(await Promise.all([open(1), open(2)])).toEqual([
    'node1 (10.0.0.1): the jump host bastion does not answer (connection refused)',
    'node2 (10.0.0.2): the jump host bastion does not answer (connection refused)',
  ]);
  await open(3);
  expect(seen.connects).toBe(1);
  await clock.sleep(2_000);
  await open(4);
  expect(seen.connects).toBe(2);
});

test('the time that the jump host takes is the node’s', async () => {
  const { jump } = aJump(stream, () => new Promise(() => {}));
  expect(await messageOf(jump.open(to(1), { timeoutMs: 20 }))).toBe(
    'node1 (10.0.0.1): the jump host bastion does not answer (SSH timed out)',
  );
});

test('an interrupt ends the wait for the jump host, and for a node behind it', async () => {
  for (const { jump } of [aJump(stream, () => new Promise(() => {})), aJump(hangs)]) {
    const interrupt = new AbortController();
    const opened = jump.open(to(1), { timeoutMs: 60_000, signal: interrupt.signal });
    const reason = new Error('interrupted');
    setImmediate(() => interrupt.abort(reason));
    await expect(opened).rejects.toBe(reason);
  }
});

test('whose fault it is that nothing was opened', () => {
  const refusal = (message: string, reason: number) =>
    forwardRefusal(to(1), JUMP, Object.assign(new Error(`(SSH) Channel open failure: ${message}`), { reason }));
  expect(refusal('connect failed: Connection refused', 2).message).toBe(
    'node1 (10.0.0.1): connection refused (through the jump host bastion)',
  );
  expect(refusal('open failed', 1)).toMatchObject({
    message: 'node1 (10.0.0.1): the jump host bastion refuses to forward connections',
    hint: 'have its sshd_config say: AllowTcpForwarding yes',
  });
});
