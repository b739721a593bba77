// What goes through `belt docker` to a real docker and comes back: bytes, words, keys, signals.
import pLimit from 'p-limit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../../src/sandbox/random.ts';
import { lines, onHost, processes, until } from '../../support/probe.ts';
import { terminal } from '../terminal.ts';
import type { World } from '../world.ts';
import { done, worldOf } from './deeds.ts';
import { onEngines } from './engine.ts';
import { throughBelt } from './flood.ts';

onEngines('belt docker', () => {
  let w: World;
  beforeAll(async () => {
    w = await worldOf('node[1:2]');
  });
  afterEach(async ({ task }) => {
    // What a test that failed left running is not for the next ones to see.
    if (task.result?.state === 'fail') await onHost(w, 'node1', 'docker rm -f $(docker ps -aq)');
  });
  afterAll(() => w?.end());

  it('carries an image from node to node: it is the same image', async () => {
    const idOn = async (node: string) => done(await w.belt(`--host ${node} docker images -q --no-trunc mine`)).trim();
    done(await w.belt('--host node1 docker tag nginx mine:1'));
    const made = 'docker run --name maker --network none --entrypoint touch nginx /made-here';
    done(await w.belt(`--host node1 ${made}`));
    done(await w.belt('--host node1 docker commit maker mine:1'));
    expect(await idOn('node2')).toBe('');
    const carried = await w.shell('belt --host node1 docker save mine:1 | belt --host node2 docker load');
    expect(carried).toEqual({ code: 0, stdout: lines('Loaded image: mine:1'), stderr: '' });
    expect(await idOn('node1')).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await idOn('node2')).toBe(await idOn('node1'));
    const [here, there] = await Promise.all(
      ['node1', 'node2'].map((node) =>
        w.belt(['--host', node, 'docker', 'inspect', '-f', '{{json .RootFS.Layers}}', 'mine:1']),
      ),
    );
    expect(there).toEqual(here);
  });

  it('run -it has a terminal of its own in the container', async () => {
    const at = terminal(w, 'belt --host node1 docker run -it --rm --network none nginx sh');
    await at.shows('/ #');
    at.type('tty; stty size; echo $((6 * 7))\r');
    await at.shows(/\/dev\/pts\/0\r\n24 80\r\n42\r\n/);
    at.pty.resize(100, 30);
    await until('the container hears of the new size', async () => {
      at.type('stty size\r');
      return /30 100/.test(at.screen());
    });
    at.type('sleep 1000\r');
    await at.shows('sleep 1000\r\n');
    await at.breaksOff();
    at.type('exit 7\r');
    expect(await at.ended).toBe(7);
  });

  it('logs -f ended by Ctrl-C leaves no process on the host', async () => {
    const talk = ['sh', '-c', 'while :; do echo talking; sleep 0.1; done'];
    done(
      await w.belt([
        '--host',
        'node1',
        'docker',
        'run',
        '-d',
        '--name',
        'talker',
        '--network',
        'none',
        'nginx',
        ...talk,
      ]),
    );
    // Sessions and their commands; the engine and the container's own come and go.
    const sessions = async () =>
      (await processes(w, 'node1')).filter((line) => /^docker |^(ba)?sh -c .*docker/.test(line));
    await until('those of before have ended', async () => (await sessions()).length === 0);

    const at = terminal(w, 'belt --host node1 docker logs -f talker');
    await at.shows('talking');
    expect(await sessions()).toHaveLength(1);
    at.type('\x03');
    expect(await at.ended).toBe(130);
    await until('nothing is left of it', async () => (await sessions()).length === 0);

    const piped = w.start('--host node1 docker logs -f talker');
    await until('it follows', () => piped.so().stdout.includes('talking'));
    piped.child.kill('SIGINT');
    expect((await piped.outcome).code).toBe(130);
    await until('nothing is left of it either', async () => (await sessions()).length === 0);
    done(await w.belt('--host node1 docker rm -f talker'));
  });

  const inContainer = (options: string, ...command: string[]) => [
    ...`--host node1 docker run --rm --network none ${options} nginx`.split(' '),
    ...command,
  ];
  const containers = async () => done(await w.belt(['--host', 'node1', 'docker', 'ps', '-q'])).trim();

  it('every SIGINT reaches the container', async () => {
    const script =
      'n=0; trap "n=\\$((n+1)); echo int \\$n; [ \\$n -lt 2 ] || exit 9" INT; echo ready; while :; do sleep 0.1; done';
    const { child, outcome, so } = w.start(inContainer('--name ints', 'sh', '-c', script));
    await until('it runs', () => so().stdout.includes('ready'));
    child.kill('SIGINT');
    await until('it got the first', () => so().stdout.includes('int 1'));
    child.kill('SIGINT');
    expect(await outcome).toEqual({ code: 9, stdout: lines('ready', 'int 1', 'int 2'), stderr: '' });
    await until('the container is gone', async () => (await containers()) === '');
  });

  it('timeout ends a run -it, in the foreground or not', async () => {
    // Side by side: both wait. Without --init sleep is process 1 of the container, and deaf to the signal, here as with a docker of this
    // machine.
    const ats = ['timeout', 'timeout --foreground'].map((timeout) =>
      terminal(
        w,
        `${timeout} 20 belt --host node1 docker run -it --rm --init --network none nginx sleep 1000; echo "ended $?"`,
      ),
    );
    await until('they run', async () => (await containers()).split('\n').length === 2, 19_000);
    for (const at of ats) {
      await at.shows('ended 124');
      expect(await at.ended).toBe(0);
    }
    await until('both containers are gone', async () => (await containers()) === '');
    const left = (await processes(w, 'node1')).filter((line) => /docker run/.test(line));
    expect(left).toEqual([]);
  });

  it('run -it with stdout in a pipe has a terminal', async () => {
    const at = terminal(
      w,
      `belt --host node1 docker run -it --rm --network none nginx sh -c 'tty; read x; echo got $x' | cat`,
    );
    await at.shows('/dev/pts/0');
    at.type('it\r');
    await at.shows('got it');
    expect(await at.ended).toBe(0);
  });

  it('a loop over lines runs once for each, and run without -i reads none of them', async () => {
    const line =
      'printf "node1\\nnode2\\nnode1\\n" | while read n; do belt --host $n docker run --rm --network none nginx echo ran; done';
    expect(await w.shell(line)).toEqual({ code: 0, stdout: lines('ran', 'ran', 'ran'), stderr: '' });
  });

  it('variables come from a file here through the device', async () => {
    const line =
      'echo A=from-here | belt --host node1 docker run --rm --network none --env-file /dev/stdin nginx sh -c "echo \\$A"';
    expect(await w.shell(line)).toEqual({ code: 0, stdout: lines('from-here'), stderr: '' });
  });

  it('a question is answered at the terminal', async () => {
    const at = terminal(w, 'belt --host node1 docker container prune');
    await at.shows('[y/N]');
    at.type('n\r');
    await at.ended;
    expect(at.screen()).not.toContain('Deleted');
  });

  it('run gives 200 awkward argvs to the program as they were typed', async () => {
    const random = seededRandom('argvs');
    const argvs = Array.from({ length: 200 }, () => anyArgv(random));
    // Fifty to a container, with a word between that none of them has: starting one takes about a second.
    const runs = Array.from({ length: 4 }, (_, n) =>
      argvs.slice(50 * n, 50 * n + 50).flatMap((argv) => [...argv, BETWEEN]),
    );
    const limit = pLimit(2);
    const came = await Promise.all(
      runs.map((words, n) =>
        limit(async () => {
          const run = ['docker', 'run', '--rm', '--network', 'none', 'argdump', ...words];
          const hex = done(await w.belt(['--host', `node${1 + (n % 2)}`, ...run]));
          return hex
            .split('\n')
            .slice(0, -1)
            .map((line) => Buffer.from(line, 'hex').toString('utf8'));
        }),
      ),
    );
    expect(came).toEqual(runs);
  });

  it('takes 256 MiB in and gives them back, in little memory', async () => {
    // The engine would keep all of it in a log.
    const words = '--host node1 docker run --rm -i --log-driver none --network none nginx cat'.split(' ');
    const { sent, received, bytes, peakMB, code } = await throughBelt(w, words, 256);
    expect({ code, bytes, received }).toEqual({ code: 0, bytes: 2 ** 28, received: sent });
    expect(peakMB).toBeLessThan(150);
  });
});

const BETWEEN = 'between argvs';

/** Words and pieces of words that shells, docker, belt or programs might take for something else. */
const PIECES = [
  ...[
    '',
    ' ',
    '  ',
    '\t',
    '\n',
    '\r\n',
    "'",
    '"',
    '`',
    '$',
    '\\',
    '*',
    '?',
    '[a-z]',
    '{a,b}',
    '~',
    '#',
    '!',
    '%s',
    '&',
    '|',
  ],
  ...[
    ';',
    '<',
    '>',
    '(',
    ')',
    '=',
    '-',
    '--',
    '-h',
    '--help',
    '--host',
    '--rm',
    '-',
    'a',
    'Z9',
    '/',
    '..',
    '/*',
    '$HOME',
  ],
  ...[
    '$(touch /x)',
    '`id`',
    '${x:-y}',
    "'\\''",
    '\\n',
    '\u00e9',
    'e\u0301',
    'ß',
    '世界',
    '🐳',
    '\u202e',
    '\ufeff',
    '\x01',
    '\x7f',
  ],
];

function anyArgv(random: Random): string[] {
  const below = (n: number) => Math.floor(random() * n);
  const word = () => Array.from({ length: below(6) }, () => PIECES[below(PIECES.length)]).join('');
  return Array.from({ length: 1 + below(5) }, word);
}
