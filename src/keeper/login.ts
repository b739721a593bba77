// Signs logins for the keeper, which has no keys.
import type ssh2 from 'ssh2';
import { keyLine } from '../ssh/fingerprint.ts';
import type { SshHost } from '../ssh/host.ts';
import type { Login } from './lease.ts';

type Sign = (data: Buffer, hash: string | undefined) => Promise<Buffer>;

/** The ways to log in to a host as keys that sign. */
export async function loginOf({ auth, onLogin }: Pick<SshHost, 'auth' | 'onLogin'>): Promise<Login> {
  const signers = await Promise.all(auth.map(signerOf));
  return {
    keys: signers.map(({ line }) => line),
    sign: (key, data, hash) => signers[key]!.sign(data, hash),
    onLogin,
  };
}

async function signerOf(method: ssh2.AnyAuthMethod): Promise<{ line: string; sign: Sign }> {
  if (method.type === 'publickey') {
    const key = method.key as ssh2.ParsedKey;
    return { line: keyLine(key.getPublicSSH()), sign: async (data, hash) => signed(key.sign(data, hash)) };
  }
  const agent = (method as ssh2.AgentAuthMethod).agent as ssh2.BaseAgent<ssh2.ParsedKey>;
  const key = await promised<ssh2.ParsedKey[]>((done) => agent.getIdentities(done as never));
  return {
    line: keyLine(key[0]!.getPublicSSH()),
    sign: (data, hash) =>
      promised((done) => agent.sign(key[0]!, data, hash === undefined ? {} : ({ hash } as never), done as never)),
  };
}

/** ssh2 gives an error where a key cannot sign. */
function signed(signature: Buffer | Error): Buffer {
  if (signature instanceof Error) throw signature;
  return signature;
}

const promised = <T>(start: (done: (error: Error | undefined | null, value?: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T))));
