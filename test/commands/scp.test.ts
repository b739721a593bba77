import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { act } from '../support/probe.ts';

const done = (stderr = '') => ({ code: 0, stdout: '', stderr });
const failed = (code: number, stderr: string) => ({ code, stdout: '', stderr });

describe('belt scp', () => {
  const w = world();
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:3]');
    w.write('motd', 'hello\n');
  });
  afterAll(() => w.end());
  beforeEach(() => rmSync(here('back'), { recursive: true, force: true }));

  const here = (...names: string[]) => join(w.cwd, ...names);
  const modeAndTime = (...names: string[]) => {
    const { mode, mtimeMs } = statSync(here(...names));
    return [(mode & 0o7777).toString(8), mtimeMs];
  };

  test('a file to several nodes, and back, with its mode and times', async () => {
    chmodSync(here('motd'), 0o640);
    utimesSync(here('motd'), 1_600_000_000, 1_600_000_000);
    expect(await w.belt('scp -rp motd node[1:3]:/etc/')).toEqual(done('copied to /etc on 3 nodes\n'));
    expect(await w.belt('exec node2 -- cat /etc/motd')).toMatchObject({ stdout: 'node2 | hello\n' });
    expect(await w.belt('scp node2:/etc/motd back')).toEqual(done());
    expect(readFileSync(here('back'), 'utf8')).toBe('hello\n');
    expect(modeAndTime('back')).toEqual(['640', 1_600_000_000_000]);
  });

  test('a folder becomes what the destination names, or goes into it where that is there', async () => {
    w.write('site/a/b.txt', 'b');
    w.write('site/c.txt', 'c');
    chmodSync(here('site/a'), 0o750);
    utimesSync(here('site/a'), 1_500_000_000, 1_500_000_000);
    expect(await w.belt('scp site node1:/srv/www')).toEqual(done());
    expect(await w.belt('scp site node1:/srv/www')).toEqual(done());
    expect(await w.belt('scp node1:/srv/www back')).toEqual(done());
    expect(readdirSync(here('back'), { recursive: true }).toSorted()).toEqual([
      'a',
      'a/b.txt',
      'c.txt',
      'site',
      'site/a',
      'site/a/b.txt',
      'site/c.txt',
    ]);
    expect(modeAndTime('back/a')).toEqual(['750', 1_500_000_000_000]);
    expect(await w.belt('scp site/. node1:~')).toEqual(done());
    expect(await w.belt('exec node1 -- cat /root/a/b.txt')).toMatchObject({ stdout: 'node1 | b\n' });
  });

  test('from several nodes each to a folder of its own', async () => {
    expect(await w.belt('scp @all:/etc/hostname back')).toEqual(done('copied from 3 nodes to back/NODE/\n'));
    expect(['node1', 'node2', 'node3'].map((name) => readFileSync(here('back', name, 'hostname'), 'utf8'))).toEqual([
      'node1\n',
      'node2\n',
      'node3\n',
    ]);
  });

  test('names arrive byte for byte', async () => {
    const names = ['a  b', '-rf', 'two\nlines', '$HOME;`x`', 'ä', 'a\u0308', '~', 'x:y', '*', '日本', "it's", '\\'];
    mkdirSync(here('names'), { recursive: true });
    for (const name of names) writeFileSync(here('names', name), name);
    expect(await w.belt(['scp', './names/', 'node1:/tmp/'])).toEqual(done());
    for (const name of names) {
      expect(await w.belt(['scp', `node1:/tmp/names/${name}`, './back'])).toEqual(done());
      expect(readFileSync(here('back'), 'utf8')).toBe(name);
      rmSync(here('back'));
    }
    for (const name of ['-rf', 'x:y', '~']) {
      expect(await w.belt(['scp', `./names/${name}`, 'node1:./copied'])).toEqual(done());
      expect(await w.belt('exec node1 -- cat /root/copied')).toMatchObject({ stdout: `node1 | ${name}\n` });
    }
  });

  test('names from a node that steer a terminal are refused, and the others come', async () => {
    mkdirSync(here('odd'), { recursive: true });
    writeFileSync(here('odd', 'a\u001b[2J'), 'x');
    writeFileSync(here('odd', 'b'), 'b');
    await w.belt('scp odd node1:/opt/');
    expect(await w.belt('scp node1:/opt/odd back')).toEqual(
      failed(1, 'node1 | not copied: /opt/odd/a\\x1b[2J: its name has control characters\n'),
    );
    expect(readdirSync(here('back'))).toEqual(['b']);
  });

  test('links are followed; what leads nowhere is named', async () => {
    w.write('linked/real', 'r');
    symlinkSync('real', here('linked/soft'));
    symlinkSync('nowhere', here('linked/dangling'));
    symlinkSync('.', here('linked/round'));
    expect(await w.belt('scp linked node[1:2]:/opt')).toEqual(
      failed(
        1,
        'warning: not copied: linked/dangling: no such file or folder\n' +
          'warning: not copied: linked/round: a link to a folder that it is in\ncopied to /opt on 2 nodes\n',
      ),
    );
    expect(await w.belt('exec node1 -- cat /opt/linked/soft')).toMatchObject({ stdout: 'node1 | r\n' });
  });

  test('one node’s failure is its own', async () => {
    await w.belt('scp site node1,node3:/srv/app');
    expect(await w.belt('scp motd node[1:3]:/srv/app/')).toEqual(
      failed(
        3,
        'node2 | error: /srv/app: there is no such folder\n' +
          'node2 | hint: make it: belt exec node2 -- mkdir -p /srv/app\ncopied to /srv/app on 2 of 3 nodes, failed: node2\n',
      ),
    );
    expect(await w.belt('scp motd node2:/no/such/name')).toEqual(
      failed(1, 'node2 | error: /no/such/name: there is no folder /no/such/\n'),
    );
    const none = await w.belt('scp @all:/etc/motd2 back');
    // Each says so when it is done.
    expect({ ...none, stderr: none.stderr.split('\n').toSorted() }).toEqual({
      ...failed(1, ''),
      stderr: [
        '',
        ...[1, 2, 3].map((n) => `node${n} | error: /etc/motd2: no such file or folder`),
        'nothing was copied, failed: node[1:3]',
      ],
    });
  });

  test('a node that is down fails alone', async () => {
    await w.belt('create 512mb down1');
    await act(w, 'down1', 'power_off');
    const { code, stderr } = await w.belt('scp motd node1,down1:/tmp/');
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^down1 \| error: down1.*\ndown1 \| hint: .*\ncopied to \/tmp on 1 of 2 nodes, failed: down1\n$/,
    );
    expect((await w.belt('scp motd down1:/tmp/')).code).toBe(255);
    const { error } = JSON.parse((await w.belt('scp --json motd down1:/tmp/')).stderr);
    expect(error).toMatchObject({ exitCode: 255, nodes: [{ name: 'down1', hint: expect.stringContaining('power') }] });
    await w.belt('rm down1 -y');
  });

  test('as JSON, an object a node', async () => {
    const { stdout } = await w.belt('scp --json site node[1:2]:/opt/json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    ).toEqual([
      { node: 'node1', exitCode: 0, files: 2, bytes: 2, verified: 'sha256' },
      { node: 'node2', exitCode: 0, files: 2, bytes: 2, verified: 'sha256' },
    ]);
  });

  test('what is there already is not copied again, and its folder keeps mode and times', async () => {
    await w.belt('scp site/. node1:/srv/same');
    for (const scp of ['scp --json site/. node1:/srv/same', 'scp --json site/. node1:/srv/same/']) {
      expect(JSON.parse((await w.belt(scp)).stdout)).toEqual({
        node: 'node1',
        exitCode: 0,
        files: 2,
        bytes: 0,
        unchanged: 2,
        verified: 'sha256',
      });
    }
    await w.belt('scp node1:/srv/same back');
    expect(JSON.parse((await w.belt('scp --json node1:/srv/same/. back')).stdout)).toMatchObject({ unchanged: 2 });
    expect(modeAndTime('back/a')).toEqual(['750', 1_500_000_000_000]);
  });

  test.each([
    ['scp motd', 'error: belt scp needs a destination\nhint: see: belt help scp\n'],
    [
      'scp motd other',
      'error: belt scp copies to nodes or from them: one side must be NODE:PATH\n' +
        'hint: here, use cp; such as: belt scp motd node1:/tmp/\n',
    ],
    [
      'scp node1:/etc/motd node2:/etc/',
      'error: belt scp does not copy from node to node\n' +
        'hint: in two steps: belt scp node1:/etc/motd . and then belt scp … node2:/etc/\n',
    ],
    ['scp nosuch node1:/etc/', 'error: nosuch: no such file or folder\n'],
    ['scp motd node9:/etc/', 'error: there is no node "node9"\nhint: did you mean node1, node2, node3?\n'],
    [
      'scp motd deploy@node1:/etc/',
      'error: "deploy@node1:/etc/": belt logs in as ssh_user in .belt.yaml says, not as deploy\nhint: leave "deploy@" out\n',
    ],
    [
      'scp node1:~bob/x .',
      'error: "~bob/x": belt does not look for the home of another user\n' +
        'hint: write its whole path, or ./~bob for a file of that name\n',
    ],
  ])('%s', async (words, stderr) => {
    expect(await w.belt(words)).toEqual(failed(2, stderr));
  });
});

describe('a copy that is cut', () => {
  const w = world();
  const [LINE, LINES] = ['0123456789abcdef', 512 * 1024];
  beforeAll(async () => {
    await w.sandbox();
    await w.belt('create 512mb node[1:2]');
    w.write('big', LINE.repeat(LINES));
  });
  afterAll(() => w.end());

  test('a folder under a new name: the hint continues it, in the same place', async () => {
    mkdirSync(join(w.cwd, 'site'));
    w.write('site/big', LINE.repeat(LINES));
    await w.belt('scp site node1:/srv/');
    const run = w.start('scp node1:/srv/site www');
    const begun = () => existsSync(join(w.cwd, 'www')) && readdirSync(join(w.cwd, 'www')).length > 0;
    await expect.poll(begun, { interval: 1 }).toBe(true);
    run.interrupt();
    const { code, stderr } = await run.outcome;
    const hint = 'hint: to continue what was under way: belt scp node1:/srv/site/. www\n';
    expect([code, stderr]).toEqual([130, `error: interrupted: nothing is half-written under its name\n${hint}`]);
    expect((await w.belt('scp node1:/srv/site/. www')).code).toBe(0);
    expect(readdirSync(join(w.cwd, 'www'))).toEqual(['big']);
  });

  test('several from a node go into a folder that is there', async () => {
    await w.belt('scp big node1:/srv/one');
    await w.belt('scp big node1:/srv/two');
    const { code, stderr } = await w.belt('scp node1:/srv/one node1:/srv/two nowhere');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere: there is no such folder here')]);
  });

  test('from a node: nothing stands under its name, and the same command continues it', async () => {
    await w.belt('scp big node1:/srv/');
    mkdirSync(join(w.cwd, 'back'));
    const kept = () => readdirSync(join(w.cwd, 'back')).map((name) => [name, statSync(join(w.cwd, 'back', name)).size]);
    const run = w.start('scp node1:/srv/big back');
    await expect.poll(() => kept()[0]?.[1] ?? 0, { interval: 1 }).toBeGreaterThan(0);
    run.interrupt();
    expect(await run.outcome).toEqual(
      failed(
        130,
        'error: interrupted: nothing is half-written under its name\nhint: the same command continues what was under way\n',
      ),
    );
    expect(kept()).toEqual([[expect.stringMatching(/^\.big\.belt-[0-9a-f]{8}$/), expect.any(Number)]]);
    const { code, stderr } = await w.belt('scp node1:/srv/big back');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^node1 \| continued at [\d.]+ [kM]?B\n$/)]);
    expect(readdirSync(join(w.cwd, 'back'))).toEqual(['big']);
    expect(readFileSync(join(w.cwd, 'back/big')).equals(readFileSync(join(w.cwd, 'big')))).toBe(true);
  });
});
