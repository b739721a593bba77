// `belt exec` on real sshds, shells and sudos: what arrives there, what comes back, and what is left there when it is ended.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { act, api, lines, onHost, processes, until } from '../../support/probe.ts';
import type { Started, World } from '../world.ts';
import { answersSsh, done, droplet, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';

const sorted = (text: string) => text.split('\n').filter(Boolean).toSorted();
const on = (node: string, ...texts: string[]) => lines(...texts.map((text) => `${node} | ${text}`));
const left = (seconds: number) =>
  `error: given up after ${seconds} s, its --timeout: it may still run there, since it could not be killed`;
/** What sudo wrote to the log. */
const LOGGED = 'journalctl --no-pager --output=cat | grep COMMAND=';
const quiet = (code: number, stdout: string) => ({ code, stdout, stderr: '' });

onEngines('belt exec', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:3]');
  });
  afterAll(() => w?.end());

  const exec = (node: string, ...words: string[]) => w.belt(['exec', node, ...words]);
  const runs = async (node: string, line: string) => (await processes(w, node)).includes(line);
  const gone = (node: string, line: string) => until(`${line} is gone`, async () => !(await runs(node, line)));
  /** Starts it and waits until the line runs on the node. */
  const underWay = async (words: string[], line: string, nodes = ['node1']): Promise<Started> => {
    const started = w.start(['exec', ...words]);
    for (const node of nodes) await until(`${line} runs on ${node}`, () => runs(node, line));
    return started;
  };

  describe('what arrives there', () => {
    it('every word byte for byte', async () => {
      const character = fc.constantFrom(...' \n\t\r\'"\\$`*?[]{}()<>|&;#!~=%^-ab0\x01\x1b\x7fäß漢😀\u00a0\ufeff');
      const tricky = ['', '-n', '--', '--json', '-', '$HOME', '$(id)', '~', '*', '\\', "'", '\n', '%s', 'a=b', '!!'];
      const word = fc.oneof(fc.constantFrom(...tricky), fc.string({ unit: character, maxLength: 12 }));
      const property = fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), async (words) => {
        const { stdout } = await exec('node1', '--json', '--', 'printf', String.raw`%s\0`, ...words);
        expect(JSON.parse(stdout)).toMatchObject({ exitCode: 0, stdout: words.map((one) => `${one}\0`).join('') });
      });
      await fc.assert(property, {
        seed: 1,
        numRuns: 15,
        interruptAfterTimeLimit: 480_000,
        markInterruptAsFailure: true,
      });
    });

    it('--shell is read by sh there, whole', async () => {
      const script = `for n in 1 2; do echo "$n $((n * 21))"; done | tac; cd /etc/ssh && echo ssh_host_ed25519_key.p*; exit 3`;
      expect(await exec('node1', '--shell', script)).toEqual(
        quiet(3, on('node1', '2 42', '1 21', 'ssh_host_ed25519_key.pub')),
      );
    });

    it('--env, byte for byte, for a command and for a line', async () => {
      const value = ` a'b"c $HOME\\ = ü`;
      expect(await exec('node1', '--env', `V=${value}`, '--env', 'EMPTY=', '--', 'printenv', 'V', 'EMPTY')).toEqual(
        quiet(0, on('node1', value, '')),
      );
      expect(await exec('node1', '--env', `V=${value}`, '--shell', 'echo "$V"')).toEqual(quiet(0, on('node1', value)));
    });

    it('-i: what is piped in, to all, byte for byte', async () => {
      const input = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7) % 251));
      const { stdout } = await w.belt('exec @all -i -- md5sum', { input });
      const [sum] = done(await w.shell('md5sum', { input })).split(' ');
      expect(sorted(stdout)).toEqual([1, 2, 3].map((n) => `node${n} | ${sum}  -`));
    });

    it('a node that does not read its input does not hold up the others', async () => {
      const input = Buffer.alloc(5_000_000, 'x');
      const script = '[ "$(hostname)" = node2 ] || wc -c';
      const { code, stdout } = await w.belt(['exec', '@all', '-i', '--shell', script], { input });
      expect([code, sorted(stdout)]).toEqual([0, ['node1 | 5000000', 'node3 | 5000000']]);
    });

    it('without -i nothing is read, and there is no input, whether stdin is open or closed here', async () => {
      const shown = quiet(0, on('node1', '0'));
      const { outcome } = w.start('exec node1 -- wc -c', { openStdin: true, input: 'not for you' });
      expect(await outcome).toEqual(shown);
      expect(await w.shell('belt exec node1 -- wc -c <&-')).toEqual(shown);
      expect(await w.shell('belt exec node1 -i -- wc -c <&-')).toEqual(shown);
    });
  });

  describe('what comes back', () => {
    it('the exit codes of commands, shells and signals; the highest is belt’s', async () => {
      for (const [script, code] of [
        ['exit 1', 1],
        ['exit 255', 255],
        ['kill -KILL $$', 137],
        ['kill -TERM $$', 143],
      ] as const)
        expect(await exec('node1', '--shell', script)).toEqual(quiet(code, ''));
      expect(await exec('node1', '--', 'no-such-command')).toMatchObject({ code: 127 });
      expect(await exec('node1', '--', '/etc/passwd')).toMatchObject({ code: 126 });
      const { code, stderr } = await exec('@all', '--shell', 'exit $(hostname | tr -dc 0-9)');
      expect([code, stderr]).toEqual([3, '0 ok, 3 failed: node[1:3]\n']);
    });

    it('both streams, each to its own', async () => {
      expect(await exec('node1', '--shell', 'echo out; echo err >&2; printf end')).toEqual({
        code: 0,
        stdout: on('node1', 'out', 'end'),
        stderr: on('node1', 'err'),
      });
    });

    it('--group: equal output once, the other as its difference', async () => {
      await Promise.all(['node1', 'node2'].map((node) => onHost(w, node, 'printf "one\ntwo\n" > /etc/motd')));
      await onHost(w, 'node3', 'printf "one\n2\n" > /etc/motd');
      expect(await exec('@all', '--group', '--', 'cat', '/etc/motd')).toEqual({
        code: 0,
        stdout: lines('node[1:2] (2 nodes):', 'one', 'two', 'node3:', '@@', ' one', '-two', '+2'),
        stderr: '3 ok\n',
      });
    });

    it('--retry-failed goes where it failed, --fail-fast begins on no other', async () => {
      await onHost(w, 'node2', 'touch /tmp/good');
      const test = ['--', 'test', '-e', '/tmp/good'];
      expect(await exec('@all', ...test)).toMatchObject({ code: 1, stderr: '1 ok, 2 failed: node[1,3]\n' });
      await onHost(w, 'node1', 'touch /tmp/good');
      const again = () => exec('@all', '--retry-failed', ...test);
      expect(await again()).toMatchObject({ code: 1, stderr: '1 ok, 1 failed: node3\n' });
      expect(await again()).toMatchObject({ code: 1, stderr: '' });
      const { code, stderr } = await exec(
        '@all',
        '--concurrency',
        '1',
        '--fail-fast',
        '--shell',
        'touch /tmp/ran; false',
      );
      expect([code, stderr]).toEqual([
        1,
        'node2 | error: not run: node1 failed before\nnode3 | error: not run: node1 failed before\n' +
          '0 ok, 1 failed: node1, 2 not run: node[2:3]\n',
      ]);
      expect((await onHost(w, 'node2', 'test -e /tmp/ran')).code).toBe(1);
    });
  });

  describe('as another user', () => {
    const as = (user: string) => ({ env: { DIGITALOCEAN_SSH_USER: user } });
    beforeAll(async () => {
      const add = (user: string) =>
        `useradd -m -s /bin/bash ${user} && cp -r /root/.ssh /home/${user}/ && chown -R ${user} /home/${user}/.ssh`;
      const free = 'echo "admin ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/admin';
      await onHost(w, 'node1', `${add('admin')} && ${free} && ${add('plain')}`);
    });

    it('--sudo is root, with words, variables and input as they are', async () => {
      expect(await w.belt('exec node1 -- id -un', as('admin'))).toEqual(quiet(0, on('node1', 'admin')));
      expect(await w.belt('exec node1 --sudo -- id -un', as('admin'))).toEqual(quiet(0, on('node1', 'root')));
      const words = ['exec', 'node1', '--sudo', '--env', "V=a 'b", '-i', '--shell', 'printf "%s\n" "$V"; cat'];
      expect(await w.belt(words, { ...as('admin'), input: 'in\n' })).toEqual(quiet(0, on('node1', "a 'b", 'in')));
    });

    it('--sudo: no value of --env is in the log, to which sudo writes what it runs', async () => {
      const words = ['exec', 'node1', '--sudo', '--env', 'TMPDIR=/logged-value', '--', 'printenv', 'TMPDIR'];
      expect(await w.belt(words, as('admin'))).toEqual(quiet(0, on('node1', '/logged-value')));
      await until('sudo logged it', async () => (await onHost(w, 'node1', LOGGED)).stdout.includes('printenv TMPDIR'));
      expect((await onHost(w, 'node1', LOGGED)).stdout).not.toContain('logged-value');
    });

    it('--sudo where it needs a password fails at once and says so', async () => {
      const { code, stdout, stderr } = await w.belt('exec node1 --sudo -- id -un', as('plain'));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^node1 \| sudo: a password is required\n$/);
    });

    it.each(['SIGINT', 'SIGTERM'] as const)('--sudo: %s ends all that a line started as root', async (signal) => {
      const words = ['exec', 'node1', '--sudo', '--shell', 'sleep 1111 | cat; exit 9'];
      const started = w.start(words, as('admin'));
      await until('it runs', () => runs('node1', 'sleep 1111'));
      started.child.kill(signal);
      expect((await started.outcome).code).toBe(signal === 'SIGINT' ? 130 : 143);
      await gone('node1', 'sleep 1111');
    });

    it('--sudo --timeout too', async () => {
      expect(await w.belt('exec node1 --sudo --timeout 8 -- sleep 1112', as('admin'))).toEqual({
        code: 124,
        stdout: '',
        stderr: on('node1', 'error: ended after 8 s, its --timeout'),
      });
      await gone('node1', 'sleep 1112');
    });
  });

  describe('the end', () => {
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const)('%s ends what runs on the nodes', async (signal, code) => {
      const { child, outcome } = await underWay(['@all', '--', 'sleep', '2222'], 'sleep 2222', [
        'node1',
        'node2',
        'node3',
      ]);
      child.kill(signal);
      expect(await outcome).toEqual({ code, stdout: '', stderr: '0 ok, 3 interrupted: node[1:3]\n' });
      for (const node of ['node1', 'node2', 'node3']) await gone(node, 'sleep 2222');
    });

    it.each(['SIGINT', 'SIGTERM'] as const)('%s ends all that a line started', async (signal) => {
      const { child, outcome } = await underWay(['node1', '--shell', 'sleep 2223 | cat; echo on'], 'sleep 2223');
      child.kill(signal);
      // It would sleep for longer than anybody waits for it here.
      expect(await outcome).toMatchObject({ code: signal === 'SIGINT' ? 130 : 143, stdout: '' });
      await gone('node1', 'sleep 2223');
    });

    it('--timeout ends all that a line started, on its node alone', async () => {
      const script = '[ "$(hostname)" != node2 ] || sleep 2224; echo there';
      const { code, stdout, stderr } = await exec('node[1:2]', '--timeout', '10', '--shell', script);
      expect([code, stdout]).toEqual([124, on('node1', 'there')]);
      expect(stderr).toBe(`${on('node2', 'error: ended after 10 s, its --timeout')}1 ok, 1 failed: node2\n`);
      await gone('node2', 'sleep 2224');
    });

    it.each([[[]], [['--sudo']]])('what ignores SIGTERM is killed after its --timeout: %j', async (sudo) => {
      const line = ['--timeout', '8', '--shell', 'trap "" TERM; sleep 2225; sleep 2226'];
      const stderr = on('node1', 'error: killed after 8 s, its --timeout: it went on after SIGTERM');
      expect(await exec('node1', ...sudo, ...line)).toEqual({ code: 124, stdout: '', stderr });
      await gone('node1', 'sleep 2225');
      expect(await runs('node1', 'sleep 2226')).toBe(false);
    });
  });

  describe('an sshd that is frozen', () => {
    afterAll(() => onHost(w, 'node2', 'pkill -CONT sshd; pkill -f "^sleep 333"; true'));

    it('while a command runs: --timeout holds', async () => {
      const { outcome } = await underWay(['node[1:2]', '--timeout', '20', '--', 'sleep', '3331'], 'sleep 3331', [
        'node2',
      ]);
      await onHost(w, 'node2', `kill -STOP $(ps -o ppid= -p $(pgrep -f '^sleep 3331'))`);
      const error = 'error: ended after 20 s, its --timeout';
      const { code, stderr } = await outcome;
      expect([code, sorted(stderr)]).toEqual([
        124,
        ['0 ok, 2 failed: node[1:2]', `node1 | ${error}`, `node2 | ${left(20)}`],
      ]);
      await gone('node1', 'sleep 3331');
    });

    it('right after the login: --timeout holds', async () => {
      const pam = '/etc/pam.d/sshd';
      const freeze = `#!/bin/sh\n[ "$PAM_TYPE" = open_session ] && rm /run/freeze && kill -STOP $PPID\nexit 0\n`;
      const line = 'session optional pam_exec.so /usr/local/bin/freeze';
      const script = Buffer.from(freeze).toString('base64');
      const make = `cd /usr/local/bin && echo ${script} | base64 -d > freeze && chmod +x freeze`;
      await onHost(w, 'node2', `${make} && cp ${pam} /tmp/pam && echo '${line}' >> ${pam} && touch /run/freeze`);
      const outcome = await exec('node2', '--timeout', '10', '--', 'true').finally(() =>
        onHost(w, 'node2', `cp /tmp/pam ${pam}`),
      );
      expect((await onHost(w, 'node2', 'test -e /run/freeze')).code).toBe(1);
      expect(outcome).toEqual({ code: 124, stdout: '', stderr: on('node2', left(10)) });
    });
  });

  describe('a node that is not there', () => {
    it('powered off: fails alone, says why', async () => {
      await act(w, 'node3', 'power_off');
      const { code, stdout, stderr } = await exec('node[1,3]', '--timeout', '10', '--', 'hostname');
      expect([code, stdout]).toEqual([255, on('node1', 'node1')]);
      expect(stderr).toMatch(/^node3 \| error: node3.*\n(node3 \| hint: .*\n)?1 ok, 1 failed: node3\n$/);
      await act(w, 'node3', 'power_on');
      await answersSsh(w, 'node3');
      expect(await exec('node3', '--', 'hostname')).toEqual(quiet(0, on('node3', 'node3')));
    });

    it('gone: says so', async () => {
      const { id } = await droplet(w, 'node3');
      await api(w, 'DELETE', `/v2/droplets/${id}`);
      await until('it is gone', async () => (await w.status()).droplets.every(({ name }) => name !== 'node3'));
      const { code, stdout, stderr } = await exec('node1,node3', '--', 'hostname');
      expect([code, stdout]).toEqual([255, on('node1', 'node1')]);
      expect(stderr).toBe(
        `${on('node3', 'error: node3 no longer exists', 'hint: see: belt ls')}1 ok, 1 failed: node3\n`,
      );
    });
  });
});
