// `belt with` as a process: the signals, terminals and pipes of the program that runs in its place, and what is left when either is killed.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes.ts';
import { act, lines, onHost, until } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { type World, world } from './world.ts';

const w: World = world();
const runtime = join(w.home, 'run');
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:2]');
  if (made.code !== 0) throw new Error(made.stderr);
  mkdirSync(runtime, { mode: 0o700 });
  w.env['XDG_RUNTIME_DIR'] = runtime;
});
beforeEach(() => rmSync(join(w.cwd, 'ready'), { force: true }));
afterAll(() => w.end());

const left = () => readdirSync(runtime);
const ready = () => until('the program runs', () => existsSync(join(w.cwd, 'ready')));
/** Starts a line of sh by belt, and resolves when it made the file `ready`. */
async function started(line: string) {
  const run = w.start(['with', 'node1', '--', 'sh', '-c', line]);
  await ready();
  return run;
}

/** GET /info with the node that runs the tests, and the name of the engine. */
const NAME = `"${process.execPath}" -e '
const socketPath = process.env.DOCKER_HOST.replace("unix://", "");
require("http").get({ socketPath, path: "/info", agent: false }, (response) => {
  let text = "";
  response.on("data", (part) => { text += part; }).on("end", () => console.log(JSON.parse(text).Name));
}).on("error", (error) => { console.log(error.code); process.exitCode = 1; });'`;

describe('a signal to belt', () => {
  it.each([
    ['SIGINT', 'INT'],
    ['SIGTERM', 'TERM'],
    ['SIGHUP', 'HUP'],
    ['SIGQUIT', 'QUIT'],
    ['SIGUSR1', 'USR1'],
    ['SIGUSR2', 'USR2'],
  ] as const)('%s reaches the program, which decides how it ends', async (signal, name) => {
    const { child, outcome } = await started(
      `trap 'echo got ${name}; exit 9' ${name}; : > ready; while :; do sleep 0.02; done`,
    );
    expect(left()).toHaveLength(1);
    child.kill(signal);
    expect(await outcome).toEqual({ code: 9, stdout: `got ${name}\n`, stderr: '' });
    expect(left()).toEqual([]);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('%s that the program does not handle ends both', async (signal, code) => {
    const { child, outcome } = await started(': > ready; exec sleep 60');
    child.kill(signal);
    expect(await outcome).toEqual({ code, stdout: '', stderr: '' });
    expect(left()).toEqual([]);
  });

  it('three in a row do not end belt before the program', async () => {
    const { child, outcome, so } = await started(
      `n=0; trap 'n=$((n+1)); echo $n; [ $n -lt 3 ] || exit 5' INT; : > ready; while :; do sleep 0.02; done`,
    );
    for (let n = 1; n <= 3; n++) {
      child.kill('SIGINT');
      await until('the program got it', () => n === 3 || so().stdout.includes(String(n)));
    }
    expect(await outcome).toEqual({ code: 5, stdout: lines('1', '2', '3'), stderr: '' });
  });

  it('SIGKILL: the program loses its engine, and the folder goes with the next belt', async () => {
    const { child, outcome } = await started(
      `: > ready; while [ ! -e go ]; do sleep 0.02; done; rm go; ${NAME} > after; : > ready2`,
    );
    child.kill('SIGKILL');
    // On a busy machine it is still there for a moment, with its socket. Its streams are the program's too, and stay open.
    await once(child, 'exit');
    expect(left()).toHaveLength(1);
    writeFileSync(join(w.cwd, 'go'), '');
    await outcome;
    await until('it ended', () => existsSync(join(w.cwd, 'ready2')));
    expect((await w.shell('cat after')).stdout).toBe('ECONNREFUSED\n');
    // Not a young one: its belt might be about to listen.
    utimesSync(join(runtime, left()[0]!), 1_000_000, 1_000_000);
    expect(await w.belt('with node1 -- true')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(left()).toEqual([]);
  });
});

describe('pipes', () => {
  it('5 MB from a pipe to a pipe with a slow reader are the same: the program’s streams are not made non-blocking', async () => {
    const bytes = randomBytes(5_000_000);
    writeFileSync(join(w.cwd, 'bytes'), bytes);
    // dd stops at the first error of a write, such as EAGAIN.
    const line = 'cat bytes | belt with node1 -- dd bs=64k iflag=fullblock status=none | { sleep 0.5; sha256sum; }';
    const sum = createHash('sha256').update(bytes).digest('hex');
    for (let n = 0; n < 3; n++) expect(await w.shell(line)).toEqual({ code: 0, stdout: `${sum}  -\n`, stderr: '' });
  });

  it('what the program does not read is left for the next', async () => {
    const line = "printf 'one\\ntwo\\n' | while read n; do belt with node1 -- echo $n; done";
    expect(await w.shell(line)).toEqual({ code: 0, stdout: lines('one', 'two'), stderr: '' });
  });

  it('a reader that goes away ends the program, and belt with it', async () => {
    const { stdout, code } = await w.shell('belt with node1 -- sh -c "yes" | head -1; ls run 2> /dev/null');
    expect([stdout, code]).toEqual(['y\n', expect.any(Number)]);
    await until('nothing is left', () => left().length === 0);
  });
});

describe('at a terminal', () => {
  it('Ctrl-C reaches the program once', async () => {
    const script = `trap 'n=$((n+1)); echo int $n' INT; : > ready; while [ ! -e go ]; do sleep 0.02; done; rm go; echo "in all $n"`;
    w.write('script.sh', script);
    const at = terminal(w, 'exec belt with node1 -- sh script.sh', { n: '0' });
    await ready();
    at.type('\x03');
    await at.shows('int 1');
    writeFileSync(join(w.cwd, 'go'), '');
    expect(await at.ended).toBe(0);
    expect(at.screen()).toContain('in all 1\r\n');
  });

  it('a shell, and how to leave it', async () => {
    const at = terminal(w, 'belt with node2; echo "left $?"', { SHELL: '/bin/sh', PS1: '> ' });
    await at.shows("docker is node2's in this shell; leave it with: exit");
    await at.shows('> ');
    at.type(`${NAME.replaceAll('\n', ' ')}\r`);
    await at.shows(/\r\nnode2\r\n/);
    at.type('exit 6\r');
    await at.shows('left 6');
    expect(await at.ended).toBe(0);
    expect(left()).toEqual([]);
  });

  it('closing it ends the program', async () => {
    const at = terminal(
      w,
      'exec belt with node1 -- sh -c "echo \\$\\$ > pid; : > ready; while :; do sleep 0.02; done"',
    );
    await ready();
    const pid = Number((await w.shell('cat pid')).stdout);
    at.pty.kill('SIGHUP');
    await at.ended;
    await until('it is gone', () => !isAlive(pid));
    await until('nothing is left', () => left().length === 0);
  });
});

describe('a connection that is cut while a request is under way', () => {
  it('ends it with an error, and the program goes on', async () => {
    await w.belt('create 512mb cut1');
    const run = w.start([
      'with',
      'cut1',
      '--',
      'sh',
      '-c',
      `: > ready; while [ ! -e go ]; do sleep 0.02; done; rm go; ${NAME}; echo "ended $?"`,
    ]);
    await ready();
    await onHost(w, 'cut1', 'pkill -STOP dockerd');
    writeFileSync(join(w.cwd, 'go'), '');
    await until('it asks', () => !existsSync(join(w.cwd, 'go')));
    await act(w, 'cut1', 'power_off');
    const { code, stdout, stderr } = await run.outcome;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^(ECONNRESET|undefined)\nended [01]\n$/)]);
    expect(stderr).toBe('warning: cut1: the connection was lost\n');
  });
});
