// A world of its own for each test file: a home, a folder, a sandbox, and the real command as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import { type AnyWorld, atLeisure, BOOK_CONFIG, type Outcome, statusOf } from '../support/world.ts';

export const BELT = join(dirname(fileURLToPath(import.meta.url)), '../../bin/belt.js');

export { BOOK_CONFIG, type Outcome } from '../support/world.ts';

export interface RunOptions {
  input?: string | Buffer;
  /** Leaves stdin open, for the test to end. */
  openStdin?: boolean;
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Ends the test's patience, in ms; four minutes unless told otherwise: what takes so long hangs. */
  timeoutMs?: number;
}

export interface Started {
  child: ChildProcess;
  outcome: Promise<Outcome>;
  /** What it printed so far. */
  so(): { stdout: string; stderr: string };
}

const PATIENCE_MS = 240_000;

export interface World extends AnyWorld<RunOptions> {
  /** Starts belt and gives the process, for tests that signal it. */
  start(words: string | readonly string[], options?: RunOptions): Started;
  /** Runs a line in a shell that finds `belt`, as an installed one is found. */
  shell(line: string, options?: RunOptions): Promise<Outcome>;
}

/** Environment that a person's shell may have and a test must not. */
const FOREIGN = /^(DIGITALOCEAN_|BELT_|DOCKER_|SSH_AUTH_SOCK$|NODE_EXTRA_CA_CERTS$|NO_COLOR$|FORCE_COLOR$)/;

export function world(): World {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'belt-e2e-'));
  const [home, cwd, bin] = ['home', 'work', 'bin'].map((name) => join(root, name)) as [string, string, string];
  for (const folder of [home, cwd, bin]) mkdirSync(folder);
  symlinkSync(BELT, join(bin, 'belt'));
  symlinkSync(process.execPath, join(bin, 'node'));
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const made: World = {
    home,
    cwd,
    env: { ...own, HOME: home, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    clock: systemClock,
    belt: (words, options) => made.start(words, options).outcome,
    start: (words, options = {}) => {
      const list = typeof words === 'string' ? words.split(' ').filter(Boolean) : words;
      return start(made, [BELT, ...list], options);
    },
    shell: (line, options = {}) => start(made, ['sh', '-c', line], options).outcome,
    write: (name, text) => {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    sandbox: async (words = '--boot-seconds 0 --api-latency 0') => {
      await made.belt('sandbox stop');
      const started = await made.belt(`sandbox start ${atLeisure(words)}`);
      if (started.code !== 0) throw new Error(`the sandbox did not start: ${started.stderr}`);
      const { stdout } = await made.belt('sandbox env --json');
      Object.assign(made.env, JSON.parse(stdout));
    },
    status: () => statusOf(made.env),
    end: async () => {
      await made.belt('sandbox stop');
      rmSync(root, { recursive: true, force: true });
    },
  };
  made.write('.belt.yaml', BOOK_CONFIG);
  return made;
}

function start(world: World, [command, ...words]: readonly string[], options: RunOptions): Started {
  const child = spawn(command!, words, {
    cwd: options.cwd ?? world.cwd,
    env: { ...world.env, ...options.env } as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin!.on('error', () => {});
  if (options.openStdin) child.stdin!.write(options.input ?? '');
  else child.stdin!.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? PATIENCE_MS);
  const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)];
  const so = () => ({ stdout: stdout(), stderr: stderr() });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: code ?? 128 + constants.signals[signal!], ...so() });
    });
  });
  return { child, outcome, so };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
