// Engines that do not do as the Engine API says, over a real SSH connection: none is waited for beyond its deadline, and each one's
// error names its node.
import type { Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type Engine, EngineError, engine, isLate } from '../../../src/engine/engine.ts';
import { connect } from '../../../src/ssh/connect.ts';
import { atEnd, serve } from '../ssh/serve.ts';
import { hostAt, type SshdOptions } from '../ssh/with-sshd.ts';

const WITHIN_MS = 700;
const SILENT = /^node1: its Docker engine does not answer \(0\.[67] s\)$/;
const NOT_THE_API = /^node1: its Docker engine's response does not match its API/;

/** An engine behind sshd whose every answer is that; it is waited for `withinMs` in all. */
async function engineThat(
  answer: (stream: Duplex) => void,
  about: { signal?: AbortSignal; sshd?: SshdOptions; withinMs?: number } = {},
): Promise<Engine> {
  const unix = () => (stream: Duplex) => {
    stream.on('error', () => {});
    stream.once('data', () => answer(stream));
  };
  const { port } = await serve({ unix, ...about.sshd });
  const connection = await connect(hostAt(port), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  // Loading it is no part of the wait.
  await import('dockerode');
  // One that answers has time to, however busy the machine is.
  const { signal = new AbortController().signal, withinMs = 20_000 } = about;
  return engine(connection, { clock: systemClock, signal, deadline: systemClock.now() + withinMs });
}

const http = (body: string, status = '200 OK') =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const says = (text: string) => (stream: Duplex) => void stream.end(text);

/** Writes for as long as somebody reads. */
function endlessly(stream: Duplex, piece: string): void {
  const write = () => {
    if (stream.destroyed) return;
    if (stream.write(piece)) setImmediate(write);
    else stream.once('drain', write);
  };
  write();
}

function slowly(stream: Duplex, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (stream.destroyed || at >= text.length) clearInterval(timer);
    else stream.write(text[at++]);
  }, 20);
  atEnd(() => clearInterval(timer));
}

const ENGINES: [string, (stream: Duplex) => void, RegExp][] = [
  ['is frozen', () => {}, SILENT],
  ['drips one byte at a time', (stream) => slowly(stream, http(`{"x":"${'y'.repeat(10_000)}"}`)), SILENT],
  ['drips blanks into its headers', (stream) => slowly(stream, `HTTP/1.1 200 OK\r\nX: ${' '.repeat(10_000)}`), SILENT],
  ['says "go on" forever', (stream) => endlessly(stream, 'HTTP/1.1 100 Continue\r\n\r\n'), /does not answer/],
  [
    'sends headers without end',
    (stream) => {
      stream.write('HTTP/1.1 200 OK\r\n');
      endlessly(stream, `X: ${'x'.repeat(1_000)}\r\n`);
    },
    /Header/,
  ],
  [
    'sends a body without end',
    (stream) => {
      stream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      endlessly(stream, `10000\r\n${'x'.repeat(65_536)}\r\n`);
    },
    /does not answer/,
  ],
  ['hangs up', (stream) => stream.destroy(), /^node1: its Docker engine does not answer: /],
  [
    'breaks off in its body',
    says('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Swarm"'),
    /answer: (its response was cut off|aborted)/,
  ],
  ['is no HTTP server', says('SSH-2.0-OpenSSH_9.6\r\n'), /^node1: its Docker engine does not answer: /],
  ['answers in binary', says('\0\x01\x02\xff'.repeat(100)), /^node1: its Docker engine does not answer: /],
  ['answers HTML', says(http('<html>Please log in</html>')), NOT_THE_API],
  ['answers cut JSON', says(http('{"Swarm":{"Local')), NOT_THE_API],
  ['answers {}', says(http('{}')), NOT_THE_API],
  ['answers null', says(http('null')), NOT_THE_API],
  ['answers a list', says(http('[]')), NOT_THE_API],
  ['answers nothing', says(http('')), NOT_THE_API],
  ['answers a swarm of null', says(http('{"Swarm":null}')), NOT_THE_API],
  [
    'answers a state that there is not',
    says(http('{"Swarm":{"LocalNodeState":"happy"}}')),
    /at Swarm\.LocalNodeState$/,
  ],
  ['answers numbers for words', says(http('{"Swarm":{"LocalNodeState":"active","NodeID":7}}')), /at Swarm\.NodeID$/],
  [
    'upgrades',
    says('HTTP/1.1 101 Switching\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n'),
    /does not answer: its response is not HTTP/,
  ],
  ['fails without a word', says(http('', '500 Internal Server Error')), /^node1: its Docker engine answered 500$/],
  ['fails with a message of null', says(http('{"message":null}', '500 Oh')), /^node1: its Docker engine answered 500$/],
  ['refuses', says(http('{"message":"no"}', '503 Unavailable')), /^node1: no$/],
];

describe('an engine that', () => {
  test.each(ENGINES)('%s', async (_what, answer, expected) => {
    const isPatient = expected !== SILENT && expected.source !== 'does not answer';
    const docker = await engineThat(answer, isPatient ? {} : { withinMs: WITHIN_MS });
    const startMs = Date.now();
    const error = await docker.swarm().catch((thrown) => thrown as Error);
    expect(error).toBeInstanceOf(EngineError);
    expect((error as Error).message).toMatch(expected);
    expect(Date.now() - startMs).toBeLessThan(WITHIN_MS + 20_000);
  });

  test.each<[keyof Engine, (docker: Engine) => Promise<unknown>]>([
    ['nodes', (docker) => docker.nodes()],
    ['node', (docker) => docker.node('x')],
    ['tasksOn', (docker) => docker.tasksOn('x')],
    ['joinTokens', (docker) => docker.joinTokens()],
    ['unlockKey', (docker) => docker.unlockKey()],
    ['updateNode', (docker) => docker.updateNode('x', { role: 'worker' })],
    ['updateSwarm', (docker) => docker.updateSwarm({ autolock: true })],
    ['init', (docker) => docker.init('10.0.0.1')],
    ['ping', (docker) => docker.ping()],
  ])('answers every question with {}, [null] or null: %s says so', async (_what, ask) => {
    for (const body of ['{"x":1}', '[null]', 'null', '"x y"']) {
      const error = await ask(await engineThat(says(http(body)))).catch((thrown) => thrown as Error);
      expect(error).toBeInstanceOf(EngineError);
      expect((error as Error).message).toMatch(NOT_THE_API);
    }
  });

  test.each<[string, (docker: Engine) => Promise<unknown>]>([
    ['join', (docker) => docker.join({ managers: ['10.0.0.1:2377'], token: 'x', advertiseAddress: '10.0.0.2' })],
    ['init', (docker) => docker.init('10.0.0.1')],
    ['leave', (docker) => docker.leave({ force: true })],
    ['update', (docker) => docker.updateNode('x', {})],
    ['remove', (docker) => docker.removeNode('x')],
    ['unlock', (docker) => docker.unlock('x')],
  ])('is frozen when it is to do something: %s ends, and nobody knows whether it is done', async (_what, ask) => {
    const error = await ask(await engineThat(() => {}, { withinMs: WITHIN_MS })).catch((thrown) => thrown as Error);
    expect((error as Error).message).toMatch(SILENT);
    expect(isLate(error)).toBe(true);
  });

  test('is behind an sshd that never opens the channel', async () => {
    const server = await serve();
    const { port } = server;
    const connection = await connect(hostAt(port), { timeoutMs: 5_000 });
    atEnd(() => connection.destroy());
    for (const socket of server.sockets) socket.pause();
    const opening = connection.unixSocket('/var/run/docker.sock', { timeoutMs: 100 });
    await expect(opening).rejects.toThrow('node1 (127.0.0.1): it does not open an SSH channel (0.1 s)');
    await expect(connection.run('true', { timeoutMs: 100 })).rejects.toThrow('`true` timed out (0.1 s)');
    const controller = new AbortController();
    const interrupted = connection.exec('true', {}, { signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(interrupted).rejects.toThrow('interrupted');
  });
});

describe('an interrupt', () => {
  test('ends a call of a frozen engine at once, and the ones that wait behind it', async () => {
    const controller = new AbortController();
    let asked = 0;
    const docker = await engineThat(() => void asked++, { signal: controller.signal });
    const calls = Array.from({ length: 9 }, () => docker.swarm());
    const ends = Promise.allSettled(calls);
    await expect.poll(() => asked).toBeGreaterThan(0);
    const startMs = Date.now();
    controller.abort(new Error('interrupted'));
    for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: { message: 'interrupted' } });
    expect(Date.now() - startMs).toBeLessThan(20_000);
    await expect(docker.ping()).rejects.toThrow('interrupted');
  });
});

test('the connection serves others after a call that came too late', async () => {
  let isFrozen = true;
  const answer = (stream: Duplex) =>
    stream.once('data', () => isFrozen || stream.end(http('{"Swarm":{"LocalNodeState":"inactive"}}')));
  const { port } = await serve({ unix: () => answer });
  const connection = await connect(hostAt(port), { timeoutMs: 5_000 });
  atEnd(() => connection.destroy());
  const patience = { clock: systemClock, signal: new AbortController().signal };
  const first = engine(connection, { ...patience, deadline: systemClock.now() + WITHIN_MS });
  await expect(first.swarm()).rejects.toThrow(SILENT);
  isFrozen = false;
  expect((await engine(connection, patience).swarm()).state).toBe('inactive');
});

test("Docker's own variables do not reach belt's calls", async () => {
  const theirs = {
    DOCKER_HOST: 'not a host at all://',
    DOCKER_CERT_PATH: '/nowhere',
    DOCKER_TLS_VERIFY: '1',
    DOCKER_API_VERSION: '1.2',
    DOCKER_PATH_PREFIX: '/elsewhere',
    DOCKER_CLIENT_TIMEOUT: '1',
    DOCKER_CONFIG: '/nowhere',
    HTTP_PROXY: 'http://127.0.0.1:1',
  };
  const before = { ...process.env };
  atEnd(() => {
    for (const name of Object.keys(theirs)) delete process.env[name];
    Object.assign(process.env, before);
  });
  Object.assign(process.env, theirs);
  let request = '';
  const docker = await engineThat(says(http('{"Swarm":{"LocalNodeState":"inactive"}}')), {
    sshd: {
      unix: () => (stream) => {
        stream.once('data', (chunk: Buffer) => {
          request = chunk.toString();
          stream.end(http('{"Swarm":{"LocalNodeState":"inactive"}}'));
        });
      },
    },
  });
  expect((await docker.swarm()).state).toBe('inactive');
  expect(request.split('\r\n')[0]).toBe('GET /info HTTP/1.1');
});
