// Gives a host its own host key, in place of the one from its user data: whoever can read that data (the provider, a
// container that queries the metadata service) can no longer impersonate the host.
import type { Clock } from '../clock.ts';
import { BeltError } from '../errors.ts';
import { retry } from '../wait.ts';
import { connect } from './connect.ts';
import { type Connection, SshError } from './connection.ts';
import { keyBytes } from './fingerprint.ts';

const KEY = '/etc/ssh/ssh_host_ed25519_key';
/** The new key, until it atomically replaces the old one. */
const NEXT = `${KEY}.belt`;

export interface OwnHostKeyOptions {
  /** The key that the host was given. */
  interim: Buffer;
  /** Called with the new key before the host presents it: from then on both must be accepted. */
  onNext: (key: Buffer) => void;
  clock: Clock;
  signal: AbortSignal;
  /** Gives up proving the new key at this time, ms since the epoch; without it after some 80 s. */
  deadline?: number | undefined;
  /** Called with the connection that proved the key; without it, that connection is closed. */
  onProven?: ((connection: Connection) => void) | undefined;
  /** Runs a handshake when there is room for one. */
  limit: <T>(task: () => Promise<T>) => Promise<T>;
}

const PROOF_TIMEOUT_MS = 10_000;
/** sshd loads its new key some milliseconds after it was asked to. */
const RELOADED_MS = 100;
/** Few and far between: a host that limits its connections opens again after 30 s without any. */
const PROOF_PAUSES_MS = [1_000, 3_000, 31_000, 31_000];
/** How many of them a host gets that keeps presenting its old key. */
const OLD_KEY_TRIES = 2;
const PROOF_WITHIN_MS = 80_000;

/**
 * Has the host generate a key, which never leaves it, and resolves once the host was reached with only that key. May be
 * called again after an interruption at any point: completed steps are kept.
 * @throws BeltError when the host cannot; it is then reached with the interim key, or with one that `onNext` was called with
 */
export async function makeOwnHostKey(connection: Connection, options: OwnHostKeyOptions): Promise<Buffer> {
  const { interim, onNext, signal } = options;
  // Only the host has the other half of a key that it generated: this connection is the proof.
  const host = onHost(connection, signal);
  if (!connection.hostKey.equals(interim)) {
    await host.run(`rm -f ${NEXT} ${NEXT}.pub`);
    return connection.hostKey;
  }
  const [current] = await Promise.all([
    host.publicHalf(KEY),
    // ssh-keygen asks before it overwrites an existing key, and nobody would answer.
    host.run(`ssh-keygen -q -t ed25519 -N '' -f ${NEXT}`),
  ]);
  const isOwn = !current.equals(interim);
  onNext(isOwn ? current : await host.publicHalf(NEXT));
  if (isOwn) await host.run(`rm -f ${NEXT} ${NEXT}.pub`);
  else await Promise.all([host.run(`mv ${NEXT} ${KEY}`), host.run(`mv ${NEXT}.pub ${KEY}.pub`)]);
  const [own] = await Promise.all([host.publicHalf(KEY), host.reload()]);
  if (own.equals(interim)) throw new BeltError(`${KEY} could not be replaced`);
  await prove(connection, own, options);
  return own;
}

function onHost(connection: Connection, signal: AbortSignal) {
  // A user other than root may be able to become root.
  const rooted = (command: string) => (connection.host.user === 'root' ? command : `sudo -n ${command}`);
  const must = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await connection.run(rooted(command), { signal });
    if (code === 0) return stdout;
    throw new BeltError(`\`${command}\` failed: ${stderr.trim() || `exit code ${code}`}`);
  };
  return {
    reload: async () => {
      const { code } = await connection.run(rooted('systemctl reload ssh'), { signal });
      if (code !== 0) await must('systemctl reload sshd');
    },
    run: async (command: string) => (await connection.run(rooted(command), { signal })).code,
    publicHalf: async (path: string): Promise<Buffer> => {
      const key = keyBytes(await must(`ssh-keygen -y -f ${path}`));
      if (!key) throw new BeltError(`${path} contains no key`);
      return key;
    },
  };
}

/** Reaches the host with only its new key. */
async function prove({ host }: Connection, key: Buffer, options: OwnHostKeyOptions): Promise<void> {
  const { clock, signal, limit, onProven = (connection) => connection.end() } = options;
  const attempt = async () => {
    const proof = { ...host, hostKeys: [key] };
    onProven(await connect(proof, { timeoutMs: PROOF_TIMEOUT_MS, signal, limit }));
  };
  await clock.sleep(RELOADED_MS, signal);
  await retry(attempt, {
    clock,
    signal,
    deadline: options.deadline ?? clock.now() + PROOF_WITHIN_MS,
    isPassing: (error) => error instanceof SshError,
    pausesMs: (tries, error) => {
      const keepsOld = error instanceof SshError && error.refusal === 'host-key' && tries > OLD_KEY_TRIES;
      return keepsOld ? undefined : PROOF_PAUSES_MS[tries - 1];
    },
  });
}
