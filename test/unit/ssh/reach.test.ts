import { describe, expect, test } from 'vitest';
import type { SshHost } from '../../../src/ssh/connection.ts';
import { type ReachOptions, reach } from '../../../src/ssh/reach.ts';
import { FakeClock } from '../fake-clock.ts';
import { atEnd, serve } from './serve.ts';
import { aKey, closedPort, hostAt, sshd } from './with-sshd.ts';

/** A clock that does something before the n-th pause. */
class EventfulClock extends FakeClock {
  readonly events = new Map<number, () => Promise<unknown> | unknown>();

  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.events.get(this.sleeps.length + 1)?.();
    await super.sleep(ms, signal);
  }
}

function situation(about: Partial<ReachOptions> = {}) {
  const clock = new EventfulClock();
  const troubles: string[] = [];
  const handshakes = { count: 0 };
  const options: ReachOptions = {
    clock,
    signal: new AbortController().signal,
    deadline: clock.now() + 60_000,
    onTrouble: (short) => troubles.push(short),
    limit: (task) => {
      handshakes.count++;
      return task();
    },
    ...about,
  };
  const go = async (host: SshHost) => {
    const connection = await reach(host, options);
    atEnd(() => connection.end());
    return connection;
  };
  return { clock, troubles, handshakes, go };
}

describe('a host that is booting', () => {
  test('refuses, then opens: connected as soon as it does', async () => {
    const port = await closedPort();
    const { clock, troubles, handshakes, go } = situation();
    clock.events.set(4, () => serve({ port }));
    const connection = await go(hostAt(port));
    expect((await connection.run('echo up')).stdout).toBe('up\n');
    expect(clock.sleeps).toEqual([500, 1_500, 2_000, 2_000]);
    // That is how machines boot: nothing to tell.
    expect(troubles).toEqual([]);
    // A closed port costs no handshake.
    expect(handshakes.count).toBe(1);
  });

  test('refuses for longer than a boot takes: the error is told from then on', async () => {
    const { clock, troubles, go } = situation({ deadline: 1_000_000 + 60_000 });
    const start = clock.now();
    const told: number[] = [];
    troubles.push = (trouble: string) => told.push(clock.now() - start) && Array.prototype.push.call(troubles, trouble);
    await expect(go(hostAt(await closedPort()))).rejects.toThrow('connection refused');
    expect(new Set(troubles)).toEqual(new Set(['connection refused']));
    expect(Math.min(...told)).toBeGreaterThan(45_000);
  });

  test('drops the first connections', async () => {
    const port = await closedPort();
    const early = await sshd({ port, instead: (socket) => socket.end() });
    const { clock, troubles, go } = situation();
    clock.events.set(3, async () => {
      await early.close();
      await serve({ port });
    });
    await go(hostAt(port));
    expect(troubles).toEqual(Array.from({ length: 3 }, () => 'the connection was closed'));
  });

  test('has no keys yet when its sshd is up: a refused login passes', async () => {
    const port = await closedPort();
    const early = await sshd({ port, authorized: [] });
    const { clock, troubles, go } = situation();
    clock.events.set(2, async () => {
      await early.close();
      await serve({ port });
    });
    await go(hostAt(port));
    expect(troubles).toEqual(['it rejected the SSH key for root', 'it rejected the SSH key for root']);
  });
});

describe('a host that counts connections', () => {
  /** Plays a wait of 30 s from the first try on; gives how many connections were tried. */
  async function triesIn30s(port: number, about: Partial<SshHost> = {}): Promise<number> {
    const { clock, go } = situation({ deadline: 1_000_000 + 30_000 });
    await go(hostAt(port, about)).catch(() => {});
    return clock.sleeps.length + 1;
  }

  test('and is up after 4 s is tried five times at most', async () => {
    const port = await closedPort();
    const { clock, go } = situation();
    const start = clock.now();
    let server: Promise<unknown> | undefined;
    for (let n = 1; n <= 30; n++) {
      clock.events.set(n, () => {
        if (clock.now() - start + (clock.sleeps.length === 3 ? 2_000 : 0) >= 4_000) server ??= serve({ port });
        return server;
      });
    }
    await go(hostAt(port));
    expect(clock.sleeps.length + 1).toBeLessThanOrEqual(5);
    expect(clock.now() - start).toBeLessThanOrEqual(6_500);
  });

  test('and drops each one is tried five times at most in 30 s', async () => {
    const { port } = await serve({ instead: (socket) => socket.end() });
    expect(await triesIn30s(port)).toBeLessThanOrEqual(5);
  });

  test('and refuses the key is tried five times at most in 30 s', async () => {
    const server = await serve({ authorized: [] });
    await triesIn30s(server.port);
    expect(server.connections).toBeLessThanOrEqual(5);
  });

  test('and shut its port after it let belt try is left alone long enough to open again', async () => {
    const port = await closedPort();
    const early = await sshd({ port, authorized: [] });
    const { clock, go } = situation({ deadline: 1_000_000 + 60_000 });
    clock.events.set(1, () => early.close());
    await expect(go(hostAt(port))).rejects.toThrow('connection refused');
    expect(clock.sleeps.slice(1, 5)).toEqual([6_500, 6_500, 6_500, 6_500]);
  });

  test('and is up after 20 s, having counted while it was shut, lets belt in within 40 s', async () => {
    const { clock, go } = situation();
    await go(hostAt(await closedPort())).catch(() => {});
    let at = 0;
    const tries = [0, ...clock.sleeps.map((ms) => (at += ms))];
    const letIn = tries.find(
      (now) => now >= 20_000 && tries.filter((one) => one > now - 30_000 && one <= now).length <= 5,
    );
    expect(letIn).toBeLessThanOrEqual(40_000);
    expect(tries.filter((one) => one <= 20_000).length).toBeLessThanOrEqual(9);
  });

  test('and punishes failed logins is waited for, and belt says what it does', async () => {
    const port = await closedPort();
    const strict = await sshd({ port, instead: (socket) => socket.end('Not allowed at this time\r\n') });
    const { clock, troubles, go } = situation();
    clock.events.set(2, async () => {
      await strict.close();
      await serve({ port });
    });
    await go(hostAt(port));
    const words =
      'its sshd turns connections away for now, as it does after failed logins from here and while too many log in';
    expect(troubles).toEqual([words, words]);
  });

  test('a handshake is taken up only once the port is open', async () => {
    const { handshakes, go } = situation({ deadline: 1_000_000 + 3_000 });
    await expect(go(hostAt(await closedPort()))).rejects.toThrow('connection refused');
    expect(handshakes.count).toBe(0);
  });
});

describe('giving up', () => {
  test('at once when the host presents another key', async () => {
    const { port } = await serve({ hostKeys: [aKey().text] });
    const { clock, troubles, go } = situation();
    await expect(go(hostAt(port))).rejects.toMatchObject({ refusal: 'host-key' });
    expect(clock.sleeps).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test('at the deadline, with the last error', async () => {
    const { clock, troubles, go } = situation({ deadline: 1_000_000 + 1_100 });
    await expect(go(hostAt(await closedPort()))).rejects.toMatchObject({
      message: 'node1 (127.0.0.1): not reachable in time: connection refused',
      exitCode: 255,
    });
    // The last pause ends at the deadline, and then one more try is made.
    expect(clock.sleeps).toEqual([500, 600]);
    expect(troubles).toEqual([]);
  });

  test('after 45 s when the login is refused again and again, tried five times', async () => {
    const server = await serve({ authorized: [] });
    const { clock, troubles, go } = situation({ deadline: 1_000_000 + 3_600_000 });
    await expect(go(hostAt(server.port))).rejects.toMatchObject({
      message: 'node1 (127.0.0.1): it rejected the SSH key for root',
    });
    expect(clock.sleeps).toEqual([5_000, 10_000, 15_000, 15_000]);
    expect(troubles).toHaveLength(4);
    expect(server.connections).toBe(5);
  });

  test('when it is interrupted', async () => {
    const controller = new AbortController();
    const { clock, go } = situation({ signal: controller.signal });
    clock.events.set(2, () => controller.abort(new Error('interrupted')));
    await expect(go(hostAt(await closedPort()))).rejects.toThrow('interrupted');
    expect(clock.sleeps).toHaveLength(2);
  });
});
