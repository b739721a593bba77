// Waits for a host that is booting. Each try is the login itself: many hosts refuse the sixth connection in 30 s (ufw's limit), and
// OpenSSH since 9.8 penalizes clients that connect without logging in, or fail to log in.
import type { Clock } from '../clock.ts';
import { backOff, retry } from '../wait.ts';
import { connect } from './connect.ts';
import { type Connection, SshError, type SshHost } from './connection.ts';
import { isSilence } from './errors.ts';

export interface ReachOptions {
  clock: Clock;
  signal: AbortSignal;
  /** Gives up at this time, ms since the epoch. */
  deadline: number;
  /** Told the last error while it waits, but for the silence of a host that is still booting. */
  onTrouble: (short: string) => void;
  /** Runs a handshake when there is room for one: they are CPU work. */
  limit: <T>(task: () => Promise<T>) => Promise<T>;
}

const TCP_TIMEOUT_MS = 3_000;
const LOGIN_TIMEOUT_MS = 15_000;
/** Even at the deadline, a host that answers at once is still reached. */
const LEAST_MS = 1_000;
/** sshd may answer some seconds before cloud-init wrote the droplet's authorized keys. */
const AUTH_PATIENCE_MS = 45_000;
/** Five tries in 30 s: as many as a host that limits connections allows. */
const LIMITED_PAUSE_MS = 6_500;
/** A port that is closed while the host boots opens within seconds; the later it is, the less it matters to be quick. */
const CLOSED_PAUSES_MS = [500, 1_500, 2_000, 2_000, 3_000, 4_500, LIMITED_PAUSE_MS];
/** As long as a boot may take in which nothing is wrong. */
const CLOSED_FOR_MS = 45_000;
const dropped = backOff(2_500, 15_000);
const refused = (times: number): number => 5_000 * Math.min(times, 3);

/**
 * Connects to the host as soon as that is possible.
 * @throws SshError: at once for a host key that is not the pinned one, after a while for a refused login, the last error
 * at the deadline.
 */
export async function reach(host: SshHost, options: ReachOptions): Promise<Connection> {
  const { clock, deadline, signal } = options;
  const pauses = new Pauses(clock);
  try {
    return await retry(
      () => {
        const timeoutMs = Math.min(LOGIN_TIMEOUT_MS, Math.max(LEAST_MS, deadline - clock.now()));
        return connect(host, { timeoutMs, tcpTimeoutMs: TCP_TIMEOUT_MS, signal, limit: options.limit });
      },
      {
        clock,
        signal,
        deadline,
        isPassing: (error) => error instanceof SshError && error.refusal !== 'host-key' && !pauses.isAuthTooLong(error),
        pausesMs: (_tries, error) => pauses.after(error),
        onFailure: (error) => {
          if (!pauses.isBooting(error as SshError)) options.onTrouble((error as SshError).short);
        },
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    const isFinal = !(error instanceof SshError) || error.refusal === 'host-key' || pauses.isAuthTooLong(error);
    throw isFinal ? error : tooLate(host, error);
  }
}

/** How long to pause before the next try, depending on how the last one failed. */
class Pauses {
  readonly #clock: Clock;
  readonly #startMs: number;
  #firstAuthFailure: number | undefined;
  #auth = 0;
  #dropped = 0;
  #closed = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.now();
  }

  after(error: unknown): number {
    if (error instanceof SshError && error.refusal === 'auth') {
      this.#firstAuthFailure ??= this.#clock.now();
      return refused(++this.#auth);
    }
    if (!(error instanceof SshError && isSilence(error))) return dropped(++this.#dropped);
    // It accepted a connection before it closed: it may limit connections.
    if (!this.isBooting(error)) return LIMITED_PAUSE_MS;
    return CLOSED_PAUSES_MS[Math.min(this.#closed++, CLOSED_PAUSES_MS.length - 1)]!;
  }

  /** Whether a host that has not answered at all yet may just need its time. */
  isBooting(error: SshError): boolean {
    const answered = this.#auth + this.#dropped > 0;
    return isSilence(error) && !answered && this.#clock.now() - this.#startMs <= CLOSED_FOR_MS;
  }

  isAuthTooLong(error: SshError): boolean {
    const first = this.#firstAuthFailure;
    return error.refusal === 'auth' && first !== undefined && this.#clock.now() - first >= AUTH_PATIENCE_MS;
  }
}

const tooLate = (host: SshHost, { refusal, short }: SshError): SshError =>
  Object.assign(new SshError(host, refusal, `not reachable in time: ${short}`), { late: true });
