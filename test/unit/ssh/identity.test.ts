import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../src/ssh/connect.ts';
import { keyBytes } from '../../../src/ssh/fingerprint.ts';
import {
  authMethods,
  type IdentityOptions,
  loadIdentities,
  loginOrder,
  ownIdentity,
} from '../../../src/ssh/identity.ts';
import { said } from '../cloud/things.ts';
import { type Agent, type KeyFolder, keyFolder, startAgent } from './keys.ts';
import { hostAt, installed, type Sshd, sshd } from './with-sshd.ts';

const PASSPHRASE = 'correct horse';

describe.skipIf(!installed('ssh-keygen') || !installed('ssh-agent'))('identities', () => {
  let made: KeyFolder;
  let plain: string;
  let rsa: string;
  let locked: string;
  beforeAll(() => {
    made = keyFolder();
    plain = made.make('plain');
    rsa = made.make('rsa', { type: 'rsa', comment: '' });
    locked = made.make('locked', { passphrase: PASSPHRASE, comment: 'locked' });
  });
  afterAll(() => made.remove());

  let keys: KeyFolder;
  let agent: Agent | undefined;
  beforeEach(() => {
    keys = keyFolder();
    mkdirSync(keys.path('.ssh'));
  });
  afterEach(() => {
    agent?.end();
    agent = undefined;
    keys.remove();
  });

  /** Puts a key where ssh looks for it. */
  function put(path: string, name: string): string {
    for (const suffix of ['', '.pub']) copyFileSync(`${path}${suffix}`, keys.path(`.ssh/${name}${suffix}`));
    return keys.path(`.ssh/${name}`);
  }

  /** An agent that accepts, and never says anything. */
  async function silentAgent(): Promise<string> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(keys.path('silent.sock'), resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return keys.path('silent.sock');
  }

  /** Starts an agent that holds these keys. */
  function holding(...paths: string[]): string {
    agent = startAgent(keys.path('agent.sock'));
    agent.add(paths);
    return agent.socket;
  }

  const load = (about: Partial<IdentityOptions> = {}) =>
    loadIdentities({
      keyPath: undefined,
      agentSocket: undefined,
      home: keys.path('.'),
      askPassphrase: undefined,
      signal: new AbortController().signal,
      ...about,
    });
  const sources = async (about: Partial<IdentityOptions> = {}) =>
    (await load(about)).list.map(({ source, key }) => `${source}${key ? '' : ' signs'}`);

  describe('the configured key', () => {
    test('is the only one, with the public half that DigitalOcean must know', async () => {
      put(rsa, 'id_rsa');
      const { list } = await load({ keyPath: plain, agentSocket: holding(rsa) });
      expect(list).toHaveLength(1);
      expect(list[0]).toMatchObject({ publicKey: made.publicKey(plain), source: plain });
      expect(`MD5:${list[0]?.fingerprint}`).toBe(made.fingerprint(plain, 'md5'));
    });

    test('may be in PEM format, where it has no comment: it is named after its path', async () => {
      const path = keys.make('old', { type: 'rsa', format: 'PEM' });
      const { list } = await load({ keyPath: path });
      expect(list[0]?.publicKey).toBe(`${made.publicKey(path).split(' ').slice(0, 2).join(' ')} ${path}`);
    });

    test('is opened with the passphrase, asked for once', async () => {
      const asked: string[] = [];
      const askPassphrase = async (path: string) => {
        asked.push(path);
        return PASSPHRASE;
      };
      const { list } = await load({ keyPath: locked, askPassphrase });
      expect(list[0]?.publicKey).toBe(made.publicKey(locked));
      expect(asked).toEqual([locked]);
    });

    test('is not opened by another passphrase', async () => {
      expect(await said(load({ keyPath: locked, askPassphrase: async () => 'wrong' }))).toBe(
        `wrong passphrase for ${locked}\nrun the same command again`,
      );
    });

    test('is encrypted and there is no terminal', async () => {
      expect(await said(load({ keyPath: locked }))).toBe(
        `the SSH key ${locked} is encrypted and there is no terminal to ask for its passphrase\n` +
          `add it to the agent: ssh-add ${locked}`,
      );
    });

    test('is encrypted and the agent holds it: nobody is asked', async () => {
      const opened = keys.make('opened', { passphrase: '' });
      const agentSocket = holding(opened);
      // The file itself says in clear which key it is.
      execFileSync('ssh-keygen', ['-q', '-p', '-N', PASSPHRASE, '-a', '1', '-f', opened]);
      rmSync(`${opened}.pub`);
      expect(await sources({ keyPath: opened, agentSocket })).toEqual(['ssh-agent signs']);
    });

    test('is encrypted in PEM format, which does not say which key it is: its .pub does', async () => {
      const path = keys.make('pem', { type: 'rsa', format: 'PEM' });
      const agentSocket = holding(path);
      execFileSync('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-N', PASSPHRASE, '-f', path]);
      expect(await sources({ keyPath: path, agentSocket })).toEqual(['ssh-agent signs']);
      rmSync(`${path}.pub`);
      expect(await said(load({ keyPath: path, agentSocket }))).toBe(
        `the SSH key ${path} is encrypted and there is no terminal to ask for its passphrase\n` +
          `if the agent has it, write its public half next to it: ssh-keygen -y -f ${path} > ${path}.pub`,
      );
    });

    test.each([
      ['ed25519', ['ed25519']],
      ['rsa', ['rsa', { modulusLength: 2048 }]],
      ['ec', ['ec', { namedCurve: 'P-256' }]],
    ] as const)('may be in PKCS#8, as OpenSSL writes it: %s, in clear and encrypted', async (type, [kind, about]) => {
      const { privateKey, publicKey } = generateKeyPairSync(
        kind as 'rsa',
        about as unknown as { modulusLength: number },
      );
      const write = (name: string, cipher?: object) => {
        const path = keys.path(name);
        writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher } as never), { mode: 0o600 });
        return path;
      };
      const plainPath = write(`${type}-plain`);
      const locked8 = write(`${type}-locked`, { cipher: 'aes-256-cbc', passphrase: PASSPHRASE });
      const [identity] = (await load({ keyPath: plainPath })).list;
      const data = Buffer.from('signed');
      expect(identity?.key?.verify(data, identity.key.sign(data))).toBe(true);
      expect(publicKey.export({ type: 'spki', format: 'pem' })).toBe(`${identity?.key?.getPublicPEM()}\n`);
      const [opened] = (await load({ keyPath: locked8, askPassphrase: async () => PASSPHRASE })).list;
      expect(opened?.fingerprint).toBe(identity?.fingerprint);
      expect(await said(load({ keyPath: locked8, askPassphrase: async () => 'wrong' }))).toContain('wrong passphrase');
    });

    test('may be named by its public half, where the private one lies beside it or in the agent', async () => {
      const path = put(plain, 'id_work');
      expect(await sources({ keyPath: `${path}.pub` })).toEqual([path]);
      rmSync(path);
      expect(await said(load({ keyPath: `${path}.pub`, agentSocket: holding(rsa) }))).toBe(
        `${path}.pub is a public key, and its private half is neither next to it nor in the ssh-agent\n` +
          'add the private half to the agent with ssh-add, or set ssh_key_path to it',
      );
      agent?.add([plain]);
      expect(await sources({ keyPath: `${path}.pub`, agentSocket: agent?.socket })).toEqual(['ssh-agent signs']);
    });

    test('that others may read is refused, as OpenSSH does', async () => {
      const path = put(plain, 'id_open');
      chmodSync(path, 0o644);
      expect(await said(load({ keyPath: path }))).toBe(
        `the SSH key ${path} can be read by others (mode 0644)\nchmod 600 ${path}`,
      );
    });

    test('cannot be read', async () => {
      const gone = keys.path('gone');
      const hint = 'set ssh_key_path to your private key';
      expect(await said(load({ keyPath: gone }))).toBe(`cannot read the SSH key ${gone}: no such file\n${hint}`);
      expect(await said(load({ keyPath: keys.path('.') }))).toBe(
        `cannot read the SSH key ${keys.path('.')}: it is a folder\n${hint}`,
      );
    });

    test.skipIf(process.getuid?.() === 0)('may not be read', async () => {
      const path = put(plain, 'id_ed25519');
      chmodSync(path, 0);
      expect(await said(load({ keyPath: path }))).toBe(
        `cannot read the SSH key ${path}: permission denied\nset ssh_key_path to your private key`,
      );
    });

    test('is no private key', async () => {
      const hint = 'set ssh_key_path to an OpenSSH or PEM private key';
      const text = keys.path('text');
      writeFileSync(text, 'hello\n');
      expect(await said(load({ keyPath: text }))).toBe(`${text} is not a private key that belt can read\n${hint}`);
    });
  });

  describe('without a configured key', () => {
    test("the agent's come first, then the usual files, each key once", async () => {
      put(plain, 'id_ed25519');
      const path = put(rsa, 'id_rsa');
      expect(await sources()).toEqual([keys.path('.ssh/id_ed25519'), path]);
      expect(await sources({ agentSocket: holding(plain) })).toEqual(['ssh-agent signs', path]);
    });

    test('id_ecdsa stands between the two others', async () => {
      const path = put(keys.make('ec', { type: 'ecdsa' }), 'id_ecdsa');
      const last = put(rsa, 'id_rsa');
      expect(await sources()).toEqual([path, last]);
    });

    test('a usual file that others may read is passed over with a warning', async () => {
      chmodSync(put(plain, 'id_ed25519'), 0o640);
      const path = put(rsa, 'id_rsa');
      const warnings: string[] = [];
      expect(await sources({ onWarning: (text) => warnings.push(text) })).toEqual([path]);
      expect(warnings).toEqual([
        `the SSH key ${keys.path('.ssh/id_ed25519')} can be read by others (mode 0640): ignoring it`,
      ]);
    });

    test('an agent that accepts and keeps silent is passed over with a warning after 3 s', async () => {
      const path = put(plain, 'id_ed25519');
      const agentSocket = await silentAgent();
      const warnings: string[] = [];
      expect(await sources({ agentSocket, onWarning: (text) => warnings.push(text) })).toEqual([path]);
      expect(warnings).toEqual(['the ssh-agent does not answer (3 s): trying key files only']);
    });

    test('an interrupt ends the wait for an agent at once', async () => {
      const agentSocket = await silentAgent();
      const controller = new AbortController();
      const loading = load({ agentSocket, signal: controller.signal });
      controller.abort(new Error('interrupted'));
      await expect(loading).rejects.toThrow('interrupted');
    });

    test('an agent that does not answer is passed over', async () => {
      const path = put(plain, 'id_ed25519');
      expect(await sources({ agentSocket: keys.path('nobody.sock') })).toEqual([path]);
    });

    test('an encrypted file is left closed while there is another key, wherever that is', async () => {
      put(locked, 'id_ed25519');
      const path = put(rsa, 'id_rsa');
      expect(await sources()).toEqual([path]);
      rmSync(path);
      expect(await sources({ agentSocket: holding(plain) })).toEqual(['ssh-agent signs']);
    });

    test('an encrypted file is opened when there is nothing else', async () => {
      const path = put(locked, 'id_ed25519');
      expect(await sources({ askPassphrase: async () => PASSPHRASE })).toEqual([path]);
      expect(await said(load())).toBe(
        `the SSH key ${path} is encrypted and there is no terminal to ask for its passphrase\n` +
          `add it to the agent: ssh-add ${path}`,
      );
    });

    test('there is none at all', async () => {
      expect(await said(load({ agentSocket: holding() }))).toBe(
        'no SSH key to log in with\n' + 'create one with `ssh-keygen -t ed25519`, or set ssh_key_path in .belt.yaml',
      );
    });
  });

  test('new droplets get the usual key rather than any other that the agent holds', async () => {
    put(rsa, 'id_rsa');
    const identities = await load({ agentSocket: holding(plain, rsa) });
    const bytes = (line: string) => keyBytes(line)?.toString('base64');
    expect(bytes(ownIdentity(identities, keys.path('.')).publicKey)).toBe(bytes(made.publicKey(rsa)));
    expect(bytes(ownIdentity(identities, '/nowhere').publicKey)).toBe(bytes(made.publicKey(plain)));
  });

  describe('logging in', () => {
    let server: Sshd;
    beforeEach(async () => {
      const authorized = [rsa, plain].map((path) => keyBytes(made.publicKey(path))!);
      server = await sshd({ authorized });
    });
    afterEach(() => server.close());

    async function login(about: Partial<IdentityOptions>): Promise<string> {
      const auth = authMethods(await load(about), 'root');
      const connection = await connect(hostAt(server.port, { auth }), { timeoutMs: 5_000 });
      const { stdout } = await connection.run('echo in');
      connection.end();
      return stdout;
    }

    test('with a file', async () => {
      expect(await login({ keyPath: rsa })).toBe('in\n');
      expect(server.auths).toEqual(['publickey root', 'publickey root, signed']);
    });

    test('through the agent', async () => {
      expect(await login({ agentSocket: holding(plain) })).toBe('in\n');
    });

    test('with seven keys in the agent five are shown, the known one first', async () => {
      const others = Array.from({ length: 7 }, (_, n) => keys.make(`other${n}`));
      const identities = await load({ agentSocket: holding(...others, plain) });
      const known = made.fingerprint(plain, 'sha256');
      for (const [fingerprints, count] of [
        [[known], 1],
        [[], 5],
      ] as const) {
        server.auths.length = 0;
        const list = loginOrder(identities, identities.list[0]!, fingerprints);
        const logins: number[] = [];
        const auth = authMethods({ ...identities, list }, 'root');
        const host = hostAt(server.port, { auth, onLogin: (index) => logins.push(index) });
        const login = connect(host, { timeoutMs: 5_000 }).then((connection) => connection.end());
        if (count === 1) await login;
        else await expect(login).rejects.toThrow('it rejected the SSH key for root');
        expect(server.auths.filter((one) => !one.includes('signed'))).toHaveLength(count);
        expect(logins).toEqual(count === 1 ? [0] : []);
      }
    });

    test('the configured key is not lost behind the others that an agent holds', async () => {
      const others = Array.from({ length: 7 }, (_, n) => keys.make(`other${n}`));
      const path = keys.path('closed');
      copyFileSync(plain, path);
      execFileSync('ssh-keygen', ['-q', '-p', '-N', PASSPHRASE, '-a', '1', '-f', path]);
      // sshd hangs up at the sixth key that it does not know.
      expect(await login({ keyPath: path, agentSocket: holding(...others, plain) })).toBe('in\n');
    });
  });
});
