// Ready means: SSH with the pinned key, a command that really ran, cloud-init finished, and an engine that answers (docs/design.md §5).
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Phase } from '../model/phase.ts';
import type { Connection, SshHost } from '../ssh/connection.ts';
import { firstCommand, NotRun } from '../ssh/first-command.ts';
import { reach } from '../ssh/reach.ts';
import { poll, retry } from '../wait.ts';
import { type CloudInit, cloudInit } from './cloud-init.ts';
import { engine } from './engine.ts';

export type ReadyPhase = Extract<Phase, 'waiting for SSH' | 'running cloud-init' | 'waiting for Docker'>;

export interface ReadyOptions {
  clock: Clock;
  signal: AbortSignal;
  /** ms since the epoch. */
  deadline: number;
  limit: <T>(task: () => Promise<T>) => Promise<T>;
  /** The node entered a phase, or the last error in it changed. */
  onPhase: (phase: ReadyPhase, trouble?: string) => void;
  /** Called once with the answer of a host that does not run commands yet. */
  onNotice: (answer: string) => void;
  /** What else to do at the first login, besides waiting. */
  onLogin: (connection: Connection) => Promise<void>;
}

export interface Ready {
  /** Whether the host has a Docker engine at all; a plain image has none. */
  engine: boolean;
  /** How cloud-init ended: after an error the node works, but something in its user data did not. */
  cloudInit: CloudInit;
  /** If there is no engine: what the installation script reported, if anything. */
  engineTrouble?: string | undefined;
}

/** Set in cloud-init's own configuration, on all of DigitalOcean's images. */
const CLOUD_INIT_LOG = '/var/log/cloud-init-output.log';

const POLL_MS = 250;
/** Between a lost connection and the next one: hosts rarely allow many in a short time. */
const LOST_PAUSE_MS = 2_000;
/** Between a command that was not run and the next connection: an image whose sshd is set so may also limit connections (ufw). */
const NOTICE_PAUSE_MS = 6_500;
/** A droplet answers SSH within a minute of having an address; one that has not by then never will. */
const SSH_WITHIN_MS = 240_000;
/** cloud-init starts the engine before it ends; an engine that takes longer than this will not start by itself. */
const ENGINE_WITHIN_MS = 180_000;

/** Waits until the host is ready. @throws BeltError with the last error at the deadline, its own or that of a phase */
export function ready(host: SshHost, options: ReadyOptions): Promise<Ready> {
  options.onPhase('waiting for SSH');
  const onTrouble = (short: string) => options.onPhase('waiting for SSH', short);
  let wasLost = false;
  let noticed = false;
  const attempt = async (): Promise<Ready> => {
    const connection = await reach(host, { ...options, onTrouble, deadline: within(SSH_WITHIN_MS, options) });
    try {
      await firstCommand(connection, { signal: options.signal });
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
    // A host that is still booting may drop a connection, or run nothing; anything else is final. sshd reads its configuration for
    // each connection separately, so only another one can tell.
    isPassing: (error) => wasLost || error instanceof NotRun,
    pausesMs: (_tries, error) => (error instanceof NotRun ? NOTICE_PAUSE_MS : LOST_PAUSE_MS),
    onFailure: (error) => {
      wasLost = false;
      if (!(error instanceof NotRun)) return onTrouble('the connection was lost');
      onTrouble(error.message);
      if (!noticed) options.onNotice(error.answer);
      noticed = true;
    },
  });
}

/** Even at the deadline, a host that answers at once is still heard. */
const LEAST_MS = 500;

const within = (ms: number, { clock, deadline }: ReadyOptions): number => Math.min(deadline, clock.now() + ms);

async function insideReady(connection: Connection, options: ReadyOptions): Promise<Ready> {
  const { clock, signal, deadline } = options;
  options.onPhase('running cloud-init');
  const ended = await cloudInit(connection, { signal, timeoutMs: Math.max(LEAST_MS, deadline - clock.now()) });
  options.onPhase('waiting for Docker');
  const answers = await engineAnswers(connection, { ...options, deadline: within(ENGINE_WITHIN_MS, options) });
  if (answers || ended.end !== 'error') return { engine: answers, cloudInit: ended };
  const { stdout } = await connection.run(`tail -c 1000000 ${CLOUD_INIT_LOG}`, { signal });
  return { engine: false, cloudInit: ended, engineTrouble: engineTrouble(stdout) };
}

/** The last error from belt's part of the user data (cloud/engine/install.ts). */
const engineTrouble = (log: string): string | undefined =>
  log
    .split('\n')
    .findLast((line) => line.startsWith('belt: Docker could not be installed: '))
    ?.replace(/^.*?installed: /, '')
    .trim();

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
