// Ready means: TCP, then SSH with the pinned key, then cloud-init finished, then the engine answers (design §5).
import type { Clock } from '../clock.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Connection, SshHost } from '../ssh/connection.ts';
import { SshError } from '../ssh/connection.ts';
import { reach } from '../ssh/reach.ts';
import { poll, retry } from '../wait.ts';
import { engine } from './engine.ts';

export type Phase = 'waiting for SSH' | 'running cloud-init' | 'waiting for Docker';

export interface ReadyOptions {
  clock: Clock;
  signal: AbortSignal;
  /** ms since the epoch. */
  deadline: number;
  limit: <T>(task: () => Promise<T>) => Promise<T>;
  /** The node entered a phase, or the last error in it changed. */
  onPhase: (phase: Phase, trouble?: string) => void;
  /** What else is done at the first login, beside the waiting. */
  onLogin: (connection: Connection) => Promise<void>;
}

export interface Ready {
  /** Whether the host has a Docker engine at all; a plain image has none. */
  engine: boolean;
  /** cloud-init finished with an error: the node works, something in its user data did not. */
  cloudInitFailed: boolean;
  /** Where there is no engine: what the script that was to install it said, if it did. */
  engineTrouble?: string | undefined;
}

/** As cloud-init's own configuration has it, on every image of DigitalOcean's. */
const CLOUD_INIT_LOG = '/var/log/cloud-init-output.log';

const POLL_MS = 250;
/** Between a connection that was lost and the next one: few hosts take many in a short time. */
const LOST_PAUSE_MS = 2_000;
/** A droplet answers SSH within a minute of having an address; one that has not in this time will not. */
const SSH_WITHIN_MS = 240_000;
/** cloud-init starts the engine before it ends; what takes longer than this after it does not start by itself. */
const ENGINE_WITHIN_MS = 180_000;

/** Waits until the host is ready. @throws BeltError with the last error at the deadline, its own or that of a phase */
export function ready(host: SshHost, options: ReadyOptions): Promise<Ready> {
  options.onPhase('waiting for SSH');
  const onTrouble = (short: string) => options.onPhase('waiting for SSH', short);
  let wasLost = false;
  const attempt = async (): Promise<Ready> => {
    const connection = await reach(host, { ...options, onTrouble, deadline: within(SSH_WITHIN_MS, options) });
    try {
      const [state] = await Promise.all([insideReady(connection, options), options.onLogin(connection)]);
      return state;
    } catch (error) {
      wasLost = connection.lost;
      throw error;
    } finally {
      connection.end();
    }
  };
  return retry(attempt, {
    ...options,
    // A host that is still booting may drop a connection; anything else is final.
    isPassing: () => wasLost,
    pausesMs: () => LOST_PAUSE_MS,
    onFailure: () => {
      wasLost = false;
      onTrouble('the connection was lost');
    },
  });
}

/** At the end of its time a host that answers at once is still heard. */
const LEAST_MS = 500;

const within = (ms: number, { clock, deadline }: ReadyOptions): number => Math.min(deadline, clock.now() + ms);

async function insideReady(connection: Connection, options: ReadyOptions): Promise<Ready> {
  options.onPhase('running cloud-init');
  const cloudInitFailed = await cloudInit(connection, options);
  options.onPhase('waiting for Docker');
  const answers = await engineAnswers(connection, { ...options, deadline: within(ENGINE_WITHIN_MS, options) });
  if (answers || !cloudInitFailed) return { engine: answers, cloudInitFailed };
  const { stdout } = await connection.run(`tail -c 1000000 ${CLOUD_INIT_LOG}`, { signal: options.signal });
  return { engine: false, cloudInitFailed, engineTrouble: engineTrouble(stdout) };
}

/** The last complaint of belt's part of the user data (cloud/engine/install.ts). */
const engineTrouble = (log: string): string | undefined =>
  log
    .split('\n')
    .findLast((line) => line.startsWith('belt: Docker could not be installed: '))
    ?.replace(/^.*?installed: /, '')
    .trim();

/** Exit codes of `cloud-init status --wait`: 0 done, 1 error, 2 done with recoverable errors, 127 not installed. */
async function cloudInit(connection: Connection, { clock, signal, deadline }: ReadyOptions): Promise<boolean> {
  const timeoutMs = Math.max(LEAST_MS, deadline - clock.now());
  try {
    const { code } = await connection.run('cloud-init status --wait', { signal, timeoutMs });
    return code === 1;
  } catch (error) {
    const isLate = error instanceof SshError && error.refusal === 'timeout';
    throw isLate ? new BeltError('cloud-init did not finish in time', { cause: error }) : error;
  }
}

/** Whether the engine answers; false where there is none. @throws its last error at the deadline */
async function engineAnswers(connection: Connection, options: ReadyOptions): Promise<boolean> {
  const docker = engine(connection, options);
  let hasDocker: boolean | undefined;
  let trouble: unknown;
  const look = async () => {
    try {
      await docker.ping();
      return true;
    } catch (error) {
      options.signal.throwIfAborted();
      if (connection.lost) throw error;
      trouble = error;
      options.onPhase('waiting for Docker', messageOf(error));
    }
    const timeoutMs = Math.max(LEAST_MS, options.deadline - options.clock.now());
    hasDocker ??= (await connection.run('docker --version', { signal: options.signal, timeoutMs })).code !== 127;
    return hasDocker ? undefined : false;
  };
  const answers = await poll(look, { ...options, intervalMs: POLL_MS });
  if (answers === undefined) throw trouble;
  return answers;
}
