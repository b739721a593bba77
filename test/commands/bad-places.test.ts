// Wrong words, a wrong .belt.yaml, a disk that is full, a network that is not there.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type World, world } from '../support/belt.ts';
import { lines, names, posts, stateFile } from '../support/probe.ts';

let w: World;
beforeAll(async () => {
  w = world();
  await w.sandbox();
});
afterAll(() => w.end());

/** The commands of a group, as they are told. */
const SWARM = '  init  start a swarm on a node\n  join  join nodes to a manager’s swarm';
const KEEP = `  status  show the SSH connections that are kept for the next command
  stop    end the connections that are kept, and what runs on them`;

const refusal = (code: number, ...stderr: string[]) => ({ code, stdout: '', stderr: lines(...stderr) });

describe.concurrent('wrong words', () => {
  it.each([
    ['creat', "unknown command 'creat'", 'did you mean create?'],
    ['frobnicate', "unknown command 'frobnicate'", 'see: belt help'],
    ['help lss', "unknown command 'lss'", 'did you mean ls?'],
    ['ls --foo', "unknown option '--foo'", 'see: belt help ls'],
    ['--foo ls', "unknown option '--foo'", 'see: belt help'],
    [
      'ls -a',
      "unknown option '-a'",
      'did you mean --all (every droplet of the account, belt’s or not)? see: belt help ls',
    ],
    [
      'ls -c',
      "unknown option '-c'",
      'did you mean --config (use this file instead of the .belt.yaml that is found)? see: belt help ls',
    ],
    [
      'sandbox stop -n1',
      "unknown option '-n1'",
      'did you mean --name (which sandbox, if several run: by default that of belt sandbox env)? see: belt help sandbox stop',
    ],
    ['ls -z', "unknown option '-z'", 'see: belt help ls'],
    ['create', 'create takes a size and names', 'such as: belt create 512mb node[1:4]'],
    ['create 512mb', 'create takes a size and names', 'such as: belt create 512mb node[1:4]'],
    ['create node1', 'create takes a size and names', 'such as: belt create 512mb node[1:4]'],
    ['rm -y', 'belt rm needs a pattern', 'see: belt help rm'],
    ['stack rm', 'belt stack rm needs a stack', 'see: belt help stack rm'],
    ['active node1 node2', 'belt active takes 1 argument, not 2', 'see: belt help active'],
    ['swarm', `belt swarm needs a command after it\n${SWARM}`, 'see: belt help swarm'],
    ['swarm jion', `unknown command 'swarm jion'\n${SWARM}`, 'did you mean join?'],
    ['swarm join node1', 'belt swarm join needs a pattern', 'see: belt help swarm join'],
    ['keep x', `unknown command 'keep x'\n${KEEP}`, 'see: belt help keep'],
    ...['create 512mb node1', 'exec node1 -- ls'].flatMap((words) =>
      ['1.5', '1e300'].map((given) => [
        words.replace(' node1', ` node1 --concurrency ${given}`),
        `--concurrency must be a whole number, 1 or more, not "${given}"`,
        `see: belt help ${words.split(' ')[0]}`,
      ]),
    ),
    ['--host', '--host needs a value: --host <pattern>', 'see: belt help'],
    ['create 512mb node1 --timeout soon', '--timeout must be a number, 0 or more, not "soon"', 'see: belt help create'],
    ['create 512mb node1 --concurrency 0', '--concurrency must be more than 0, not "0"', 'see: belt help create'],
  ])('belt %s', async (words, message, hint) => {
    expect(await w.belt(words)).toEqual(refusal(2, `error: ${message}`, `hint: ${hint}`));
  });
});

describe.concurrent('an option of belt docker before another command', () => {
  it.each([
    ['--host node2 with node1 -- ls', '--host', 'with', 'leave it out: belt with <pattern> -- [command...]'],
    ['--host node2 exec node1 -- ls', '--host', 'exec', 'leave it out: belt exec <pattern> -- [command...]'],
    ['--host node2 ssh node1', '--host', 'ssh', 'leave it out: belt ssh [words...]'],
    ['--host=node2 rm node1 -y', '--host', 'rm', 'leave it out: belt rm <pattern...>'],
    ['--host node2 swarm init node1', '--host', 'swarm init', 'leave it out: belt swarm init [node]'],
    ['--node-files version', '--node-files', 'version', 'see: belt help version'],
  ])('belt %s', async (words, option, name, hint) => {
    const message = `error: ${option} is for belt docker, not for belt ${name}`;
    expect(await w.belt(words)).toEqual(refusal(2, message, `hint: ${hint}`));
  });
});

describe('a wrong .belt.yaml: file, line and column', () => {
  it.each([
    ['ssh_port: many', 'error: bad.yaml:2:13: ssh_port must be a number from 1 to 65535, not "many"'],
    ['region: [a, b]', 'error: bad.yaml:2:11: region must be a slug (letters, digits, ".", "-" and "_"), not a list'],
    ['ipv6: perhaps', 'error: bad.yaml:2:9: ipv6 must be true or false, not "perhaps"'],
    ['vpc_uuid: 12', 'error: bad.yaml:2:13: vpc_uuid must be a UUID, not 12'],
    [
      'tags: [web, two words]',
      `error: bad.yaml:2:15: tags must be made of letters, digits, ":", "-" and "_", and none of belt's own (belt, belt-cluster-* and belt-run-*), not "two words"`,
    ],
    ['region: "sgp1', 'error: bad.yaml:3:1: a text that begins with " is not closed'],
  ])('%s', async (line, message) => {
    w.write('bad.yaml', `digitalocean:\n  ${line}\n`);
    expect(await w.belt('--config bad.yaml create 512mb node1')).toEqual(refusal(2, message));
    expect(await posts(w)).toBe(0);
  });

  it('an unknown key is an error with the nearest one', async () => {
    w.write('odd.yaml', 'digitalocean:\n  regoin: sgp1\n');
    expect(await w.belt('--config odd.yaml ls -q')).toEqual(
      refusal(2, 'error: odd.yaml:2:3: unknown key "regoin" (did you mean "region"?)'),
    );
  });

  it('a token that others can read is a warning, and works', async () => {
    const path = w.write('token.yaml', `digitalocean:\n  access_token: ${w.env['DIGITALOCEAN_ACCESS_TOKEN']}\n`);
    const env = { DIGITALOCEAN_ACCESS_TOKEN: undefined };
    chmodSync(path, 0o644);
    expect(await w.belt('--config token.yaml ls -q', { env })).toEqual({
      code: 0,
      stdout: '',
      stderr: 'warning: token.yaml contains a token and others can read it: chmod 600 token.yaml\n',
    });
    chmodSync(path, 0o600);
    expect(await w.belt('--config token.yaml ls -q', { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('a file that is not there', async () => {
    expect(await w.belt('--config nowhere.yaml ls')).toEqual(refusal(2, 'error: --config nowhere.yaml: no such file'));
  });

  it('a variable of the wrong kind', async () => {
    expect(await w.belt('ls', { env: { DIGITALOCEAN_SSH_PORT: 'many' } })).toEqual(
      refusal(2, 'error: DIGITALOCEAN_SSH_PORT must be a number from 1 to 65535, not "many"'),
    );
    expect(await w.belt('ls', { env: { DIGITALOCEAN_API_URL: 'http://example.com' } })).toEqual(
      refusal(
        2,
        'error: DIGITALOCEAN_API_URL must be an https:// URL (http:// only for this machine), not "http://example.com"',
      ),
    );
  });
});

describe.concurrent('no network', () => {
  it.each(['ls', 'create 512mb node1', 'rm -y node1', 'ip node1', '--host node1 docker ps'])(
    'belt %s',
    async (words) => {
      // Port 1 is closed, as it is on every machine.
      expect(await w.belt(words, { env: { DIGITALOCEAN_API_URL: 'http://127.0.0.1:1' } })).toEqual(
        refusal(
          1,
          'error: the sandbox at 127.0.0.1:1 does not answer: connection refused',
          'hint: start one: belt sandbox start · back to the real account: eval "$(belt sandbox env --unset)"',
        ),
      );
    },
  );
});

const HINT = 'hint: free some space or fix the folder (BELT_STATE_DIR sets another), then run the same command again';

describe('a file where the state folder should be', () => {
  it('nothing is made, and the line says why', async () => {
    const file = w.write('file', 'in the way\n');
    const env = { BELT_STATE_DIR: join(file, 'state') };
    const { code, stdout, stderr } = await w.belt('create 512mb node1', { env });
    expect({
      code,
      stdout,
      stderr: stderr.replace(/accounts\/\S+:/, 'accounts/ACCOUNT/FILE:'),
    }).toEqual(
      refusal(1, `error: cannot write ${join(file, 'state')}/accounts/ACCOUNT/FILE: its folder is a file`, HINT),
    );
    expect(await posts(w)).toBe(0);
    expect(await w.belt('ls -q', { env })).toMatchObject({ code: 0, stdout: '' });
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

describe.runIf(canMount)('a full disk under the state folder', () => {
  let disk: string;
  let env: Record<string, string>;
  beforeAll(() => {
    disk = join(w.cwd, 'disk');
    mkdirSync(disk);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'belt-e2e', disk]);
    if (status !== 0) throw new Error('cannot mount a tmpfs');
    env = { BELT_STATE_DIR: join(disk, 'state') };
  });
  afterAll(() => spawnSync('umount', ['-l', disk]));

  const fill = () => {
    const { bsize, bfree } = statfsSync(disk);
    writeFileSync(join(disk, 'fill'), Buffer.alloc(bsize * bfree));
  };
  const free = () => rmSync(join(disk, 'fill'), { force: true });

  it('belt create makes nothing', async () => {
    fill();
    const { code, stdout, stderr } = await w.belt('create 512mb node[1:2]', { env });
    expect({
      code,
      stdout,
      stderr: stderr.replace(/accounts\/\S+:/, 'accounts/ACCOUNT/FILE:'),
    }).toEqual(refusal(1, `error: cannot write ${disk}/state/accounts/ACCOUNT/FILE: the disk is full`, HINT));
    expect(await posts(w)).toBe(0);
  });

  it('belt active says that it could not be kept, and keeps what was', async () => {
    free();
    expect((await w.belt('create 512mb node[1:2]', { env })).code).toBe(0);
    expect((await w.belt('active node1', { env })).stdout).toBe('node1\n');
    fill();
    expect(await w.belt('active node2', { env })).toEqual(
      refusal(
        1,
        `warning: cannot write ${stateFile(w, 'nodes-default.json', env['BELT_STATE_DIR'])}: the disk is full`,
        `error: cannot write ${stateFile(w, 'active.json', env['BELT_STATE_DIR'])}: the disk is full`,
        HINT,
      ),
    );
    expect((await w.belt('active', { env })).stdout).toBe('node1\n');
  });

  it('what needs no disk goes on: ls, ip, docker', async () => {
    const warning = `warning: cannot write ${stateFile(w, 'nodes-default.json', env['BELT_STATE_DIR'])}: the disk is full\n`;
    expect(await w.belt('ls -q', { env })).toEqual({ code: 0, stdout: lines('node1', 'node2'), stderr: warning });
    expect(await w.belt('ip node2', { env })).toEqual({ code: 0, stdout: '127.1.0.2\n', stderr: warning });
    expect(await w.belt('docker version --format here', { env })).toEqual({ code: 0, stdout: 'here\n', stderr: '' });
  });

  it('belt rm deletes nothing that it could not forget, and all of it once there is room', async () => {
    const { code, stdout, stderr } = await w.belt('rm -y node[1:2]', { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(': the disk is full\n');
    expect(await names(w)).toEqual(['node1', 'node2']);
    free();
    expect((await w.belt('rm -y node[1:2]', { env })).stdout).toBe(lines('node1: removed', 'node2: removed'));
  });
});
