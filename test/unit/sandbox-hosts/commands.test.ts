import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ended, open, runOver, startWorld, until, type World } from './with-hosts.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.add('node1');
  await world.add('bare', { hasEngine: false });
});
afterAll(() => world.close());

describe('a command line', () => {
  test.each([
    ['true', '', '', 0],
    [`echo 'a  b' "c\\"d" e\\ f '' x'y'z`, `a  b c"d e f  xyz\n`, '', 0],
    ['echo "it\'s" \'"\' "\\\\" "a\\b"', 'it\'s " \\ a\\b\n', '', 0],
    ['false', '', '', 1],
    ['exit', '', '', 0],
    ['exit 7', '', '', 7],
    ['exit 257', '', '', 1],
    ['/usr/bin/printenv HOME', '/root\n', '', 0],
    ['test -f /etc/hostname', '', '', 0],
    ['test ! -e /etc/hostname', '', '', 1],
    ['test -d /etc', '', '', 0],
    ['[ a = b ]', '', '', 1],
    ['[ 3 -eq 03 ]', '', '', 0],
    ["test ''", '', '', 1],
    ['exec echo {{.ID}}', '{{.ID}}\n', '', 0],
    ['cat /etc/hostname', 'node1\n', '', 0],
    ['cat /nope', '', 'cat: /nope: No such file or directory\n', 1],
    ['tail -c 4 /etc/hostname', 'de1\n', '', 0],
    ['stty size', '', "stty: 'standard input': Inappropriate ioctl for device\n", 1],
  ])('%s', async (line, stdout, stderr, code) => {
    expect(await world.run('node1', line)).toEqual({ stdout, stderr, code });
  });

  test.each([
    ['nope -x', 'nope'],
    ['exec nope', 'nope'],
    ['/opt/bin/nope', '/opt/bin/nope'],
    ['toString', 'toString'],
    ['exit soon', 'exit with these arguments'],
    ['test 1 -lt 2', 'test 1 -lt 2'],
    ['tail /etc/hostname', 'tail but for tail -c BYTES'],
    ['systemctl stop docker', 'systemctl stop'],
    ['kill 1200', 'kill but for kill -SIGNAL PID'],
    ['ps aux', 'ps aux'],
    ['cloud-init clean', 'cloud-init clean'],
  ])('what is not supported is refused in the name of the sandbox: %s', async (line, what) => {
    const stderr = `${what}: not supported by simulated hosts: belt sandbox start --hosts engine\n`;
    expect(await world.run('node1', line)).toEqual({ stdout: '', stderr, code: 125 });
  });

  test.each(['a | b', 'a; b', 'a && b', 'echo $HOME', 'echo `id`', 'a > b', 'echo "$x"', "echo 'a", '(a)', 'a\nb'])(
    'what needs a shell is refused: %s',
    async (line) => {
      const stderr =
        'more than a single command: not supported by simulated hosts: belt sandbox start --hosts engine\n';
      expect(await world.run('node1', line)).toEqual({ stdout: '', stderr, code: 125 });
    },
  );

  test('uptime, the example of belt exec', async () => {
    const { stdout, code } = await world.run('node1', 'uptime');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ \d\d:\d\d:\d\d up \d+ min, {2}0 users, {2}load average: 0\.00, 0\.00, 0\.00\n$/);
  });

  test('cat is binary safe', async () => {
    const bytes = randomBytes(3_000_000);
    const client = await world.connect('node1');
    const channel = await open(client, 'cat');
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.end(bytes);
    await new Promise((resolve) => channel.on('close', resolve));
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('without an engine there is no docker', async () => {
    const stderr = 'bash: line 1: docker: command not found\n';
    expect(await world.run('bare', 'docker ps')).toEqual({ stdout: '', stderr, code: 127 });
  });
});

describe('signals', () => {
  test.each([
    ['INT', { code: 130 }],
    ['TERM', { code: 143 }],
    ['KILL', { code: null, signal: 'SIGKILL' }],
  ])('the pid that a command tells first can be sent %s', async (signal, exit) => {
    const client = await world.connect('node1');
    const channel = await open(client, 'echo $$ >&2; exec docker events');
    const pid = await new Promise<string>((resolve) => channel.stderr.once('data', (chunk) => resolve(String(chunk))));
    expect(pid).toMatch(/^\d+\n$/);
    const end = ended(channel);
    expect(await runOver(client, `kill -${signal} ${pid.trim()}`)).toMatchObject({ code: 0 });
    expect(await end).toMatchObject(exit);
    expect(await runOver(client, `kill -${signal} ${pid.trim()}`)).toMatchObject({ code: 1 });
  });

  test('so can its process group', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'echo $$ >&2; exec docker events');
    const pid = await new Promise<string>((resolve) => channel.stderr.once('data', (chunk) => resolve(String(chunk))));
    const end = ended(channel);
    expect(await runOver(client, `kill -TERM -${pid.trim()}`)).toMatchObject({ code: 0 });
    expect(await end).toMatchObject({ code: 143 });
  });

  test("a signal request does nothing, as with sshd's root", async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'cat');
    const end = ended(channel);
    channel.signal('INT');
    channel.end('still here');
    expect(await end).toMatchObject({ stdout: 'still here', code: 0 });
  });

  test('a command without a pty outlives its connection until it is killed', async () => {
    const client = await world.connect('node1');
    await open(client, 'docker events --filter type=node');
    client.destroy();
    const listed = async () => (await world.run('node1', 'ps -eo pid,args')).stdout;
    const line = () => listed().then((text) => /^\s*(\d+) docker events --filter/m.exec(text)?.[1]);
    const pid = await line();
    expect(pid).toBeDefined();
    await world.run('node1', `kill -KILL ${pid}`);
    await until(async () => (await line()) === undefined);
  });

  test('a command with a pty ends with its connection', async () => {
    const client = await world.connect('node1');
    await open(client, 'sleep 99', { term: 'xterm' });
    client.destroy();
    await until(async () => !(await world.run('node1', 'ps -eo args=')).stdout.includes('sleep 99'));
  });
});

describe('a terminal', () => {
  const pty = { term: 'xterm', rows: 30, cols: 100, width: 0, height: 0 };

  test('has a size that can change', async () => {
    const client = await world.connect('node1');
    const first = await ended(await open(client, 'stty size', pty));
    expect(first.stdout).toBe('30 100\r\n');
  });

  test('lines are echoed and passed on, ^D ends the input', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'cat', pty);
    const end = ended(channel);
    channel.write('helo\x7flo\r');
    channel.write('\x04');
    expect(await end).toEqual({ stdout: 'helo\b \blo\r\nhello\r\n', stderr: '', code: 0 });
  });

  test('a resize reaches the command that runs', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'cat', pty);
    channel.setWindow(50, 120, 0, 0);
    channel.write('\x04');
    await ended(channel);
    const other = await open(client, 'stty size', { ...pty, rows: 50, cols: 120 });
    expect((await ended(other)).stdout).toBe('50 120\r\n');
  });

  test('^C interrupts docker, which exits with 130', async () => {
    const client = await world.connect('node1');
    const channel = await open(client, 'docker events', pty);
    const end = ended(channel);
    channel.write('\x03');
    expect(await end).toEqual({ stdout: '^C', stderr: '', code: 130 });
  });
});
