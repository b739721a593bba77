import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ConnectConfig } from 'ssh2';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTo, dial, keyPair, open, runOver, startWorld, until, userKey, type World } from './with-hosts.ts';

const hostKey = keyPair();
const secondKey = keyPair();
const cloudConfig = [
  '#cloud-config',
  'hostname: from-cloud-init',
  `ssh_authorized_keys: ["${secondKey.public}"]`,
  'ssh_keys:',
  '  ed25519_private: |',
  ...hostKey.private
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`),
  `  ed25519_public: ${hostKey.public}`,
  'write_files:',
  '  - { path: /etc/motd, content: aGVsbG8K, encoding: b64 }',
  'runcmd: [[touch, /tmp/x]]',
  '',
].join('\n');

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.add('plain');
  await world.add('configured', { userData: cloudConfig });
});
afterAll(() => world.close());

const streamTo = (client: ssh2.Client): Promise<string> =>
  new Promise((resolve, reject) => {
    client.openssh_forwardOutStreamLocal('/var/run/docker.sock', (error, channel) => {
      channel?.destroy();
      if (error) reject(error);
      else resolve('opened');
    });
  });

describe('logging in', () => {
  test('with the right key', async () => {
    expect(await world.run('plain', 'hostname')).toEqual({ stdout: 'plain\n', stderr: '', code: 0 });
  });

  test.each<[string, ConnectConfig]>([
    ['another key', { privateKey: keyPair().private }],
    ['another user', { username: 'admin' }],
    ['a password', { authHandler: ['password'], password: 'secret' }],
  ])('%s is refused', async (_, config) => {
    await expect(world.connect('plain', config)).rejects.toThrow('All configured authentication methods failed');
  });

  test('the sixth wrong key ends the connection', async () => {
    const offered: string[] = [];
    const keys = Array.from({ length: 8 }, () => keyPair().private);
    await expect(
      connectTo(world.addressOf('plain'), world.port, {
        authHandler: (_left, _partial, next) => {
          const key = keys.shift();
          if (key === undefined) return next(false as never);
          offered.push(key);
          return next({ type: 'publickey', username: 'root', key });
        },
      }),
    ).rejects.toThrow();
    expect(offered).toHaveLength(6);
  });

  test('a signature that is not by the key is refused', async () => {
    // Claims the right key and signs with another.
    const right = ssh2.utils.parseKey(userKey.private) as ssh2.ParsedKey;
    const wrong = ssh2.utils.parseKey(keyPair().private) as ssh2.ParsedKey;
    const forged = Object.create(right, { sign: { value: wrong.sign.bind(wrong) } }) as ssh2.ParsedKey;
    await expect(world.connect('plain', { privateKey: forged as never })).rejects.toThrow(
      'authentication methods failed',
    );
  });

  test('with the fault plain-user, others log in as well, and may not use Docker', async () => {
    await world.add('plain-user', {}, { plainUser: true });
    const client = await world.connect('plain-user', { username: 'deploy' });
    expect((await runOver(client, 'printenv USER HOME')).stdout).toBe('deploy\n/home/deploy\n');
    const { code, stderr } = await runOver(client, 'docker system dial-stdio');
    expect([code, stderr]).toEqual([1, expect.stringContaining('permission denied')]);
    await expect(streamTo(client)).rejects.toThrow('open failed');
    await expect(streamTo(await world.connect('plain-user'))).resolves.toBe('opened');
  });

  test('with the fault no-forward, sshd opens no stream to a socket', async () => {
    await world.add('no-forward', {}, { noForward: true });
    const client = await world.connect('no-forward');
    await expect(streamTo(client)).rejects.toThrow('open failed');
    expect((await runOver(client, 'docker system dial-stdio')).code).toBe(0);
  });

  test('before SSH is up the connection is refused', async () => {
    await expect(connectTo('127.99.200.1', world.port)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('user data', () => {
  test("the host key is cloud-init's", async () => {
    let seen = '';
    const hostVerifier = (key: Buffer) => {
      seen = key.toString('base64');
      return true;
    };
    await world.connect('configured', { hostVerifier });
    expect(`ssh-ed25519 ${seen}`).toBe(hostKey.public);
  });

  test('keys, hostname and files are taken', async () => {
    const client = await world.connect('configured', { privateKey: secondKey.private });
    expect((await runOver(client, 'hostname')).stdout).toBe('from-cloud-init\n');
    expect((await runOver(client, 'cat /etc/motd')).stdout).toBe('hello\n');
    expect((await runOver(client, 'cloud-init status --wait')).stdout).toBe('status: done\n');
    expect(JSON.parse((await runOver(client, 'cloud-init status --format json')).stdout)).toMatchObject({
      status: 'done',
    });
  });

  test('of a multi-part archive every part is read, and of a key the last value counts, whole', async () => {
    const boundary = '==x==';
    const parts = [
      '#cloud-config\nhostname: too-early\nwrite_files: [{path: /b, content: b}]\nruncmd: [touch /c]\n',
      '#!/bin/sh\necho hi\n',
      cloudConfig,
    ];
    const types = ['text/cloud-config', 'text/x-shellscript', 'text/cloud-config'];
    const bodies = parts.map(
      (part, i) => `--${boundary}\nContent-Type: ${types[i]}; charset="utf-8"\nMIME-Version: 1.0\n\n${part}`,
    );
    const userData = `Content-Type: multipart/mixed; boundary="${boundary}"\nMIME-Version: 1.0\n\n${bodies.join('\n')}\n--${boundary}--\n`;
    await world.add('multipart', { userData });
    expect((await world.run('multipart', 'hostname')).stdout).toBe('from-cloud-init\n');
    expect((await world.run('multipart', 'cat /etc/motd')).stdout).toBe('hello\n');
    expect((await world.run('multipart', 'cat /b')).code).not.toBe(0);
  });

  test('cloud-init runs while the engine is still coming up', async () => {
    const slow = await world.make('slow');
    await slow.powerOn({ sshMs: 0, engineMs: 60_000 });
    await until(() => slow.record.sshAt !== undefined);
    const client = await world.connect('slow');
    expect((await runOver(client, 'cloud-init status')).stdout).toBe('status: running\n');
    expect(await runOver(client, 'docker ps')).toEqual({
      stdout: '',
      stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
      code: 1,
    });
    await expect(dial(client)).rejects.toMatchObject({ reason: 2 });
  });

  test('cloud-init status --wait waits', async () => {
    const brief = await world.make('brief');
    const startedAt = Date.now();
    await brief.powerOn({ sshMs: 0, engineMs: 800 });
    await until(() => brief.record.sshAt !== undefined);
    const { stdout, code } = await world.run('brief', 'cloud-init status --wait');
    expect(stdout).toMatch(/^(\.+\n)?status: done\n$/);
    expect(code).toBe(0);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(400);
  });
});

test('more than ten sessions at once are refused', async () => {
  const client = await world.connect('plain');
  const sleepers = await Promise.all(Array.from({ length: 10 }, () => open(client, 'sleep 60')));
  await expect(open(client, 'true')).rejects.toMatchObject({ reason: 2 });
  for (const sleeper of sleepers) sleeper.close();
  client.end();
});

test('the ssh command logs in as well', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'belt-ssh-'));
  try {
    writeFileSync(join(folder, 'key'), userKey.private, { mode: 0o600 });
    const options = [
      'StrictHostKeyChecking=no',
      `UserKnownHostsFile=${join(folder, 'known')}`,
      'LogLevel=ERROR',
      'IdentitiesOnly=yes',
    ];
    const args = [
      ...options.flatMap((option) => ['-o', option]),
      '-F',
      'none',
      '-i',
      join(folder, 'key'),
      '-p',
      String(world.port),
    ];
    const { stdout } = await promisify(execFile)('ssh', [...args, 'root@127.99.1.1', 'echo', "'a  b'"]);
    expect(stdout).toBe('a  b\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
