import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { act, lines, onHost, until } from '../support/probe.ts';

/** A client in the language of the tests: prints the status and body of what the engine answers to GET /PATH; of /info its name. */
const GET = `
const http = require('node:http');
const socketPath = process.env.DOCKER_HOST.replace('unix://', '');
const [, path] = process.argv;
http.get({ socketPath, path, agent: false }, (response) => {
  let text = '';
  response.on('data', (part) => { text += part; }).on('end', () => console.log(...(path === '/info' && response.statusCode === 200 ? [JSON.parse(text).Name] : [response.statusCode, text.trim()])));
}).on('finish', () => require('node:fs').writeFileSync('asked', '')).on('error', (error) => { console.log(error.code); process.exitCode = 1; });
`;
const get = (path: string) => [process.execPath, '-e', GET, path];
/** Many at once, each over a connection of its own; prints how often each status came. */
const MANY = `
const http = require('node:http');
const socketPath = process.env.DOCKER_HOST.replace('unix://', '');
const one = () => new Promise((done) => http.get({ socketPath, path: '/info', agent: false }, (response) => {
  response.resume().on('end', () => done(response.statusCode));
}).on('error', (error) => done(error.code)));
Promise.all(Array.from({ length: 50 }, one)).then((all) => {
  for (const each of new Set(all)) console.log(each, all.filter((one) => one === each).length);
});
`;

const w = world();
/** Stands for the user's own runtime folder. */
const runtime = () => join(w.home, 'run');
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:3]');
});
beforeEach(() => {
  rmSync(runtime(), { recursive: true, force: true });
  mkdirSync(runtime(), { mode: 0o700 });
  w.env['XDG_RUNTIME_DIR'] = runtime();
});
afterAll(() => w.end());

const using = (node: string, ...command: string[]) => w.belt(['with', node, '--', ...command]);
const failed = (code: number, stderr: string) => ({ code, stdout: '', stderr });

describe('belt with', () => {
  test('the engine behind DOCKER_HOST is the node’s', async () => {
    expect(await using('node2', ...get('/info'))).toEqual({ code: 0, stdout: 'node2\n', stderr: '' });
    expect(await using('node1', ...get('/_ping'))).toEqual({ code: 0, stdout: '200 OK\n', stderr: '' });
  });

  test('what is piped in is the program’s', async () => {
    const piped = await w.belt(['with', 'node1', '--', 'cat'], { input: 'words\n' });
    expect(piped).toEqual({ code: 0, stdout: 'words\n', stderr: '' });
  });

  test.each([
    ['exit 7', 7],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('%s ends belt with %i, and nothing is left', async (line, code) => {
    expect(await using('node1', 'sh', '-c', line)).toEqual(failed(code, ''));
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('a program that is not there, or is none', async () => {
    expect(await using('node1', 'no-such-program')).toEqual(failed(127, 'error: no-such-program: command not found\n'));
    const none = w.write('none', 'text');
    chmodSync(none, 0o644);
    expect(await using('node1', none)).toEqual(failed(126, `error: ${none}: permission denied\n`));
    expect(await using('node1', '')).toEqual(failed(127, "error: '': command not found\n"));
    expect(await using('node1', `${none}/x`)).toEqual(failed(126, `error: ${none}/x: not a directory\n`));
    const long = 'x'.repeat(3 * 1024 * 1024);
    expect(await using('node1', 'echo', long)).toEqual(failed(126, 'error: echo: argument list too long\n'));
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('without a Docker client here', async () => {
    const { code, stderr } = await w.belt('with node1 -- docker ps', { env: { PATH: '/nowhere' } });
    expect([code, stderr]).toEqual([
      127,
      'error: docker: command not found\nhint: install it here, or use the node’s own: belt docker …\n',
    ]);
  });

  test('no command: the user’s shell, and how to leave it', async () => {
    const { code, stdout, stderr } = await w.belt('with node1', {
      env: { SHELL: '/bin/sh' },
      input: 'echo $0; exit 3',
    });
    expect([code, stdout, stderr]).toEqual([3, '/bin/sh\n', "docker is node1's in this shell; leave it with: exit\n"]);
  });

  test('the environment: Docker’s own variables lead nowhere else', async () => {
    const others = ['DOCKER_TLS_VERIFY', 'DOCKER_TLS', 'DOCKER_CERT_PATH', 'DOCKER_API_VERSION', 'DOCKER_CONTEXT'];
    const env = { ...Object.fromEntries(others.map((name) => [name, 'x'])), DOCKER_CONFIG: '/mine', OTHER: 'kept' };
    const { stdout } = await w.belt(['with', 'node1', '--', 'env'], { env });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => /^(DOCKER_|OTHER=)/.test(line)).toSorted()).toEqual([
      'DOCKER_CONFIG=/mine',
      expect.stringMatching(/^DOCKER_HOST=unix:\/\/.*\/run\/belt-with-\w{6}\/docker\.sock$/),
      'DOCKER_MACHINE_NAME=node1',
      'OTHER=kept',
    ]);
  });

  test.each([
    ['with', 'belt with needs a pattern', 'see: belt help with'],
    ['with -- docker ps', 'belt with needs a pattern', 'see: belt help with'],
    [
      'with node1 docker ps',
      'belt with takes 1 argument before --, not 3',
      'put -- before the command: belt with node1 -- docker ps',
    ],
    ['with nod1 -- docker ps', 'there is no node "nod1"', 'did you mean node1?'],
  ])('%s', async (words, message, hint) => {
    expect(await w.belt(words)).toEqual(failed(2, `error: ${message}\nhint: ${hint}\n`));
  });

  test('@manager outside a swarm', async () => {
    expect(await using('@manager', 'true')).toEqual(
      failed(1, 'error: no node of the cluster is in a swarm\nhint: create one: belt swarm init node1\n'),
    );
  });

  test('a node that is down: 255, and the program is not started', async () => {
    await w.belt('create 512mb down1');
    await act(w, 'down1', 'power_off');
    const { code, stdout, stderr } = await using('down1', 'echo', 'started');
    expect([code, stdout]).toEqual([255, '']);
    expect(stderr).toMatch(/^error: down1 \(/);
  });
});

describe('the socket', () => {
  const modes = `path="\${DOCKER_HOST#unix://}"; cd "\${path%/*}" && stat -c '%a %F' . docker.sock`;
  const path = `echo "$DOCKER_HOST"`;
  const at = async (env: Record<string, string | undefined> = {}) =>
    (await w.belt(['with', 'node1', '--', 'sh', '-c', path], { env })).stdout.trim();

  test('is this user’s alone', async () => {
    expect((await using('node1', 'sh', '-c', modes)).stdout).toBe('700 directory\n600 socket\n');
  });

  test('is never in a runtime folder that others can enter, nor at a path that a system cuts', async () => {
    const tmp = join(w.home, 'tmp');
    mkdirSync(tmp, { mode: 0o700 });
    chmodSync(runtime(), 0o755);
    expect(await at({ TMPDIR: tmp })).toMatch(new RegExp(`^unix://${tmp}/belt-with-`));
    chmodSync(runtime(), 0o700);
    const long = join(runtime(), 'x'.repeat(80));
    mkdirSync(long, { mode: 0o700 });
    expect(await at({ XDG_RUNTIME_DIR: long, TMPDIR: long })).toMatch(/^unix:\/\/\/tmp\/belt-with-/);
    expect(readdirSync(long)).toEqual([]);
  });

  test('of a belt that was killed goes with the next; one that somebody listens on stays, and one that is young', async () => {
    const made = (name: string) => {
      const folder = join(runtime(), name);
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    };
    // What a killed process leaves is a socket that nobody listens on; closing one would remove it.
    const kill = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    const names = ['left00', 'live00', 'empty0', 'young0'];
    const [left, live, empty, young] = names.map((name) => made(`belt-with-${name}`));
    for (const folder of [left!, young!]) spawnSync(process.execPath, ['-e', kill, join(folder, 'docker.sock')]);
    const server = createServer().listen(join(live!, 'docker.sock'));
    for (const folder of [left!, live!, empty!]) utimesSync(folder, 1_000_000, 1_000_000);
    writeFileSync(join(runtime(), 'belt-with-a-file'), '');
    await using('node1', 'true');
    expect(readdirSync(runtime()).toSorted()).toEqual(['belt-with-a-file', 'belt-with-live00', 'belt-with-young0']);
    await new Promise((done) => server.close(done));
  });

  test('folders of the user’s with a name that begins as belt’s stay, whatever is in them', async () => {
    const backup = 'belt-with-backup';
    const files = [
      'belt-with-nginx/site.conf',
      'belt-with-x/docker.sock',
      `${backup}/notes.txt`,
      `${backup}/docker.sock`,
    ];
    for (const folder of [
      'belt-with-nginx',
      'belt-with-x',
      backup,
      'belt-with-',
      'belt-with-empty',
      'belt-with-shared',
    ]) {
      mkdirSync(join(runtime(), folder), { mode: folder.endsWith('shared') ? 0o755 : 0o700 });
    }
    for (const file of files) writeFileSync(join(runtime(), file), '');
    for (const folder of readdirSync(runtime())) utimesSync(join(runtime(), folder), 1_000_000, 1_000_000);
    const before = readdirSync(runtime(), { recursive: true });
    expect((await using('node1', 'true')).code).toBe(0);
    expect(readdirSync(runtime(), { recursive: true })).toEqual(before);
  });

  test('what a program put next to it stays', async () => {
    await using('node1', 'sh', '-c', 'touch "${DOCKER_HOST#unix://}.txt"');
    expect(readdirSync(runtime(), { recursive: true })).toEqual([
      expect.stringMatching(/^belt-with-\w{6}$/),
      expect.stringMatching(/docker\.sock\.txt$/),
    ]);
  });

  test.each(['100%', '50%41', 'what?', 'a#b'])(
    'is not in a folder whose name a URL reads otherwise: %j',
    async (name) => {
      const folder = join(runtime(), name);
      mkdirSync(folder, { mode: 0o700 });
      expect(await at({ XDG_RUNTIME_DIR: folder, TMPDIR: folder })).toMatch(/^unix:\/\/\/tmp\/belt-with-/);
    },
  );
});

describe('what a client is told', () => {
  test('that it is too new or too old for the engine, and what fits', async () => {
    const own = "the node's own client fits: belt --host node1 docker …\n";
    const tooNew = await using('node1', ...get('/v1.99/info'));
    expect(tooNew.stdout).toMatch(/^400 .*is too new/);
    expect(tooNew.stderr).toBe(
      `the Docker client here is too new for node1: it speaks API 1.99, the engine at most 1.50; ${own}`,
    );
    expect((await using('node1', ...get('/v1.12/info'))).stderr).toBe(
      `the Docker client here is too old for node1: it speaks API 1.12, the engine at least 1.24; ${own}`,
    );
  });

  test('while the program still runs: a shell may go on for hours', async () => {
    const asks = `${process.execPath} -e "$0" /v1.99/info; read line`;
    const { outcome, so, type } = w.start(['with', 'node1', '--', 'sh', '-c', asks, GET], { open: true });
    await until('it is told', () => so().stderr.includes('the Docker client here is too new for node1'));
    type('\n');
    expect((await outcome).stderr.match(/too new for/g)).toHaveLength(1);
  });

  test('an engine that does not answer is an error before the program is started', async () => {
    await onHost(w, 'node3', 'pkill -STOP dockerd');
    const { code, stdout, stderr } = await using('node3', 'echo', 'started').finally(() =>
      onHost(w, 'node3', 'pkill -CONT dockerd'),
    );
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      lines(
        'error: node3: its Docker engine does not answer (15 s)',
        'hint: see why: belt exec node3 -- systemctl status docker',
      ),
    ]);
  });
});

/** A program that waits: it says a word at each step, and goes on when the test lets it. */
function steps(node: string, ...lines: string[]) {
  const file = (name: string) => join(w.cwd, name);
  for (const name of ['done', 'go', 'asked']) rmSync(file(name), { force: true });
  const script = [
    `one() { ${process.execPath} -e "$0" "$1" 2>&1; }`,
    'pause() { : > done; while ! [ -e go ]; do sleep 0.02; done; rm go; }',
    ...lines,
  ];
  const outcome = using(node, 'sh', '-c', script.join('\n'), GET);
  return {
    outcome,
    reached: () => until('the step is reached', () => statSync(file('done'), { throwIfNoEntry: false })),
    goOn: () => writeFileSync(file('go'), ''),
    asked: () => until('it asks', () => statSync(file('asked'), { throwIfNoEntry: false })),
  };
}

describe('a node that goes away', () => {
  test('what hangs ends with an error, the next call is told why, and belt tells it once', async () => {
    await w.belt('create 512mb gone1');
    const { outcome, reached, goOn, asked } = steps('gone1', 'pause', 'one /info & wait $!', 'one /_ping', 'exit 4');
    await reached();
    // The request is under way, and not answered.
    await onHost(w, 'gone1', 'pkill -STOP dockerd');
    goOn();
    await asked();
    // And belt, which is in this process, has passed it on.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await act(w, 'gone1', 'power_off');
    const { code, stdout, stderr } = await outcome;
    expect(stdout.split('\n')).toEqual([
      'ECONNRESET',
      expect.stringMatching(/^503 \{"message":"gone1 \(.*refused"\}$/),
      '',
    ]);
    expect([code, stderr]).toEqual([4, 'warning: gone1: the connection was lost\n']);
    expect(readdirSync(runtime())).toEqual([]);
  });

  test('and comes back: the next call works', async () => {
    await w.belt('create 512mb back1');
    const { outcome, reached, goOn } = steps('back1', 'one /_ping', 'pause', 'one /_ping');
    await reached();
    await act(w, 'back1', 'power_cycle');
    await until('SSH answers', () =>
      onHost(w, 'back1', 'docker version')
        .then(({ code }) => code === 0)
        .catch(() => false),
    );
    goOn();
    expect(await outcome).toEqual({
      code: 0,
      stdout: '200 OK\n200 OK\n',
      stderr: 'warning: back1: the connection was lost\n',
    });
  });
});

describe('@manager', () => {
  const m = world();
  beforeAll(async () => {
    await m.sandbox();
    for (const words of [
      'create 512mb m[1:3] w1',
      'swarm init m1',
      'swarm join m1 m[2:3] --manager',
      'swarm join m1 w1',
    ]) {
      const { code, stderr } = await m.belt(words);
      if (code !== 0) throw new Error(stderr);
    }
    m.env['XDG_RUNTIME_DIR'] = m.home;
    chmodSync(m.home, 0o700);
  });
  afterAll(() => m.end());

  test('is the active node where that is one', async () => {
    await m.belt('active m3');
    const name = await m.belt(['with', '@manager', '--', 'sh', '-c', `${process.execPath} -e "$0" /info`, GET]);
    expect(name).toEqual({ code: 0, stdout: 'm3\n', stderr: '' });
    await m.belt('active m1');
  });

  test('is one that answers; when it goes away, the next call has another', async () => {
    const name = `${process.execPath} -e "$0" /info`;
    const line = `${name}; : > done; while ! [ -e go ]; do sleep 0.02; done; ${name}`;
    const outcome = m.belt(['with', '@manager', '--', 'sh', '-c', line, GET]);
    await until('it asked once', () => statSync(join(m.cwd, 'done'), { throwIfNoEntry: false }));
    await act(m, 'm1', 'power_off');
    writeFileSync(join(m.cwd, 'go'), '');
    expect(await outcome).toEqual({
      code: 0,
      stdout: 'm1\nm2\n',
      stderr: "warning: m1: the connection was lost\ndocker is m2's from here on\n",
    });
  });

  test('where one is down from the beginning', async () => {
    expect(await m.belt(['with', '@manager', '--', ...get('/nodes')])).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('sshd and permissions', () => {
  const s = world();
  beforeAll(async () => {
    await s.sandbox('--fault no-forward@bare1 --fault plain-user@node1');
    await s.belt('create 512mb node1');
    await s.belt('create 512mb bare1 --no-wait');
    await until('SSH answers', () =>
      onHost(s, 'bare1', 'docker version')
        .then(({ code }) => code === 0)
        .catch(() => false),
    );
    s.env['XDG_RUNTIME_DIR'] = s.home;
    chmodSync(s.home, 0o700);
  });
  afterAll(() => s.end());

  test('where sshd forwards no sockets, 50 at once are served, in no more sessions than it allows', async () => {
    expect(await s.belt(['with', 'bare1', '--', process.execPath, '-e', MANY])).toEqual({
      code: 0,
      stdout: '200 50\n',
      stderr: '',
    });
    const traced = await s.belt('with --trace bare1 -- true');
    expect(traced.stderr).toMatch(/^trace: bare1 with exit 0 \d+ ms by docker system dial-stdio$/m);
  });

  test('a user who may not use Docker: what helps', async () => {
    const { code, stdout, stderr } = await s.belt('with node1 -- echo started', {
      env: { DIGITALOCEAN_SSH_USER: 'deploy' },
    });
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      'error: node1: deploy may not use Docker there (permission denied on /var/run/docker.sock)\n' +
        'hint: let it, which makes it as good as root there: belt exec node1 --sudo -- usermod -aG docker deploy\n',
    ]);
  });
});
