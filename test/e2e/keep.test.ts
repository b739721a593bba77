// Kept connections as processes: what is left of a killed command and a killed keeper, what is refused, what is noticed.
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes.ts';
import { act, lines, until } from '../support/probe.ts';
import { type World, world } from './world.ts';

/** What is noticed “within seconds” takes about eight, beside what a busy machine takes for a process. */
const SECONDS_MS = 30_000;

const w: World = world();
const runtime = join(w.home, 'run');
beforeAll(async () => {
  await w.sandbox();
  const made = await w.belt('create 512mb node[1:3]');
  if (made.code !== 0) throw new Error(made.stderr);
  await w.belt('active node1');
  w.env['XDG_RUNTIME_DIR'] = runtime;
});
beforeEach(() => {
  rmSync(runtime, { recursive: true, force: true });
  mkdirSync(runtime, { mode: 0o700 });
  w.env['BELT_KEEP'] = '10m';
});
const keepers: number[] = [];
afterEach(async () => {
  await w.belt('keep stop');
  // No test leaves one: a failed stop least of all.
  for (const pid of keepers.splice(0)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});
afterAll(() => w.end());

const folder = () => join(runtime, readdirSync(runtime)[0]!);
const named = (ending: string) => join(folder(), readdirSync(folder()).find((name) => name.endsWith(ending))!);
/** The keeper's process. */
function keeper(): number {
  const { pid } = JSON.parse(readFileSync(named('.json'), 'utf8')) as { pid: number };
  if (!keepers.includes(pid)) keepers.push(pid);
  return pid;
}
async function kept() {
  const status = JSON.parse((await w.belt('keep status --json')).stdout);
  return status as { pid: number; nodes: { name: string; connections: number; channels: number }[] };
}
const runs = () => until('it runs', async () => (await kept()).nodes[0]?.channels === 1);
/** Makes a connection that is kept, and gives the keeper's process. */
async function begin(words = 'exec node1 -- true') {
  expect(await w.belt(words)).toMatchObject({ code: 0 });
  return keeper();
}

describe('the socket', () => {
  it('is the user’s alone, and in no environment is a token', async () => {
    const pid = await begin();
    expect(lstatSync(folder()).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder()).length).toBeGreaterThan(0);
    for (const name of readdirSync(folder())) expect(lstatSync(join(folder(), name)).mode & 0o177).toBe(0);
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe('');
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toHaveLength(3);
    }
  });

  it('that others may open is not used', async () => {
    const pid = await begin();
    const socket = named('.sock');
    chmodSync(socket, 0o666);
    const { code, stderr } = await w.belt('--trace exec node1 -- true');
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: connections are not kept: ${socket} is not used: others may open it (mode 666)`);
    expect(stderr).toMatch(/ssh root@.* connected \d+ ms/);
    chmodSync(socket, 0o600);
    expect(isAlive(pid)).toBe(true);
  });

  it('that is left of a keeper that was killed is replaced', async () => {
    const before = await begin();
    process.kill(before, 'SIGKILL');
    await until('it is gone', () => !isAlive(before));
    expect(existsSync(named('.sock'))).toBe(true);
    expect(await w.belt('keep status')).toMatchObject({ stderr: 'no connections are kept\n' });
    expect(await begin()).not.toBe(before);
  });

  it('is made although a command that was about to make it was killed', async () => {
    await begin();
    const socket = named('.sock');
    await w.belt('keep stop');
    const lock = socket.replace(/sock$/, 'lock');
    const { child, outcome } = w.start('--version');
    await outcome;
    writeFileSync(lock, JSON.stringify({ pid: child.pid, host: hostname(), id: 'x' }));
    expect(await w.belt('exec node1 -- hostname')).toEqual({ code: 0, stdout: 'node1 | node1\n', stderr: '' });
    expect((await kept()).nodes).toMatchObject([{ name: 'node1' }]);
    keeper();
    await w.belt('keep stop');
    writeFileSync(lock, JSON.stringify({ pid: child.pid, host: hostname(), id: 'x' }));
    expect(await w.belt('keep stop')).toMatchObject({ stderr: 'no connections were kept\n' });
    expect(existsSync(lock)).toBe(false);
  });

  it('is there also when the command that started the keeper was killed meanwhile', async () => {
    await begin();
    const [socket, record] = [named('.sock'), named('.json')];
    await w.belt('keep stop');
    const bundle = fileURLToPath(new URL('../../dist/keeper.cjs', import.meta.url));
    const child = spawn(process.execPath, [bundle], { stdio: ['pipe', 'pipe', 'ignore'], env: {} });
    keepers.push(child.pid!);
    child.stdout.destroy();
    child.stdin.end(JSON.stringify({ socket, record, knownHosts: '/none' }));
    await until('it listens', async () => existsSync(record) || child.exitCode !== null);
    expect(await kept()).toMatchObject({ running: true, pid: child.pid });
    await w.belt('keep stop');
  });

  it('serves one account and cluster', async () => {
    await begin();
    expect((await w.belt('keep status --json', { env: { BELT_CLUSTER: 'other' } })).stdout).toContain(
      '"running": false',
    );
    const elsewhere = { BELT_STATE_DIR: join(w.home, 'other-state') };
    expect((await w.belt('keep status --json', { env: elsewhere })).stdout).toContain('"running": false');
  });
});

describe('the keeper', () => {
  it.runIf(process.platform === 'linux')('and a sandbox hold nothing that their command inherited', async () => {
    await w.belt('keep stop');
    const file = join(w.cwd, 'held');
    // dash takes no number of two digits.
    const script = `exec 200>${file} 21>${file}; belt exec node1 -- true; belt sandbox start --name heir >/dev/null`;
    expect(await w.shell(`bash -c '${script}'`)).toMatchObject({ code: 0 });
    const { pid } = JSON.parse(readFileSync(join(w.env['BELT_STATE_DIR']!, '../../heir/info.json'), 'utf8'));
    const open = [keeper(), pid].map((one) =>
      readdirSync(`/proc/${one}/fd`).map((fd) => readlinkSync(`/proc/${one}/fd/${fd}`)),
    );
    await w.belt('sandbox stop --name heir');
    for (const list of open) expect(list).not.toContain(file);
  });

  it('ends when nothing used it for the time', async () => {
    w.env['BELT_KEEP'] = '1s';
    // While a command uses it, for it may be gone a moment later.
    const { outcome } = w.start('exec node1 -- sleep 2');
    const pid = await until('there is one', () => {
      const [place] = readdirSync(runtime);
      const isThere = place !== undefined && readdirSync(join(runtime, place)).some((name) => name.endsWith('.json'));
      return isThere && keeper();
    });
    expect(await outcome).toMatchObject({ code: 0 });
    await until('it ended', () => !isAlive(pid));
    expect(readdirSync(folder()).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  });

  it('is started once by 50 commands at the same time, which share its connections', async () => {
    const line = 'for n in $(seq 50); do belt exec node1 -- echo $n & done; wait';
    const { code, stdout, stderr } = await w.shell(line);
    expect([code, stdout.trim().split('\n').sort()], stderr).toEqual([
      0,
      Array.from({ length: 50 }, (_, n) => `node1 | ${n + 1}`).sort(),
    ]);
    const { nodes } = await kept();
    expect(nodes).toEqual([{ name: 'node1', address: '127.1.0.1', connections: expect.any(Number), channels: 0 }]);
    expect(nodes[0]!.connections).toBeLessThanOrEqual(6);
    keeper();
  });

  it('closes the channels of a command that was killed, and goes on', async () => {
    await begin();
    const { child, outcome } = w.start('exec node1 -- sleep 1000');
    await runs();
    child.kill('SIGKILL');
    await outcome;
    await until('its channel is closed', async () => (await kept()).nodes[0]?.channels === 0);
  });

  it('ends with belt keep stop, also while it is used', async () => {
    const pid = await begin();
    const { outcome } = w.start('exec node1 -- sleep 1000');
    await runs();
    expect(await w.belt('keep stop')).toMatchObject({ code: 0 });
    expect(isAlive(pid)).toBe(false);
    expect(await outcome).toMatchObject({ code: 255, stderr: expect.stringContaining('the connection was lost') });
  });

  it('that is killed costs what ran on it, and nothing after', async () => {
    const pid = await begin();
    const { outcome } = w.start('exec node1 -- sleep 1000');
    await runs();
    process.kill(pid, 'SIGKILL');
    expect(await outcome).toMatchObject({ code: 255, stderr: expect.stringContaining('the connection was lost') });
    expect(await w.belt('exec node1 -- hostname')).toEqual({ code: 0, stdout: 'node1 | node1\n', stderr: '' });
    keeper();
  });

  it('that is frozen holds up no command for long, and is ended by belt keep stop', async () => {
    const pid = await begin();
    process.kill(pid, 'SIGSTOP');
    const { code, stdout, stderr } = await w.belt('exec node1 -- hostname');
    expect([code, stdout, stderr]).toEqual([
      0,
      'node1 | node1\n',
      'warning: connections are not kept: the keeper does not answer; end it: belt keep stop\n',
    ]);
    expect(await w.belt('keep status')).toMatchObject({
      stderr: 'warning: the process that keeps connections does not answer; end it: belt keep stop\n',
    });
    expect(await w.belt('keep stop')).toMatchObject({ code: 0 });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('a keeper that freezes', () => {
  it('while a command runs is told within seconds', async () => {
    const pid = await begin();
    const { outcome } = w.start('exec node1 -- sleep 1000');
    await runs();
    process.kill(pid, 'SIGSTOP');
    const startMs = Date.now();
    expect(await outcome).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('the process that keeps connections no longer answers'),
    });
    expect(Date.now() - startMs).toBeLessThan(SECONDS_MS);
    await w.belt('keep stop');
  });
});

describe('streams', () => {
  it('10 MB from stdin to a slow reader are the same', async () => {
    await begin();
    const text = randomBytes(5_000_000)
      .toString('hex')
      .replace(/.{100}/g, '$&\n');
    writeFileSync(join(w.cwd, 'text'), text);
    const { stdout } = await w.shell(
      "belt exec node1 -i -- cat < text | { sleep 1; sed 's/^node1 | //'; } | sha256sum",
    );
    expect(stdout).toBe(`${createHash('sha256').update(text).digest('hex')}  -\n`);
  });

  it('stderr and the exit code pass', async () => {
    await begin();
    expect(await w.belt('exec node1 -- cat /none')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'node1 | cat: /none: No such file or directory\n',
    });
  });
});

describe('a node', () => {
  it('whose host key is no longer pinned is connected anew', async () => {
    await begin();
    const known = join(w.env['BELT_STATE_DIR']!, 'accounts');
    const path = join(known, readdirSync(known)[0]!, 'known_hosts');
    const text = readFileSync(path, 'utf8');
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';
    writeFileSync(path, text.replace(/^(belt-18511681\S*) .*$/m, `$1 ${other}`));
    try {
      expect(await w.belt('exec node1 -- true')).toMatchObject({
        code: 255,
        stderr: expect.stringContaining('its host key does not match the pinned one'),
      });
      expect((await kept()).nodes).toEqual([]);
    } finally {
      writeFileSync(path, text);
    }
    expect(await w.belt('exec node1 -- true')).toMatchObject({ code: 0 });
  });

  it('that was off and on again in between is connected anew', async () => {
    await begin('exec node2 -- true');
    await act(w, 'node2', 'power_off');
    await act(w, 'node2', 'power_on');
    await until('it is there again', async () => (await w.belt('--no-keep exec node2 -- true')).code === 0);
    expect(await w.belt('exec node2 -- hostname')).toEqual({ code: 0, stdout: 'node2 | node2\n', stderr: '' });
  });
});

/** A relay to a node that can swallow all bytes of the connections that it has, without a reset: what a sleep leaves. */
class Hole {
  readonly #server: Server;
  readonly #pairs = new Set<[Socket, Socket]>();

  constructor(target: { host: string; port: number }) {
    this.#server = createServer((near) => {
      const far = dial(target);
      const pair: [Socket, Socket] = [near, far];
      this.#pairs.add(pair);
      near.pipe(far).pipe(near);
      for (const socket of pair) socket.on('error', () => {});
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
  }

  listen(host: string): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, host, () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  swallow(): void {
    for (const [near, far] of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
  }

  close(): void {
    this.#server.close();
    for (const [near, far] of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}

describe('a connection that is dead without a reset', () => {
  it('is noticed within seconds by the next command, which gets another', async () => {
    const hole = new Hole({ host: '127.1.0.3', port: Number(w.env['DIGITALOCEAN_SSH_PORT']) });
    const port = await hole.listen('127.1.0.3');
    const before = w.env['DIGITALOCEAN_SSH_PORT'];
    w.env['DIGITALOCEAN_SSH_PORT'] = String(port);
    try {
      await begin('exec node3 -- true');
      // Longer ago than what is still taken for alive.
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      hole.swallow();
      const startMs = Date.now();
      expect(await w.belt('exec node3 -- hostname')).toEqual({ code: 0, stdout: 'node3 | node3\n', stderr: '' });
      expect(Date.now() - startMs).toBeLessThan(SECONDS_MS);
      expect((await kept()).nodes).toMatchObject([{ name: 'node3', connections: 1 }]);
    } finally {
      w.env['DIGITALOCEAN_SSH_PORT'] = before;
      await w.belt('keep stop');
      hole.close();
    }
  });
});

describe('belt env', () => {
  it('in a shell: what it sets, and --unset', async () => {
    const line = `eval "$(belt env node2 --shell sh)"; keep=$DOCKER_HOST; echo $DOCKER_MACHINE_NAME; belt docker info --format '{{.Name}}'
      eval "$(belt env --unset --shell sh)"; echo "[$DOCKER_HOST$DOCKER_MACHINE_NAME]"; [ -S "\${keep#unix://}" ] && echo there`;
    expect((await w.shell(line)).stdout).toBe(lines('node2', 'node2', '[]', 'there'));
    keeper();
  });

  it('its socket connects again by itself after the node was off and on', async () => {
    const { stdout } = await w.belt('env node2 --json');
    keeper();
    const socket = (JSON.parse(stdout) as { DOCKER_HOST: string }).DOCKER_HOST.replace('unix://', '');
    const name = `"${process.execPath}" -e 'require("http").get({ socketPath: "${socket}", path: "/_ping" }, (r) => { console.log(r.statusCode); r.resume(); })'`;
    expect((await w.shell(name)).stdout).toBe('200\n');
    await act(w, 'node2', 'power_off');
    await act(w, 'node2', 'power_on');
    await until('it answers again', async () => (await w.shell(name)).stdout === '200\n');
  });
});
