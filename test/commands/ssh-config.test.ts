import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { world } from '../support/belt.ts';
import { stateFile } from '../support/probe.ts';
import { type Agent, keyFolder, startAgent } from '../unit/ssh/keys.ts';

const w = world();
const own = join(w.home, '.ssh/config');
const USERS = 'Host bastion\n  User me\n';
beforeAll(async () => {
  await w.sandbox();
  await w.belt('create 512mb node[1:2] bastion');
  await w.belt('create 512mb node1', { env: { BELT_CLUSTER: 'web' } });
});
afterAll(() => w.end());
beforeEach(async () => {
  await w.belt('ssh-config --remove');
  rmSync(join(w.home, '.ssh'), { recursive: true, force: true });
  mkdirSync(join(w.home, '.ssh'), { mode: 0o700 });
  writeFileSync(own, USERS);
  chmodSync(own, 0o640);
});

const file = () => stateFile(w, 'ssh_config');
const hosts = () => readFileSync(file(), 'utf8').match(/^Host .*$/gm);
const users = () => [...readFileSync(file(), 'utf8').matchAll(/^ {2}User (.*)$/gm)].map(([, user]) => user);
const socketFolders = () => readdirSync(join(w.home, '.ssh')).filter((name) => name.startsWith('belt-'));

test('prints an entry a node of every cluster, and changes nothing', async () => {
  const { code, stdout, stderr } = await w.belt('ssh-config');
  expect([code, stderr]).toEqual([0, '']);
  const { sshPort } = JSON.parse(readFileSync(join(w.home, '.belt/sandbox/default/info.json'), 'utf8'));
  const all = stdout
    .split(/\n(?=Host )/)
    .slice(1)
    .map((part) => part.trim());
  expect(all.map((part) => part.split('\n')[0])).toEqual([
    'Host bastion.default.belt',
    'Host node1 node1.default.belt',
    'Host node2 node2.default.belt',
    'Host node1.web.belt',
  ]);
  expect(all[1]!.split('\n').slice(1)).toEqual(
    [
      'HostName 127.1.0.1',
      `Port ${sshPort}`,
      'User root',
      'HostKeyAlias belt-18511681',
      `UserKnownHostsFile ${stateFile(w, 'known_hosts')}`,
      'GlobalKnownHostsFile /dev/null',
      'StrictHostKeyChecking yes',
      'VerifyHostKeyDNS no',
      'UpdateHostKeys no',
      'CheckHostIP no',
      'NoHostAuthenticationForLocalhost no',
      `IdentityFile ${w.env['DIGITALOCEAN_SSH_KEY_PATH']}`,
      'IdentitiesOnly yes',
      'ServerAliveInterval 15',
      'ServerAliveCountMax 3',
    ].map((line) => `  ${line}`),
  );
  expect(readFileSync(own, 'utf8')).toBe(USERS);
  expect(existsSync(file())).toBe(false);
  expect(socketFolders()).toEqual([]);
});

test('--write asks first', async () => {
  const { code, stderr } = await w.belt('ssh-config --write');
  expect([code, stderr]).toEqual([
    2,
    `a line at the top of ${own} is to include this file:\n    ${file()}\n` +
      'error: ssh-config asks before it changes ~/.ssh/config, but there is no terminal to ask on\n' +
      'hint: add -y, or include what belt ssh-config prints\n',
  ]);
  expect(readFileSync(own, 'utf8')).toBe(USERS);
  await w.belt('ssh-config --write', { terminal: true, input: 'n\n' });
  expect(readFileSync(own, 'utf8')).toBe(USERS);
  expect(existsSync(file())).toBe(false);
});

test('--write includes it once, with the modes as they were, and --remove leaves no trace', async () => {
  const written = { code: 0, stdout: `${file()}: 4 nodes\n` };
  expect(await w.belt('ssh-config --write -y')).toMatchObject(written);
  expect(await w.belt('ssh-config --write')).toEqual({
    ...written,
    stderr:
      `bastion is the name of another host in ${own}; the node is bastion.default.belt\n` +
      'now: ssh node1 · scp FILE node1:\n',
  });
  expect(readFileSync(own, 'utf8')).toBe(
    `# The nodes of belt’s clusters; off again: belt ssh-config --remove\nInclude ${file()}\n\n${USERS}`,
  );
  const mode = (path: string) => statSync(path).mode & 0o777;
  const [sockets = ''] = socketFolders();
  expect([mode(own), mode(file()), mode(join(w.home, '.ssh', sockets))]).toEqual([0o640, 0o600, 0o700]);
  expect(readFileSync(file(), 'utf8')).toMatch(
    new RegExp(
      `\n  ControlMaster auto\n  ControlPath ${w.home}/\\.ssh/${sockets}/18511681-%r-%p\n  ControlPersist 60\n`,
    ),
  );
  expect(await w.belt('ssh-config --remove')).toEqual({ code: 0, stdout: `${file()}: removed\n`, stderr: '' });
  expect([readFileSync(own, 'utf8'), mode(own), existsSync(file()), socketFolders()]).toEqual([
    USERS,
    0o640,
    false,
    [],
  ]);
});

test('--remove where nothing was written', async () => {
  expect(await w.belt('ssh-config --remove')).toEqual({ code: 0, stdout: 'nothing to remove\n', stderr: '' });
});

test('the nodes of another account keep their names', async () => {
  const other = join(w.home, '.ssh/other');
  writeFileSync(other, 'Host node1 node1.web.belt\n');
  writeFileSync(own, `Include other\n${USERS}`);
  expect(await w.belt('ssh-config --write -y')).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`node1 is the name of another host in ${other}; the node is node1.default.belt\n`),
  });
  expect(hosts()).toEqual(['Host bastion.default.belt', 'Host node1.default.belt', 'Host node2 node2.default.belt']);
});

test('once written it follows, also commands about another cluster', async () => {
  await w.belt('ssh-config --write -y');
  await w.belt('create 512mb node3');
  expect(hosts()).toContain('Host node3 node3.default.belt');
  await w.belt('create 512mb node4', { env: { BELT_CLUSTER: 'web', DIGITALOCEAN_SSH_USER: 'root' } });
  expect(hosts()).toEqual([
    'Host bastion.default.belt',
    'Host node1 node1.default.belt',
    'Host node2 node2.default.belt',
    'Host node3 node3.default.belt',
    'Host node1.web.belt',
    'Host node4.web.belt',
  ]);
  await w.belt('rm node3 -y');
  await w.belt('rm node4 -y', { env: { BELT_CLUSTER: 'web' } });
  expect(hosts()).toEqual([
    'Host bastion.default.belt',
    'Host node1 node1.default.belt',
    'Host node2 node2.default.belt',
    'Host node1.web.belt',
  ]);
});

test('each cluster keeps the login that it had when --write was typed about it', async () => {
  await w.belt('ssh-config --write -y');
  expect(users()).toEqual(['root', 'root', 'root', 'root']);
  await w.belt('ssh-config --write', { env: { BELT_CLUSTER: 'web', DIGITALOCEAN_SSH_USER: 'deploy' } });
  expect(users()).toEqual(['deploy', 'root', 'root', 'root']);
  await w.belt('ssh-config --write');
  expect(users()).toEqual(['root', 'root', 'root', 'deploy']);
});

describe('a folder that somebody else made', () => {
  const clone = join(w.home, 'clone');
  const of = (cluster: string) => {
    mkdirSync(clone, { recursive: true });
    const login = 'ssh_user: mallory, ssh_key_path: mallorys, ssh_port: 666, ssh_key_fingerprint: 7';
    writeFileSync(join(clone, '.belt.yaml'), `digitalocean: {${login}}\ncluster: {name: ${cluster}}\n`);
    return { cwd: clone, env: { DIGITALOCEAN_SSH_KEY_PATH: '', DIGITALOCEAN_SSH_PORT: '' } };
  };

  test.each(['default', 'web'])('changes no login of the cluster %s', async (cluster) => {
    await w.belt('ssh-config --write -y');
    const before = readFileSync(file(), 'utf8');
    expect(await w.belt('ls', of(cluster))).toMatchObject({ code: 0 });
    expect(readFileSync(file(), 'utf8')).toBe(before);
  });

  test('gives none to clusters that it does not name', async () => {
    const { code, stderr } = await w.belt('ssh-config --write -y', of('other'));
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(users()).toEqual(['root', 'root', 'root', 'root']);
    expect(readFileSync(file(), 'utf8')).not.toMatch(/mallory|Port 666/);
  });
});

test('a cluster that was made since has the login of its project', async () => {
  await w.belt('ssh-config --write -y');
  const env = { BELT_CLUSTER: 'new', DIGITALOCEAN_SSH_USER: 'deploy' };
  await w.belt('create 512mb n1 --no-wait', { env });
  await w.belt('ls', { env: { BELT_CLUSTER: 'new' } });
  expect(users()).toEqual(['root', 'root', 'root', 'deploy', 'root']);
  await w.belt('rm n1 -y', { env: { BELT_CLUSTER: 'new' } });
});

test('a file of any encoding keeps its bytes', async () => {
  const users = Buffer.concat([Buffer.from('# Büro\n'), Buffer.from('# B\xfcro \xff\xfe\0\r\nHost b\xe9\n', 'latin1')]);
  writeFileSync(own, users);
  await w.belt('ssh-config --write -y');
  const written = readFileSync(own);
  expect(written.subarray(-users.length)).toEqual(users);
  expect(written.toString()).toContain('# The nodes of belt’s clusters');
  expect(await w.belt('ssh-config --write')).toMatchObject({ code: 0 });
  expect(readFileSync(own)).toEqual(written);
  await w.belt('ssh-config --remove');
  expect(readFileSync(own)).toEqual(users);
});

test('without --write nothing follows', async () => {
  await w.belt('ls');
  expect([existsSync(file()), socketFolders()]).toEqual([false, []]);
});

test('a file that cannot be written stops no command', async () => {
  await w.belt('ssh-config --write -y');
  rmSync(file());
  mkdirSync(file());
  try {
    const { code, stderr } = await w.belt('ls');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^warning: the file of belt ssh-config is not up to date: cannot read .*: it is a folder\n$/,
      ),
    ]);
  } finally {
    rmSync(file(), { recursive: true });
  }
});

test.each([
  ['a pipe that nobody writes to', () => spawnSync('mkfifo', [own]), 'it is not a regular file'],
  ['without an end', () => symlinkSync('/dev/zero', own), 'it is not a regular file'],
])('an own configuration that is %s is refused', async (_what, make, why) => {
  rmSync(own);
  make();
  try {
    expect(await w.belt('ssh-config --write -y')).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: cannot read ${own}: ${why}\n`,
    });
  } finally {
    rmSync(own);
  }
});

test('--write and --remove exclude each other', async () => {
  expect(await w.belt('ssh-config --write --remove')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: --write and --remove exclude each other\n',
  });
});

test('as JSON', async () => {
  const { stdout } = await w.belt('ssh-config --json');
  expect(JSON.parse(stdout)[3]).toMatchObject({
    names: ['node1.web.belt'],
    settings: { User: 'root', HostKeyAlias: expect.stringMatching(/^belt-\d+$/) },
  });
});

const PATH = { PATH: '/usr/bin:/bin' };

describe.skipIf(spawnSync('ssh', ['-V']).error)('with the ssh of this machine', () => {
  const reads = (name: string) => spawnSync('ssh', ['-F', own, '-G', name], { encoding: 'utf8' });
  const KEYS = ['k\\', 'a\\\\b', "a\\'b"];

  test('a path that ssh would read otherwise breaks nothing', async () => {
    await w.belt('ssh-config --write -y', { env: PATH });
    const before = readFileSync(file(), 'utf8');
    for (const key of KEYS) {
      const env = { ...PATH, DIGITALOCEAN_SSH_KEY_PATH: join(w.home, key) };
      await w.belt('ls', { env });
      expect(await w.belt('ssh-config --write', { env })).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^error: OpenSSH cannot be told of the file /m),
      });
      expect(readFileSync(file(), 'utf8')).toBe(before);
    }
    expect(reads('node1')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('\nhostkeyalias belt-18511681\n'),
    });
  });

  test('no other source of host keys is asked, and a user’s own IgnoreUnknown still holds', async () => {
    writeFileSync(own, 'IgnoreUnknown UseKeychain\nUseKeychain yes\nKnownHostsCommand /bin/echo evil\n');
    await w.belt('ssh-config --write -y', { env: PATH });
    const before = readFileSync(file(), 'utf8');
    expect(before.match(/^ {2}KnownHostsCommand none$/gm)).toHaveLength(4);
    const { status, stdout } = reads('node1');
    expect([status, stdout]).toEqual([0, expect.not.stringContaining('evil')]);
    // A command that finds no ssh does not take it out again.
    await w.belt('ls');
    expect(readFileSync(file(), 'utf8')).toBe(before);
    const { stdout: inventory } = await w.belt('inventory', { env: PATH });
    expect(inventory.match(/-o KnownHostsCommand=none/g)).toHaveLength(3);
  });

  test('an ssh before 8.5, which does not know the keyword, is not told of it', async () => {
    const bin = join(w.home, 'old');
    mkdirSync(bin);
    writeFileSync(
      join(bin, 'ssh'),
      '#!/bin/sh\n[ "$1" = -V ] && { echo OpenSSH_8.4p1 >&2; exit; }\nexec /usr/bin/ssh "$@"\n',
      {
        mode: 0o755,
      },
    );
    await w.belt('ssh-config --write -y', { env: { PATH: `${bin}:/usr/bin:/bin` } });
    expect(readFileSync(file(), 'utf8')).not.toContain('KnownHostsCommand');
  });

  describe.skipIf(spawnSync('ssh-agent', ['-?']).error)('keys of an agent', () => {
    const keys = keyFolder();
    const WITH = { DIGITALOCEAN_SSH_KEY_PATH: '', SSH_AUTH_SOCK: keys.path('agent.sock') };
    const add = (...words: string[]) => spawnSync('ssh-add', words, { env: { ...process.env, ...WITH } });
    let agent: Agent | undefined;
    beforeAll(() => {
      agent = startAgent(WITH.SSH_AUTH_SOCK);
      agent.add([keys.make('a'), keys.make('b')]);
    });
    afterAll(() => {
      agent?.end();
      keys.remove();
    });
    const agentLines = () => readFileSync(file(), 'utf8').match(/^ {2}IdentityFile .*\/agent-keys\/.*$/gm) ?? [];

    test.each([
      ['is not there', () => ({ SSH_AUTH_SOCK: '' })],
      ['has gone', () => ({ SSH_AUTH_SOCK: keys.path('gone.sock') })],
      [
        'holds no keys',
        () => {
          add('-D');
          return {};
        },
      ],
    ])('stand in the file, also while the agent %s', async (_what, env) => {
      await w.belt('ssh-config --write -y', { env: WITH });
      const before = readFileSync(file(), 'utf8');
      expect(agentLines()).toHaveLength(8);
      expect(await w.belt('ls', { env: { ...WITH, ...env() } })).toMatchObject({ code: 0, stderr: '' });
      expect(readFileSync(file(), 'utf8')).toBe(before);
      add(keys.path('a'), keys.path('b'));
    });

    test('a file with the same key stands there once; a key that the agent gave up goes with its next answer', async () => {
      await w.belt('ssh-config --write -y', { env: WITH });
      add('-d', keys.path('a'));
      await w.belt('ls', { env: WITH });
      expect(agentLines()).toHaveLength(4);
      add(keys.path('a'));
      await w.belt('ls', { env: WITH });
      cpSync(keys.path('a'), join(w.home, '.ssh/id_ed25519'));
      await w.belt('ls', { env: { ...WITH, SSH_AUTH_SOCK: '' } });
      expect(agentLines()).toHaveLength(4);
      expect(readFileSync(file(), 'utf8').match(/id_ed25519$/gm)).toHaveLength(4);
    });
  });

  test('what ssh refuses is not written', async () => {
    await w.belt('ssh-config --write -y', { env: PATH });
    const before = readFileSync(file(), 'utf8');
    const bin = join(w.home, 'bin');
    mkdirSync(bin);
    // As a version that no longer knows a keyword would.
    writeFileSync(
      join(bin, 'ssh'),
      '#!/bin/sh\n[ "$1" = -V ] && { echo OpenSSH_99.1 >&2; exit; }\n' +
        'echo "$(sed -n \'s/^Include //p\' "$3"): line 3: Bad configuration option: port" >&2; exit 255\n',
      { mode: 0o755 },
    );
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const refused = /ssh cannot use what belt would write for it: .*: line 3: Bad configuration option: port\n/;
    expect(await w.belt('create 512mb node9', { env })).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(refused),
    });
    expect(await w.belt('ssh-config --write', { env })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(refused),
    });
    expect(readFileSync(file(), 'utf8')).toBe(before);
    await w.belt('rm node9 -y');
    expect(readdirSync(join(file(), '..')).filter((name) => name.startsWith('ssh_config'))).toEqual(['ssh_config']);
  });
});

test('a state folder that ssh cannot include is refused', async () => {
  const env = { BELT_STATE_DIR: join(w.home, 'a%b') };
  expect(await w.belt('ssh-config --write -y', { env })).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: ssh cannot include a file whose path has % or \\ in it: /),
  });
  expect(readFileSync(own, 'utf8')).toBe(USERS);
});

test('where HOME is not the home that ssh looks in, --write says so, and how ssh reads it all the same', async () => {
  const databaseHome = join(w.cwd, 'of the database');
  const { code, stdout, stderr } = await w.belt('ssh-config --write -y', { databaseHome });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${file()}: 4 nodes\n` });
  expect(stderr).toContain(
    `warning: ssh looks in ${databaseHome}, your home in the user database, and not in HOME: it reads ${own} only by -F; ` +
      `to have it read by itself: HOME='${databaseHome}' belt ssh-config --write\n`,
  );
  expect(stderr).toContain(`now: ssh -F ${own} node1 · scp -F ${own} FILE node1:\n`);
  // By another way to the same folder nothing is amiss.
  const link = join(w.cwd, 'link');
  symlinkSync(w.home, link);
  expect((await w.belt('ssh-config --write -y', { databaseHome: link })).stderr).not.toContain('warning');
});
