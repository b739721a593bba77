import type { ServerChannel } from 'ssh2';
import { afterEach, expect, test } from 'vitest';
import { type ReadyOptions, ready } from '../../../src/engine/ready.ts';
import { said } from '../cloud/things.ts';
import { FakeClock } from '../fake-clock.ts';
import { hostAt, type Sshd, sshd } from '../ssh/with-sshd.ts';

const NOTICE = 'Please wait while we get your droplet ready...';
let server: Sshd;
afterEach(() => server.close());

/** A host whose first connections run nothing, and whose cloud-init ends with `code`. */
async function host({ notices = 0, code = 0, status = '' }: { notices?: number; code?: number; status?: string }) {
  const answers: Record<string, [code: number, stdout: string]> = {
    'cloud-init': [code, 'status: x\n'],
    cat: [0, status],
    docker: [127, ''],
  };
  server = await sshd({
    exec: (channel, command) => {
      if (server.connections <= notices) return end(channel, 0, `${NOTICE}\n`);
      const [name = '', word = ''] = command.split(' ');
      if (name === 'echo') return end(channel, 0, `${word}\n`);
      end(channel, ...(answers[name] ?? [0, '']));
    },
  });
  return hostAt(server.port);
}

function end(channel: ServerChannel, code: number, stdout: string): void {
  channel.write(stdout);
  channel.exit(code);
  channel.end();
}

function options(about: Partial<ReadyOptions> = {}) {
  const clock = new FakeClock();
  const seen: string[] = [];
  const all: ReadyOptions = {
    clock,
    signal: new AbortController().signal,
    deadline: clock.now() + 60_000,
    limit: (task) => task(),
    onPhase: (phase, trouble) => seen.push(trouble === undefined ? phase : `${phase}: ${trouble}`),
    onNotice: (answer) => seen.push(`notice: ${answer}`),
    onLogin: async () => void seen.push('login'),
    ...about,
  };
  return { all, seen, clock };
}

test('a host that answers commands with a notice is no node yet: belt says so once, and connects again until one ran', async () => {
  const { all, seen, clock } = options();
  const state = await ready(await host({ notices: 2 }), all);
  const waiting = `waiting for SSH: it cannot run commands yet and answers each with "${NOTICE}"`;
  expect(seen).toEqual([
    'waiting for SSH',
    waiting,
    `notice: ${NOTICE}`,
    waiting,
    'running cloud-init',
    'login',
    'waiting for Docker',
    expect.stringMatching(/^waiting for Docker: /),
  ]);
  expect({ state, connections: server.connections, pauses: clock.sleeps.filter((ms) => ms === 6_500) }).toEqual({
    state: { engine: false, cloudInit: { end: 'done', complaints: [] } },
    connections: 3,
    pauses: [6_500, 6_500],
  });
});

test('one that does so to the end is named with its notice', async () => {
  const { all, seen } = options();
  expect(await said(ready(await host({ notices: 99 }), all))).toBe(
    `it cannot run commands yet and answers each with "${NOTICE}"\nits image may still be setting up; a longer --timeout gives it more time`,
  );
  expect(seen.filter((line) => line.startsWith('notice'))).toEqual([`notice: ${NOTICE}`]);
  expect(seen).not.toContain('login');
});

test.each([
  [1, 'error', ['boom']],
  [2, 'degraded', ['WARNING: odd']],
  [127, 'done', []],
])('cloud-init status %i is %s, with its complaints', async (code, ended, complaints) => {
  const status = JSON.stringify({ v1: { init: { errors: ['boom'], recoverable_errors: { WARNING: ['odd'] } } } });
  const { all } = options();
  expect((await ready(await host({ code, status }), all)).cloudInit).toEqual({ end: ended, complaints });
});
