import { randomBytes } from 'node:crypto';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quoteArgv } from '../../../src/quote.ts';
import { connect } from '../../../src/ssh/connect.ts';
import type { Connection } from '../../../src/ssh/connection.ts';
import { type ForwardOptions, forward, type TerminalIn, type TerminalOut } from '../../../src/ssh/forward.ts';
import { hostAt, type Sshd, type SshdOptions, sshd } from './with-sshd.ts';

let ends: (() => unknown)[] = [];
beforeEach(() => {
  ends = [];
});
afterEach(async () => {
  for (const end of ends.reverse()) await end();
});

async function start(options: SshdOptions = {}): Promise<{ server: Sshd; connection: Connection }> {
  const server = await sshd(options);
  ends.push(() => server.close());
  const connection = await connect(hostAt(server.port), { timeoutMs: 5_000 });
  ends.push(() => connection.end());
  return { server, connection };
}

/** Keeps what is written to it. A slow one takes a little at a time, each in a later turn. */
class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  readonly #slow: boolean;

  constructor({ slow = false } = {}) {
    super({ highWaterMark: slow ? 1 : 16_384 });
    this.#slow = slow;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(chunk);
    if (this.#slow) setImmediate(done);
    else done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }
}

function edges(about: Partial<ForwardOptions> = {}) {
  const [stdout, stderr] = [new Sink(), new Sink()];
  let raise: ((signal: NodeJS.Signals) => void) | undefined;
  const options: ForwardOptions = {
    stdin: undefined,
    stdout,
    stderr,
    pty: undefined,
    onSignal: (handler) => {
      raise = handler;
      return () => {
        raise = undefined;
      };
    },
    ...about,
  };
  return {
    options,
    stdout,
    stderr,
    raise: (signal: NodeJS.Signals) => raise?.(signal),
    handled: () => raise !== undefined,
  };
}

const script = (text: string) => quoteArgv(['sh', '-c', text]);

describe('a command in pipes', () => {
  test('stdout, stderr and the exit code, each where it belongs', async () => {
    const { connection } = await start();
    const { options, stdout, stderr, handled } = edges();
    expect(await forward(connection, script('echo out; echo err >&2; exit 42'), options)).toBe(42);
    expect([stdout.text, stderr.text]).toEqual(['out\n', 'err\n']);
    expect(handled()).toBe(false);
  });

  test('has no input when there is none to give', async () => {
    const { connection } = await start();
    const { options, stdout } = edges();
    expect(await forward(connection, script('cat; echo end'), options)).toBe(0);
    expect(stdout.text).toBe('end\n');
  });

  test('five megabytes of any bytes come back through it unchanged', async () => {
    const { connection } = await start();
    const bytes = randomBytes(5_000_000);
    const { options, stdout, stderr } = edges({ stdin: Readable.from(slices(bytes, 100_000)) as TerminalIn });
    expect(await forward(connection, 'cat', options)).toBe(0);
    expect(stdout.bytes.equals(bytes)).toBe(true);
    expect(stderr.text).toBe('');
  });

  test('readers that are slow get all of stdout and of stderr before it counts as ended', async () => {
    const { connection } = await start();
    const [stdout, stderr] = [new Sink({ slow: true }), new Sink({ slow: true })];
    const { options } = edges({ stdout, stderr });
    const many = 'head -c 1000000 /dev/zero';
    expect(await forward(connection, script(`${many}; ${many} >&2; exit 5`), options)).toBe(5);
    expect(stdout.bytes.length).toBe(1_000_000);
    expect(stderr.bytes.length).toBe(1_000_000);
  });

  test('a reader that went away holds nothing up', async () => {
    const { connection } = await start();
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
    stdout.on('error', () => {});
    const { options } = edges({ stdout });
    expect(await forward(connection, script('head -c 1000000 /dev/zero; exit 4'), options)).toBe(4);
  });

  test('a connection that drops is a failure', async () => {
    const { server, connection } = await start();
    const { options, stdout } = edges();
    const running = forward(connection, script('echo begun; sleep 60'), options);
    const failing = expect(running).rejects.toMatchObject({ refusal: 'lost', exitCode: 255 });
    await expect.poll(() => stdout.text).toBe('begun\n');
    server.drop();
    await failing;
  });
});

function* slices(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the line with the process id', () => {
  /** What a user sees on stderr when the host writes these pieces to it. */
  async function seen(...pieces: string[]): Promise<string> {
    const { connection } = await start({ exec: (channel) => void inPieces(channel, pieces) });
    const { options, stderr } = edges();
    expect(await forward(connection, 'x', options)).toBe(9);
    return stderr.text;
  }

  async function inPieces(channel: ServerChannel, pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      channel.stderr.write(piece);
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    channel.exit(9);
    channel.end();
  }

  test.each([
    ['alone', ['1234\n'], ''],
    ['with the first words after it', ['1234\nwarning: x\n'], 'warning: x\n'],
    ['in two pieces', ['12', '34\n', 'rest'], 'rest'],
    ['behind what the login shell says', ['tput: no TERM\n12', '34\nrest\n'], 'tput: no TERM\nrest\n'],
    ['before numbers that are the command’s own', ['1234\n', '5\n', '6\n'], '5\n6\n'],
    ['never', ['no such file\n'], 'no such file\n'],
    ['never, and nothing else either', [], ''],
    ['never, in much', ['x'.repeat(5_000), 'y\n'], `${'x'.repeat(5_000)}y\n`],
  ])('%s', async (_where, pieces, text) => {
    expect(await seen(...pieces)).toBe(text);
  });
});

describe('an interrupt in pipes', () => {
  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s reaches the command itself', async (signal, code) => {
    const { server, connection } = await start();
    const { options, stdout, stderr, raise } = edges();
    const running = forward(connection, script('echo begun; exec sleep 60'), options);
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise(signal);
    expect(await running).toBe(code);
    expect(server.commands.at(-1)).toMatch(new RegExp(`^kill -${signal.slice(3)} \\d+$`));
    expect(stderr.text).toBe('');
  });

  test('the lines that send it are tried in turn, until one succeeds', async () => {
    const { server, connection } = await start();
    const { options, stdout, raise } = edges();
    const kill = (signal: string, pid: number) => [`exit 1`, `kill -${signal} ${pid}`, 'echo too many'];
    const running = forward(connection, script('echo begun; exec sleep 60'), { ...options, kill });
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise('SIGTERM');
    expect(await running).toBe(143);
    expect(server.commands.slice(1)).toEqual(['exit 1', expect.stringMatching(/^kill -TERM \d+$/)]);
  });

  test('a command that catches it ends as it likes', async () => {
    const { connection } = await start();
    const { options, stdout, raise } = edges();
    const text = 'trap "echo caught; exit 7" INT; echo begun; while :; do sleep 0.05; done';
    const running = forward(connection, script(text), options);
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise('SIGINT');
    expect(await running).toBe(7);
    expect(stdout.text).toBe('begun\ncaught\n');
  });

  test('a second one ends it here while the first does not get through', async () => {
    const { connection } = await start();
    const { options, stdout, raise } = edges();
    const kill = () => ['sleep 60'];
    const running = forward(connection, script('echo begun; exec sleep 60'), { ...options, kill });
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    raise('SIGINT');
    expect(await running).toBe(130);
  });

  test('a reader that went away ends a command that would never write again', async () => {
    const { server, connection } = await start();
    const { options, stdout, raise } = edges();
    const running = forward(connection, script('echo $$; exec sleep 60'), options);
    await expect.poll(() => stdout.text).toMatch(/^\d+\n$/);
    raise('SIGPIPE');
    // As a shell reports SIGPIPE; the signal that the host got may be told first.
    expect([141, 143]).toContain(await running);
    expect(server.commands.at(-1)).toBe(`kill -TERM ${stdout.text.trim()}`);
    await expect.poll(() => isAlive(Number(stdout.text))).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('signals in pipes', () => {
  test('each of them reaches the command, in order', async () => {
    const { server, connection } = await start();
    const { options, stdout, raise } = edges();
    const text =
      'n=0; trap "n=\\$((n+1)); echo INT \\$n; [ \\$n -lt 3 ] || exit 7" INT; echo begun; while :; do sleep 0.05; done';
    const running = forward(connection, script(text.replaceAll('\\$', '\\$')), options);
    await expect.poll(() => stdout.text).toBe('begun\n');
    for (const n of [1, 2, 3]) {
      raise('SIGINT');
      await expect.poll(() => stdout.text).toContain(`INT ${n}\n`);
    }
    expect(await running).toBe(7);
    expect(server.commands.slice(1)).toEqual(Array(3).fill(expect.stringMatching(/^kill -INT \d+$/)));
  });

  test.each<[NodeJS.Signals, number]>([
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ])('%s too', async (signal, code) => {
    const { connection } = await start();
    const { options, stdout, raise } = edges();
    const running = forward(connection, script('ulimit -c 0; echo begun; exec sleep 60'), options);
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise(signal);
    expect(await running).toBe(code);
  });

  test('one that comes before the command began is sent when it has', async () => {
    const { connection } = await start();
    const { options, raise } = edges();
    const running = forward(connection, 'sleep 60', options);
    raise('SIGTERM');
    expect(await running).toBe(143);
  });
});

describe('a command with a terminal of its own', () => {
  const raw = (modes: string[]) => (onKeys: () => void) => {
    modes.push('raw');
    onKeys();
    return () => void modes.push('left');
  };

  function terminal() {
    const modes: string[] = [];
    const stdin = Object.assign(new PassThrough(), { isTTY: true });
    const stdout = Object.assign(new Sink(), { isTTY: true, columns: 120, rows: 40 });
    return {
      modes,
      stdin,
      stdout: stdout as Sink & TerminalOut,
      pty: { term: 'xterm-256color', enterRaw: raw(modes) },
    };
  }

  test('gets a pty of the same kind and size, and raw keys until it ends', async () => {
    const { server, connection } = await start();
    const { modes, stdin, stdout, pty } = terminal();
    const { options, handled } = edges({ stdin, stdout, pty });
    const running = forward(connection, 'cat', options);
    await expect.poll(() => server.commands).toEqual(['echo $$; exec cat']);
    expect(server.ptys).toMatchObject([{ term: 'xterm-256color', cols: 120, rows: 40, modes: {} }]);
    await expect.poll(() => modes).toEqual(['raw']);
    Object.assign(stdout, { columns: 100, rows: 30 });
    stdout.emit('resize');
    await expect.poll(() => server.resizes).toEqual([{ rows: 30, cols: 100 }]);
    stdin.end('keys');
    expect(await running).toBe(0);
    expect(stdout.text).toBe('keys');
    expect(modes).toEqual(['raw', 'left']);
    expect(handled()).toBe(false);
    expect(stdout.listenerCount('resize')).toBe(0);
  });

  test('the terminal is itself again when the connection drops', async () => {
    const { server, connection } = await start();
    const { modes, stdin, stdout, pty } = terminal();
    const { options } = edges({ stdin, stdout, pty });
    const running = forward(connection, 'sleep 60', options);
    const failing = expect(running).rejects.toMatchObject({ refusal: 'lost' });
    await expect.poll(() => server.commands).toHaveLength(1);
    server.drop();
    await failing;
    expect(modes).toEqual(['raw', 'left']);
  });

  test('has the size of the terminal that is left where stdout goes to a file', async () => {
    const { server, connection } = await start();
    const { modes, stdin, pty } = terminal();
    const screen = Object.assign(new Sink(), { isTTY: true, columns: 99, rows: 33 });
    const { options } = edges({ stdin, stderr: screen as Sink & TerminalOut, pty });
    const running = forward(connection, 'cat', options);
    await expect.poll(() => modes).toEqual(['raw']);
    expect(server.ptys).toMatchObject([{ cols: 99, rows: 33 }]);
    stdin.end();
    await running;
  });

  test('one that only writes leaves this terminal as it is, and reads nothing', async () => {
    const { server, connection } = await start();
    const { stdout } = terminal();
    const { options } = edges({ stdout, pty: { term: 'xterm' } });
    // What a terminal makes of newlines; the one here does so itself.
    expect(await forward(connection, script("printf 'a\\r\\nb\\r\\r\\nc\\r'; printf '\\nd\\r'"), options)).toBe(0);
    expect(server.ptys).toHaveLength(1);
    expect(stdout.text).toBe('a\nb\r\nc\nd\r');
  });

  test.each<[NodeJS.Signals, number]>([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ])('%s reaches it', async (signal, code) => {
    const { server, connection } = await start();
    const { modes, stdin, stdout, pty } = terminal();
    const { options, raise } = edges({ stdin, stdout, pty });
    const running = forward(connection, script('ulimit -c 0; echo begun; exec sleep 60'), options);
    await expect.poll(() => stdout.text).toBe('begun\n');
    raise(signal);
    expect(await running).toBe(code);
    expect(server.commands.at(-1)).toMatch(new RegExp(`^kill -${signal.slice(3)} \\d+$`));
    expect(modes).toEqual(['raw', 'left']);
  });
});
