// A host gets a host key of its own: which keys belt accepts meanwhile, and what it does with a host that does not take the new one.
import type { ServerChannel } from 'ssh2';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/ssh/connect.ts';
import { makeOwnHostKey, type OwnHostKeyOptions } from '../../../src/ssh/own-host-key.ts';
import { FakeClock } from '../fake-clock.ts';
import { atEnd, serve } from './serve.ts';
import { aKey, HOST_KEY, hostAt, type Key } from './with-sshd.ts';

const KEY = '/etc/ssh/ssh_host_ed25519_key';

/** A host that shows the interim key, makes `next` when it is asked to, and then shows `shown` (at a port of its own). */
async function host(next: Key, shown: Key) {
  const files = new Map([[KEY, HOST_KEY]]);
  const did: string[] = [];
  const answer = (command: string): string | undefined => {
    if (command.includes('ssh-keygen -q')) files.set(`${KEY}.belt`, next);
    else if (command.startsWith('ssh-keygen -y -f ')) return publicLine(files.get(command.slice(17)));
    else if (command === `mv ${KEY}.belt ${KEY}`) files.set(KEY, files.get(`${KEY}.belt`)!);
    if (/^(mv|systemctl)/.test(command)) did.push(command.split(' ')[0]!);
    return '';
  };
  const exec = (channel: ServerChannel, command: string) => {
    const said = answer(command);
    channel.write(said ?? '');
    channel.exit(said === undefined ? 1 : 0);
    channel.end();
  };
  const first = await serve({ exec });
  const second = await serve({ hostKeys: [shown.text] });
  const connection = await connect(hostAt(first.port), { timeoutMs: 5_000 });
  atEnd(() => connection.end());
  // sshd took its new key: the next connection meets it.
  Object.assign(connection.host, { port: second.port });
  return { connection, did, second };
}

const publicLine = (key: Key | undefined): string | undefined => key && `ssh-ed25519 ${key.bytes.toString('base64')}\n`;

function options(accepted: Buffer[], did: string[]): OwnHostKeyOptions {
  return {
    interim: HOST_KEY.bytes,
    onNext: (key) => {
      accepted.push(key);
      did.push('accepted');
    },
    clock: new FakeClock(),
    signal: new AbortController().signal,
    limit: (task) => task(),
  };
}

describe('a host makes a key of its own', () => {
  test('it is accepted before the host shows it, and given once it was met', async () => {
    const next = aKey();
    const { connection, did, second } = await host(next, next);
    const accepted: Buffer[] = [];
    expect(await makeOwnHostKey(connection, options(accepted, did))).toEqual(next.bytes);
    expect(accepted).toEqual([next.bytes]);
    expect(did.slice(0, 2)).toEqual(['accepted', 'mv']);
    expect(second.connections).toBe(1);
  });

  test('one that goes on showing the key that it had is not believed, and met three times, not more', async () => {
    const { connection, did, second } = await host(aKey(), HOST_KEY);
    const accepted: Buffer[] = [];
    await expect(makeOwnHostKey(connection, options(accepted, did))).rejects.toMatchObject({ refusal: 'host-key' });
    expect(second.connections).toBe(3);
  });

  test('nor one that shows a third key, which nobody heard of', async () => {
    const { connection, did } = await host(aKey(), aKey());
    await expect(makeOwnHostKey(connection, options([], did))).rejects.toMatchObject({ refusal: 'host-key' });
  });

  test('a connection that met the new key is the proof: nothing is made again', async () => {
    const next = aKey();
    const { connection, did } = await host(next, next);
    Object.assign(connection, { hostKey: next.bytes });
    expect(await makeOwnHostKey(connection, options([], did))).toEqual(next.bytes);
    expect(did).toEqual([]);
  });
});
