import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connect } from '../../../src/ssh/connection.ts';
import { keyBytes } from '../../../src/ssh/fingerprint.ts';
import { authMethods, type IdentityOptions, loadIdentities, ownIdentity } from '../../../src/ssh/identity.ts';
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
        `the passphrase does not open ${locked}\nrun the same command again`,
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
      const path = keys.path('closed');
      copyFileSync(locked, path);
      // The agent knows it by its public half.
      copyFileSync(`${opened}.pub`, `${path}.pub`);
      expect(await sources({ keyPath: path, agentSocket: holding(opened) })).toEqual(['ssh-agent signs']);
    });

    test('cannot be read', async () => {
      const gone = keys.path('gone');
      const hint = 'set ssh_key_path to your private key';
      expect(await said(load({ keyPath: gone }))).toBe(
        `cannot read the SSH key ${gone}: there is no such file\n${hint}`,
      );
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
      const hint = 'name an OpenSSH or PEM private key with ssh_key_path';
      const text = keys.path('text');
      writeFileSync(text, 'hello\n');
      for (const path of [text, `${plain}.pub`]) {
        expect(await said(load({ keyPath: path }))).toBe(`${path} is not a private key that belt can read\n${hint}`);
      }
    });
  });

  describe('without a configured key', () => {
    test("the agent's come first, then the usual files, each key once", async () => {
      put(plain, 'id_ed25519');
      const path = put(rsa, 'id_rsa');
      expect(await sources()).toEqual([keys.path('.ssh/id_ed25519'), path]);
      expect(await sources({ agentSocket: holding(plain) })).toEqual(['ssh-agent signs', path]);
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
        'there is no SSH key to log in with\n' +
          'make one with `ssh-keygen -t ed25519`, or name yours with ssh_key_path in .belt.yaml',
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

    test('the configured key is not lost behind the others that an agent holds', async () => {
      const others = Array.from({ length: 7 }, (_, n) => keys.make(`other${n}`));
      const path = keys.path('closed');
      copyFileSync(locked, path);
      copyFileSync(`${plain}.pub`, `${path}.pub`);
      // sshd hangs up at the sixth key that it does not know.
      expect(await login({ keyPath: path, agentSocket: holding(...others, plain) })).toBe('in\n');
    });
  });
});
