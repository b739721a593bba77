// The machine's own ssh: where it is, and running it as if it had been typed.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { constants as system } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { BeltError } from '../../errors.ts';
import { isStopped } from '../../processes.ts';

export interface OpenSsh {
  path: string;
  /** As 9.2. */
  version: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = process.platform === 'win32' ? ['ssh.exe'] : ['ssh'];
const ANSWER_MS = 5_000;

/** OpenSSH's client in PATH; undefined when there is none, or when `ssh` there is another program. */
export function findOpenSsh({ env }: { env: Environment }): OpenSsh | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const path = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
  if (path === undefined) return undefined;
  const { stderr = '' } = spawnSync(path, ['-V'], { env, encoding: 'utf8', timeout: ANSWER_MS });
  const [, version] = /^OpenSSH_(?:for_Windows_)?(\d+\.\d+)/.exec(stderr ?? '') ?? [];
  return version === undefined ? undefined : { path, version: Number(version) };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface RunOptions {
  env: Environment;
  cwd: string;
  /** Registers a handler for signals to belt; returns a function that removes it. */
  onSignal: (handler: (signal: NodeJS.Signals) => void) => () => void;
}

/**
 * Runs it on belt's own stdin, stdout and stderr, and returns its exit code, 128 + n when a signal ended it.
 * @throws BeltError when it cannot be started
 */
export function runOpenSsh(path: string, words: readonly string[], options: RunOptions): Promise<number> {
  const { env, cwd, onSignal } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(path, words, { stdio: 'inherit', env, cwd });
    const forget = onSignal((signal) => void child.kill(signal));
    const forgetStops = stopTogether(child.pid);
    const settle = () => {
      forget();
      forgetStops();
    };
    child.on('error', (error) => {
      settle();
      reject(new BeltError(`cannot run ${path}: ${error.message}`, { cause: error }));
    });
    child.on('exit', (code, signal) => {
      settle();
      resolve(code ?? 128 + system.signals[signal!]);
    });
  });
}

/** ssh's `~^Z` stops ssh alone: unless this process stops too, the shell goes on waiting for it. */
function stopTogether(pid: number | undefined): () => void {
  if (pid === undefined || process.platform === 'win32') return () => {};
  const onChild = () => {
    if (isStopped(pid)) process.kill(process.pid, 'SIGSTOP');
  };
  process.on('SIGCHLD', onChild);
  return () => void process.off('SIGCHLD', onChild);
}
