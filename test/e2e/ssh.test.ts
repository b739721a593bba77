// `belt ssh` with the machine's own OpenSSH, on simulated hosts: in a pipe, on a terminal, and for a host that is not the one.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, processes, stateFile, until } from '../support/probe.ts';
import { terminal } from './terminal.ts';
import { world } from './world.ts';

const isInstalled = spawnSync('ssh', ['-V']).error === undefined;
/** Another's public key. */
const OTHER = 'AAAAC3NzaC1lZDI1NTE5AAAAIGVycm9ycyBhcmUgdmFsdWVzIHRvbyBhbHdheXMgYWxl';

describe.skipIf(!isInstalled)('belt ssh runs ssh', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    const made = await w.belt('create 512mb node[1:4]');
    if (made.code !== 0) throw new Error(made.stderr);
  });
  afterAll(() => w.end());

  const runs = async (what: string) => (await processes(w, 'node1')).some((line) => line.includes(what));

  it('with stdin, stdout and the exit code of the command', async () => {
    expect(await w.belt('ssh node1 cat', { input: 'a\0b\n' })).toEqual({ code: 0, stdout: 'a\0b\n', stderr: '' });
    expect(await w.belt('ssh node1 -- false')).toEqual({ code: 1, stdout: '', stderr: '' });
    expect(await w.belt(['ssh', 'node1', 'echo', 'a   b', "'c  d'"])).toMatchObject({ stdout: 'a b c  d\n' });
  });

  it('its options pass, before and after the node, and the key is checked by the droplet’s id', async () => {
    const { stderr, stdout } = await w.belt('ssh -v node1 -o LogLevel=DEBUG1 -- hostname');
    expect(stdout).toBe('node1\n');
    expect(stderr).toMatch(/Host 'belt-\d+' is known and matches the ED25519 host key/);
    expect(stderr).toMatch(/Found key in \S+\/known_hosts:\d+/);
    expect(stderr.match(/Offering public key/g)).toHaveLength(1);
    const { stdout: settings } = await w.belt('ssh -G node1');
    expect(settings).toMatch(/^hostkeyalias belt-\d+$/m);
    expect(settings).not.toMatch(/^controlpath/m);
  });

  it('reads stdin as ssh does, and not with -n', async () => {
    const loop = (flag: string) =>
      w.shell(`printf 'node1\\nnode2\\n' | while read n; do belt ssh ${flag} $n hostname; done`);
    expect(await loop('-n')).toMatchObject({ stdout: 'node1\nnode2\n' });
  });

  it('on a terminal: of its size, and ^C is a key', async () => {
    const size = terminal(w, 'belt ssh -t node1 stty size', {}, { cols: 101, rows: 31 });
    expect(await size.ended).toBe(0);
    expect(size.screen()).toMatch(/^31 101\r\n/);
    const at = terminal(w, 'belt ssh -t node1 sleep 600');
    await until('it sleeps', () => runs('sleep 600'));
    at.type('\x03');
    await at.ended;
    await until('it ended', async () => !(await runs('sleep 600')));
  });

  it('leaves the terminal as it was', async () => {
    const at = terminal(w, 'stty -a > before; belt ssh -t node1 hostname; stty -a > after');
    expect(await at.ended).toBe(0);
    expect(readFileSync(join(w.cwd, 'after'), 'utf8')).toBe(readFileSync(join(w.cwd, 'before'), 'utf8'));
  });

  it('stops with ~^Z, and goes on', async () => {
    const at = terminal(w, 'bash --norc -i', { PS1: '@ ' });
    await at.shows('@ ');
    at.type('belt ssh -tt node1 sleep 601\r');
    await until('it sleeps', () => runs('sleep 601'));
    // ssh reads its escape at the beginning of a line.
    at.type('\r~\x1a');
    await at.shows(/Stopped/);
    at.type('jobs; echo in-$((1 + 1))\r');
    await at.shows('in-2');
    at.type('fg\r');
    await until('ssh has the terminal', () => at.screen().split('belt ssh -tt node1 sleep 601').length > 2);
    at.type('\r~.');
    await at.shows(/Connection to \S+ closed/);
    at.type('echo code-$?\r');
    await at.shows('code-255');
    at.type('exit\r');
    await at.ended;
  });

  it('a signal to belt ends ssh, with ssh’s exit code', async () => {
    const started = w.start('ssh node1 sleep 602', { openStdin: true });
    await until('it sleeps', () => runs('sleep 602'));
    started.child.kill('SIGTERM');
    expect(await started.outcome).toEqual({ code: 255, stdout: '', stderr: '' });
    const at = terminal(w, 'belt ssh node1 sleep 603');
    await until('it sleeps', () => runs('sleep 603'));
    at.type('\x03');
    // ssh dies of the signal until its session has begun.
    expect([130, 255]).toContain(await at.ended);
    expect(at.screen()).toBe('^C');
  });

  it('255, with what belt knows of the node', async () => {
    await act(w, 'node3', 'power_off');
    const off = await w.belt('ssh node3 hostname');
    expect(off.code).toBe(255);
    expect(off.stderr).toMatch(
      /^ssh: connect to host \S+ port \d+: Connection refused\r?\nnode3 is powered off: power it on in the control panel\n$/,
    );
  });

  it('a droplet that was deleted elsewhere', async () => {
    const { DIGITALOCEAN_API_URL: url, DIGITALOCEAN_ACCESS_TOKEN: token } = w.env;
    const { id } = (await w.status()).droplets.find(({ name }) => name === 'node4')!;
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${url}/v2/droplets/${id}`, { method: 'DELETE', headers });
    const gone = await w.belt('ssh node4 hostname');
    expect([gone.code, gone.stderr]).toEqual([
      255,
      expect.stringMatching(/Connection refused\r?\nnode4 no longer exists \(see: belt ls\)\n$/),
    ]);
  });

  it('another host key: nothing is run', async () => {
    const path = stateFile(w, 'known_hosts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replaceAll(/AAAA\S+/g, OTHER), { mode: 0o600 });
    try {
      // What a user's own file says does not count, nor do other sources of keys.
      const config = w.write('config', 'Host *\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\n');
      const { code, stdout, stderr } = await w.belt(['ssh', '-F', config, 'node2', 'hostname']);
      expect([code, stdout]).toEqual([255, '']);
      expect(stderr).toMatch(/Host key verification failed/);
      expect(stderr).toMatch(
        /\nnode2 \(\S+\): its host key does not match the pinned one: it presented SHA256:\S+, but SHA256:\S+ is pinned; another machine may answer there; if you know why the key changed: belt trust node2\n$/,
      );
    } finally {
      writeFileSync(path, before, { mode: 0o600 });
    }
  });

  it('the public half of a key may be named', async () => {
    const env = { DIGITALOCEAN_SSH_KEY_PATH: `${w.env['DIGITALOCEAN_SSH_KEY_PATH']}.pub` };
    expect(await w.belt('ssh -o BatchMode=yes node2 hostname', { env })).toMatchObject({ code: 0, stdout: 'node2\n' });
  });

  it('a key that only the agent has is asked for by its public half; nothing secret is in argv', async () => {
    const made = (await w.status()).droplets.find(({ name }) => name === 'node2');
    expect(made).toBeDefined();
    const wrapper = w.write('bin/ssh', '#!/bin/sh\n[ "$1" = -V ] && exec /usr/bin/ssh -V\nprintf "%s\\n" "$@"\n');
    spawnSync('chmod', ['755', wrapper]);
    const key = w.env['DIGITALOCEAN_SSH_KEY_PATH']!;
    const line = [
      'eval "$(ssh-agent -s)" > /dev/null; trap \'kill $SSH_AGENT_PID\' EXIT',
      `ssh-add -q '${key}'; unset DIGITALOCEAN_SSH_KEY_PATH`,
      'PATH="$PWD/bin:$PATH" belt ssh node2 hostname',
    ].join('\n');
    const { stdout, stderr } = await w.shell(line);
    expect(stderr).toBe('');
    const [, path] = /^IdentityFile=(\S+agent-keys\S+\.pub)$/m.exec(stdout) ?? [];
    expect(readFileSync(path!, 'utf8').split(' ')[1]!.trim()).toBe(
      readFileSync(`${key}.pub`, 'utf8').split(' ')[1]!.trim(),
    );
    expect(stdout).not.toContain(w.env['DIGITALOCEAN_ACCESS_TOKEN']);
  });

  it('the first login of a droplet that was not waited for has it make its own key', async () => {
    await w.belt('create 512mb late --no-wait');
    await until('it answers', async () => (await w.belt('ssh late hostname')).stdout === 'late\n');
    expect(readFileSync(stateFile(w, 'known_hosts'), 'utf8')).not.toContain('interim');
  });

  it('a firewall that lets others in', async () => {
    await w.belt('firewall allow-ssh 203.0.113.0/24 -y');
    const shut = await w.belt('ssh -o ConnectTimeout=1 node2 hostname');
    await w.belt('firewall allow-ssh 0.0.0.0/0 ::/0 -y');
    expect([shut.code, shut.stderr]).toEqual([
      255,
      expect.stringMatching(
        /\nthe firewall belt-default allows SSH only from 203\.0\.113\.0\/24; if this machine has another address: /,
      ),
    ]);
    expect(await w.belt('ssh node2 hostname')).toMatchObject({ code: 0 });
  });

  it('a node that is powered off in the middle', async () => {
    const cut = w.start('ssh node1 sleep 604', { openStdin: true });
    await until('it sleeps', () => runs('sleep 604'));
    await act(w, 'node1', 'power_off');
    const { code, stderr } = await cut.outcome;
    expect([code, stderr]).toEqual([
      255,
      expect.stringMatching(/\nnode1 is powered off: power it on in the control panel\n$/),
    ]);
  });
});

describe.skipIf(!isInstalled)('plain ssh, with what belt ssh-config wrote', () => {
  const w = world();
  /** ssh reads the configuration of its user's real home, whatever HOME says. */
  const plain = (line: string) => w.shell(line.replace(/^(ssh|scp)/, '$1 -F "$HOME/.ssh/config"'));
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:2]');
    await w.belt('create 512mb node1', { env: { BELT_CLUSTER: 'web' } });
    const { code, stderr } = await w.belt('ssh-config --write -y');
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(async () => {
    await w.belt('ssh-config --remove');
    await w.end();
  });

  it('reaches the nodes by their names, and those of other clusters', async () => {
    for (const [name, host] of [
      ['node2', 'node2'],
      ['node1.default.belt', 'node1'],
      ['node1.web.belt', 'node1'],
    ]) {
      expect(await plain(`ssh ${name} hostname`)).toEqual({ code: 0, stdout: `${host}\n`, stderr: '' });
    }
  });

  it('shares one connection', async () => {
    await plain('ssh node1 hostname');
    expect(await plain('ssh -O check node1')).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^Master running/),
    });
    expect(await plain('ssh -v node1 hostname')).toMatchObject({
      stdout: 'node1\n',
      stderr: expect.not.stringMatching(/Connecting to/),
    });
  });

  it('knows a node that was made, and no longer one that is gone', async () => {
    await w.belt('create 512mb node3');
    expect(await plain('ssh node3 hostname')).toMatchObject({ code: 0, stdout: 'node3\n' });
    await w.belt('rm node3 -y');
    expect(await plain('ssh node3 hostname')).toMatchObject({
      code: 255,
      stderr: expect.stringMatching(/Could not resolve hostname node3/),
    });
  });

  it('scp copies there and back', async () => {
    expect(await plain('scp -q .belt.yaml node2:/tmp/x')).toMatchObject({ code: 0, stderr: '' });
    expect(await plain('scp -q node2:/tmp/x copied')).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(w.cwd, 'copied'), 'utf8')).toBe(readFileSync(join(w.cwd, '.belt.yaml'), 'utf8'));
  });

  it('refuses another host key', async () => {
    const path = stateFile(w, 'known_hosts');
    const before = readFileSync(path, 'utf8');
    writeFileSync(path, before.replaceAll(/AAAA\S+/g, OTHER), { mode: 0o600 });
    try {
      const refused = await plain('ssh -S none node2 hostname');
      expect(refused).toMatchObject({ code: 255, stderr: expect.stringMatching(/Host key verification failed/) });
    } finally {
      writeFileSync(path, before, { mode: 0o600 });
    }
  });
});
