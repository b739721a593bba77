// Lists the keys of an ssh-agent, and logs in with one of them.
import ssh2 from 'ssh2';
import { systemClock } from '../clock.ts';
import { limited } from '../wait.ts';
import { keyLine, md5Fingerprint } from './fingerprint.ts';
import type { Identity } from './host.ts';

/** Where an identity is from that only the agent has. */
export const AGENT = 'ssh-agent';
/** How long an agent may take to list its keys. */
const LIST_MS = 3_000;
/** How long it may take to sign: a hardware key waits for its user's touch. */
const SIGN_MS = 30_000;

/**
 * The agent's keys; none when there is no agent at the socket, since files are tried next.
 * @throws TimedOut when it accepts the connection but does not answer; the signal's reason
 */
export function agentIdentities(socket: string, signal: AbortSignal): Promise<Identity[]> {
  const list = () =>
    new Promise<Identity[]>((resolve) => {
      ssh2.createAgent(socket).getIdentities((error, keys = []) => {
        resolve(error ? [] : keys.flatMap((key) => identity(parsed(key))));
      });
    });
  const late = `the ssh-agent does not answer (${LIST_MS / 1000} s)`;
  return limited(list, { clock: systemClock, signal, timeoutMs: LIST_MS, late });
}

/** An agent's key as a login method. */
export const agentWith = (socket: string, { publicKey }: Pick<Identity, 'publicKey'>): ssh2.BaseAgent =>
  new OneKey(ssh2.createAgent(socket), parsed(publicKey)!);

/** Whether the agent behind a login method is busy, perhaps waiting for its user's touch. */
export const isAgentBusy = (method: ssh2.AnyAuthMethod): boolean =>
  method.type === 'agent' && method.agent instanceof OneKey && method.agent.isSigning;

class OneKey extends ssh2.BaseAgent {
  readonly #agent: ssh2.BaseAgent;
  readonly #key: ssh2.ParsedKey;
  #signing = 0;

  constructor(agent: ssh2.BaseAgent, key: ssh2.ParsedKey) {
    super();
    this.#agent = agent;
    this.#key = key;
  }

  get isSigning(): boolean {
    return this.#signing > 0;
  }

  override getIdentities(done: ssh2.IdentityCallback<ssh2.ParsedKey>): void {
    done(undefined, [this.#key]);
  }

  override sign(...words: unknown[]): void {
    const done = words.pop() as (error?: Error, signature?: Buffer) => void;
    this.#signing++;
    const settle: typeof done = (error, signature) => {
      clearTimeout(timer);
      if (settled) return;
      settled = true;
      this.#signing--;
      done(error, signature);
    };
    let settled = false;
    const late = () => settle(new Error(`the ssh-agent does not sign (${SIGN_MS / 1000} s)`));
    const timer = setTimeout(late, SIGN_MS);
    this.#agent.sign(...([...words, settle] as Parameters<ssh2.BaseAgent['sign']>));
  }
}

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
      publicKey: `${keyLine(bytes)} ${key.comment || AGENT}`,
      fingerprint: md5Fingerprint(bytes),
      source: AGENT,
    },
  ];
}
