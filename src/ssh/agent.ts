// The keys that an ssh-agent holds: who they are, and logging in with some of them.
import ssh2 from 'ssh2';
import { keyLine, md5Fingerprint } from './fingerprint.ts';
import type { Identity } from './identity.ts';

/** What the agent holds; nothing when it does not answer, since files are tried next. */
export function agentIdentities(socket: string): Promise<Identity[]> {
  return new Promise((resolve) => {
    ssh2.createAgent(socket).getIdentities((error, keys = []) => {
      resolve(error ? [] : keys.flatMap((key) => identity(parsed(key))));
    });
  });
}

/** The agent as a way to log in that offers only the chosen keys: sshd hangs up after six that it does not know. */
export function agentWith(socket: string, chosen: readonly Identity[]): ssh2.BaseAgent {
  return new ChosenKeys(ssh2.createAgent(socket), new Set(chosen.map(({ fingerprint }) => fingerprint)));
}

class ChosenKeys extends ssh2.BaseAgent {
  readonly #agent: ssh2.BaseAgent;
  readonly #fingerprints: ReadonlySet<string>;

  constructor(agent: ssh2.BaseAgent, fingerprints: ReadonlySet<string>) {
    super();
    this.#agent = agent;
    this.#fingerprints = fingerprints;
  }

  override getIdentities(done: ssh2.IdentityCallback<AgentKey>): void {
    this.#agent.getIdentities((error, keys = []) => {
      if (error) return done(error);
      done(
        undefined,
        keys.filter((key) => identity(parsed(key)).some(({ fingerprint }) => this.#fingerprints.has(fingerprint))),
      );
    });
  }

  override sign(...words: unknown[]): void {
    this.#agent.sign(...(words as Parameters<ssh2.BaseAgent['sign']>));
  }
}

type AgentKey = string | Buffer | ssh2.ParsedKey;

function parsed(key: unknown): ssh2.ParsedKey | undefined {
  const result = ssh2.utils.parseKey(publicText(key));
  return result instanceof Error ? undefined : [result].flat()[0];
}

/** ssh2's types allow several shapes; its agent gives parsed keys or wire bytes. */
function publicText(key: unknown): Buffer | string {
  if (Buffer.isBuffer(key) || typeof key === 'string') return key;
  const { pubKey } = key as { pubKey?: unknown };
  if (pubKey !== undefined) return publicText(pubKey);
  return keyLine((key as ssh2.ParsedKey).getPublicSSH());
}

function identity(key: ssh2.ParsedKey | undefined): Identity[] {
  if (key === undefined) return [];
  const bytes = key.getPublicSSH();
  return [
    {
      publicKey: `${keyLine(bytes)} ${key.comment || 'ssh-agent'}`,
      fingerprint: md5Fingerprint(bytes),
      source: 'ssh-agent',
    },
  ];
}
