import { generateKeyPairSync } from 'node:crypto';
import ssh2 from 'ssh2';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/ssh/connect.ts';
import { Connection, SshError, type SshHost } from '../../../src/ssh/connection.ts';
import { sha256Fingerprint } from '../../../src/ssh/fingerprint.ts';
import { atEnd, serve } from './serve.ts';
import { aKey, closedPort, HOST_KEY, hostAt, type SshdOptions, USER_KEY } from './with-sshd.ts';

async function open(host: SshHost): Promise<Connection> {
  const connection = await connect(host, { timeoutMs: 5_000 });
  atEnd(() => connection.end());
  return connection;
}

/** A host key of another type than the usual one. */
function rsaKey(): { text: string; bytes: Buffer } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const text = String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return { text, bytes: parsed.getPublicSSH() };
}

/** The error with which connecting fails. */
async function refusal(host: SshHost, timeoutMs = 5_000): Promise<SshError> {
  const error = await open2(host, timeoutMs);
  expect(error).toBeInstanceOf(SshError);
  return error as SshError;
}

const open2 = (host: SshHost, timeoutMs: number) =>
  connect(host, { timeoutMs }).then(
    (connection) => {
      connection.end();
      return new Error('connected');
    },
    (error) => error,
  );

/** What a test needs of ssh2's Protocol on the server's side. */
interface ServerProtocol {
  _handlers: { GLOBAL_REQUEST: (protocol: unknown, name: string) => void };
  _packetRW: { write: { allocStart: number; alloc(bytes: number): Buffer; finalize(packet: Buffer): Buffer } };
  _cipher: { encrypt(packet: Buffer): void };
}

/** As OpenSSH does (its PROTOCOL, section 2.5), and ssh2's server does not. */
function offerKey({ _packetRW: { write }, _cipher }: ServerProtocol, key: Buffer): void {
  const text = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const GLOBAL_REQUEST = 80;
  const offer = [
    Buffer.from([GLOBAL_REQUEST]),
    text(Buffer.from('hostkeys-00@openssh.com')),
    Buffer.from([0]),
    text(key),
  ];
  const payload = Buffer.concat(offer);
  const packet = write.alloc(payload.length);
  payload.copy(packet, write.allocStart);
  _cipher.encrypt(write.finalize(packet));
}

describe('a host with the pinned key', () => {
  test('runs a command and gives what it printed', async () => {
    const connection = await open(hostAt((await serve()).port));
    expect(await connection.run('echo out; echo err >&2; exit 3')).toEqual({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(connection.lost).toBe(false);
  });

  test('is not made to prove the keys that it offers after the login', async () => {
    const asked: string[] = [];
    const { port } = await serve({
      exec: (channel) => {
        const { _protocol: protocol } = (channel as unknown as { _client: { _protocol: ServerProtocol } })._client;
        protocol._handlers.GLOBAL_REQUEST = (_protocol, name) => asked.push(name);
        offerKey(protocol, HOST_KEY.bytes);
        channel.exit(0);
        channel.end();
      },
    });
    const connection = await open(hostAt(port));
    expect((await connection.run('true')).code).toBe(0);
    // What the first command made it ask has come before the second is there.
    await connection.run('true');
    expect(asked).toEqual([]);
  });

  test('is asked for its key by the type that is pinned, and one of several pins is enough', async () => {
    const { port } = await serve();
    await open(hostAt(port, { hostKeys: [aKey().bytes, HOST_KEY.bytes] }));
    // A server that has both shows the ed25519 one unless it is asked for the other.
    const rsa = rsaKey();
    const both = await serve({ hostKeys: [HOST_KEY.text, rsa.text] });
    await open(hostAt(both.port, { hostKeys: [rsa.bytes] }));
    await expect(open(hostAt(both.port, { hostKeys: [aKey().bytes] }))).rejects.toThrow(
      sha256Fingerprint(HOST_KEY.bytes),
    );
  });

  test('is shown a key at hand signed, without the question whether it would take it', async () => {
    const { port, auths } = await serve();
    await open(hostAt(port));
    expect(auths).toEqual(['publickey root, signed']);
  });

  test('lets in the second key of several', async () => {
    const { port, auths } = await serve();
    const key = (one: typeof USER_KEY) => ({ type: 'publickey' as const, username: 'root', key: one.parsed });
    await open(hostAt(port, { auth: [key(aKey()), key(USER_KEY)] }));
    // Without the round of `none`, which would cost a round trip.
    expect(auths).toEqual(['publickey root, signed', 'publickey root', 'publickey root, signed']);
  });
});

describe('a host that presents another key', () => {
  test('is refused before anybody tries to log in', async () => {
    const other = aKey();
    const server = await serve({ hostKeys: [other.text] });
    const error = await refusal(hostAt(server.port));
    expect(error.message).toBe(
      `node1 (127.0.0.1): its host key does not match the pinned one: it presented ${sha256Fingerprint(other.bytes)}, ` +
        `but ${sha256Fingerprint(HOST_KEY.bytes)} is pinned`,
    );
    expect(error.hint).toBe('another machine may answer there; if you know why the key changed: belt trust node1');
    expect(error).toMatchObject({ refusal: 'host-key', exitCode: 255, hostKey: other.bytes });
    expect(server.auths).toEqual([]);
    expect(server.commands).toEqual([]);
  });

  test('is refused before anybody tries to log in when no key is known', async () => {
    const server = await serve();
    const error = await refusal(hostAt(server.port, { hostKeys: [] }));
    expect(error.message).toBe(
      `node1 (127.0.0.1): its host key is not known here: it presented ${sha256Fingerprint(HOST_KEY.bytes)}`,
    );
    expect(error.hint).toBe('compare that with its console, then: belt trust node1');
    expect(error).toMatchObject({ refusal: 'host-key', hostKey: HOST_KEY.bytes });
    expect(server.auths).toEqual([]);
  });

  test('both pins are named when there are two', async () => {
    const server = await serve();
    const [one, two] = [aKey(), aKey()];
    const error = await refusal(hostAt(server.port, { hostKeys: [one.bytes, two.bytes] }));
    expect(error.short).toContain(`but ${sha256Fingerprint(one.bytes)} or ${sha256Fingerprint(two.bytes)} is pinned`);
    expect(server.auths).toEqual([]);
  });
});

describe('a host that cannot be reached', () => {
  test('refuses the key', async () => {
    const { port } = await serve({ authorized: [] });
    const error = await refusal(hostAt(port));
    expect(error.message).toBe('node1 (127.0.0.1): it rejected the SSH key for root');
    expect(error.hint).toBe('set ssh_user, and ssh_key_path to a key that the droplet was created with');
    expect(error.refusal).toBe('auth');
  });

  test('an agent that went away is no more than a key that is refused', async () => {
    const { port } = await serve();
    const error = await refusal(
      hostAt(port, { auth: [{ type: 'agent', username: 'root', agent: '/nowhere/agent.sock' }] }),
    );
    expect(error.refusal).toBe('auth');
  });

  test('says that it was shown too many keys, and what helps', async () => {
    const { port } = await serve();
    const keys = Array.from({ length: 7 }, () => aKey().parsed);
    const auth = keys.map((key) => ({ type: 'publickey' as const, username: 'root', key }));
    const error = await refusal(hostAt(port, { auth }));
    expect(error.message).toBe(
      'node1 (127.0.0.1): it rejected the SSH keys that it was offered and accepts no more (too many authentication failures)',
    );
    expect(error).toMatchObject({
      refusal: 'auth',
      hint: 'set ssh_key_path to the key that the droplet was created with',
    });
  });

  test('refuses the connection', async () => {
    const error = await refusal(hostAt(await closedPort()));
    expect(error.message).toBe('node1 (127.0.0.1): connection refused');
    expect(error.refusal).toBe('no-route');
  });

  test.each<[string, SshdOptions]>([
    ['closes at once', { instead: (socket) => socket.end() }],
    ['resets', { instead: (socket) => setImmediate(() => socket.resetAndDestroy()) }],
  ])('%s: that may pass', async (_what, options) => {
    const { port } = await serve(options);
    const error = await refusal(hostAt(port));
    expect(error.refusal).toBe('lost');
    expect(error.message).toMatch(/^node1 \(127\.0\.0\.1\): the connection was (closed|reset)$/);
  });

  test.each([['Not allowed at this time'], ['Exceeded MaxStartups']])(
    'turns it away, as sshd does after failed logins and beyond MaxStartups: %s',
    async (words) => {
      const { port } = await serve({ instead: (socket) => socket.end(`${words}\r\n`) });
      const error = await refusal(hostAt(port));
      expect(error.refusal).toBe('turned-away');
      expect(error.message).toBe(
        'node1 (127.0.0.1): its sshd turns connections away for now, as it does after failed logins from here and while too many log in',
      );
      expect(error.hint).toBe('wait a minute, then run the same command again');
    },
  );

  test('never says anything', async () => {
    const { port } = await serve({ instead: () => {} });
    const error = await refusal(hostAt(port), 100);
    expect(error.message).toBe('node1 (127.0.0.1): SSH timed out');
    expect(error.refusal).toBe('timeout');
  });

  test('speaks no SSH', async () => {
    const { port } = await serve({ instead: (socket) => socket.write('SSH-1.0-old\r\n') });
    expect((await refusal(hostAt(port))).refusal).toBe('handshake');
  });

  test('an interrupt ends the attempt', async () => {
    const { port } = await serve({ instead: () => {} });
    const controller = new AbortController();
    const connecting = connect(hostAt(port), { timeoutMs: 5_000, signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(connecting).rejects.toThrow('interrupted');
    await expect(connect(hostAt(port), { timeoutMs: 5_000, signal: controller.signal })).rejects.toThrow('interrupted');
  });
});

describe('how a command ends', () => {
  test.each([0, 1, 42, 255])('exit %i', async (code) => {
    const connection = await open(hostAt((await serve()).port));
    expect((await connection.run(`exit ${code}`)).code).toBe(code);
  });

  test.each([
    ['HUP', 129],
    ['INT', 130],
    ['KILL', 137],
    ['SEGV', 139],
    ['TERM', 143],
  ])('by SIG%s: %i', async (signal, code) => {
    const connection = await open(hostAt((await serve()).port));
    expect((await connection.run(`kill -${signal} $$`)).code).toBe(code);
  });

  test('output, exit code and end in one packet', async () => {
    const { port } = await serve({
      exec: (channel, _command, socket) => {
        socket.cork();
        channel.stderr.write('err');
        channel.write('out');
        channel.exit(7);
        channel.close();
        setImmediate(() => socket.uncork());
      },
    });
    const connection = await open(hostAt(port));
    for (let n = 0; n < 20; n++) {
      expect(await connection.run('x')).toEqual({ code: 7, stdout: 'out', stderr: 'err' });
    }
  });

  test('a megabyte of output arrives whole', async () => {
    const connection = await open(hostAt((await serve()).port));
    const { stdout, code } = await connection.run('head -c 1000000 /dev/zero | tr "\\0" x');
    expect([stdout.length, /^x+$/.test(stdout), code]).toEqual([1_000_000, true, 0]);
  });

  test("what belt's own commands print has an end", async () => {
    const connection = await open(hostAt((await serve()).port));
    await expect(connection.run('cat /dev/zero')).rejects.toThrow('node1: `cat /dev/zero` printed more than 32 MB');
    expect((await connection.run('echo on')).stdout).toBe('on\n');
  });

  test('a command of its own that does not end is left after its time', async () => {
    const connection = await open(hostAt((await serve()).port));
    await expect(connection.run('sleep 60', { timeoutMs: 100 })).rejects.toMatchObject({
      message: 'node1 (127.0.0.1): `sleep 60` timed out (0.1 s)',
      refusal: 'timeout',
    });
  });

  test('with neither a code nor a signal it failed: the connection was lost', async () => {
    const { port } = await serve({ exec: (channel) => channel.close() });
    const connection = await open(hostAt(port));
    await expect(connection.run('x')).rejects.toMatchObject({
      message: 'node1 (127.0.0.1): the connection was lost',
      hint: 'the command may still be running there; run the same command again',
      refusal: 'lost',
    });
  });

  test('a connection that drops in the middle is a failure, not a success', async () => {
    const server = await serve({ exec: (channel) => channel.write('half of it') });
    const connection = await open(hostAt(server.port));
    const { channel, ended } = await connection.exec('x');
    channel.once('data', () => server.drop());
    await expect(ended).rejects.toMatchObject({ refusal: 'lost', exitCode: 255 });
    expect(connection.lost).toBe(true);
    await expect(connection.run('x')).rejects.toMatchObject({ refusal: 'lost' });
    await expect(connection.unixSocket('/var/run/docker.sock')).rejects.toMatchObject({ refusal: 'lost' });
  });

  test('a connection that ssh2 knows to be gone before it says so counts as lost', async () => {
    const host = hostAt((await serve()).port);
    const silent = { on: () => {}, once: () => {}, removeListener: () => {} };
    const gone = { ...silent, openssh_forwardOutStreamLocal: () => raise('Not connected') };
    const connection = new Connection(host, gone as unknown as ssh2.Client, HOST_KEY.bytes);
    expect(connection.lost).toBe(false);
    await expect(connection.unixSocket('/var/run/docker.sock')).rejects.toMatchObject({ refusal: 'lost' });
    expect(connection.lost).toBe(true);
  });
});

const raise = (message: string): never => {
  throw new Error(message);
};

describe('an interrupt of a command', () => {
  test('rejects with its reason, even when the host never closes the channel', async () => {
    const server = await serve({
      exec: (channel, _command, socket) => {
        channel.write('busy');
        socket.pause();
      },
    });
    const connection = await open(hostAt(server.port));
    const controller = new AbortController();
    const running = connection.run('x', { signal: controller.signal });
    await expect.poll(() => server.commands).toHaveLength(1);
    controller.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
  });

  test('that came before it began counts too', async () => {
    const connection = await open(hostAt((await serve()).port));
    await expect(connection.run('sleep 60', { signal: AbortSignal.abort(new Error('interrupted')) })).rejects.toThrow(
      'interrupted',
    );
    const controller = new AbortController();
    const running = connection.run('sleep 60', { signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
  });
});

describe('a stream to a unix socket', () => {
  test('carries bytes both ways', async () => {
    const { port } = await serve({
      unix: (path) => (path === '/run/echo.sock' ? (stream) => stream.pipe(stream) : undefined),
    });
    const connection = await open(hostAt(port));
    const stream = await connection.unixSocket('/run/echo.sock');
    stream.end('hello');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('hello');
    await expect(connection.unixSocket('/run/other.sock')).rejects.toThrow();
  });
});
