// A world of its own for each test file: a home, a folder, a sandbox, and the real command as a process.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SandboxStatus } from '../../src/sandbox/api/status.ts';

const BELT = join(dirname(fileURLToPath(import.meta.url)), '../../bin/belt.js');

export interface Outcome {
  /** 128 + n when a signal ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string | Buffer;
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Ends the test's patience, in ms. */
  timeoutMs?: number;
}

export interface World {
  home: string;
  /** The folder that belt runs in, with a `.belt.yaml` as in the book. */
  cwd: string;
  env: Record<string, string | undefined>;
  /** Runs belt with words; a string is split at spaces. */
  belt(words: string | readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Starts belt and gives the process, for tests that signal it. */
  start(words: string | readonly string[], options?: RunOptions): { child: ChildProcess; outcome: Promise<Outcome> };
  write(name: string, text: string): string;
  /** Starts this world's sandbox and points belt at it. */
  sandbox(words?: string): Promise<void>;
  status(): Promise<SandboxStatus>;
  /** Ends the sandbox and removes every file. */
  end(): Promise<void>;
}

export const BOOK_CONFIG = `---
digitalocean:
  region: sgp1
  image: 18153887
  ssh_user: root
  ssh_key_fingerprint: 816630
`;

/** Environment that a person's shell may have and a test must not. */
const FOREIGN = /^(DIGITALOCEAN_|BELT_|DOCKER_|SSH_AUTH_SOCK$|NODE_EXTRA_CA_CERTS$|NO_COLOR$|FORCE_COLOR$)/;

export function world(): World {
  const root = mkdtempSync(join(tmpdir(), 'belt-e2e-'));
  const home = join(root, 'home');
  const cwd = join(root, 'work');
  for (const folder of [home, cwd]) mkdirSync(folder);
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !FOREIGN.test(name)));
  const made: World = {
    home,
    cwd,
    env: { ...own, HOME: home },
    belt: (words, options) => made.start(words, options).outcome,
    start: (words, options) => start(made, words, options ?? {}),
    write: (name, text) => {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    sandbox: async (words = '--boot-seconds 0 --api-latency 0') => {
      const started = await made.belt(`sandbox start ${words}`);
      if (started.code !== 0) throw new Error(`the sandbox did not start: ${started.stderr}`);
      const { stdout } = await made.belt('sandbox env --json');
      Object.assign(made.env, JSON.parse(stdout));
    },
    status: async () => JSON.parse((await made.belt('sandbox status --json')).stdout),
    end: async () => {
      await made.belt('sandbox stop');
      rmSync(root, { recursive: true, force: true });
    },
  };
  made.write('.belt.yaml', BOOK_CONFIG);
  return made;
}

function start(world: World, words: string | readonly string[], options: RunOptions) {
  const list = typeof words === 'string' ? words.split(' ').filter(Boolean) : words;
  const child = spawn(process.execPath, [BELT, ...list], {
    cwd: options.cwd ?? world.cwd,
    env: { ...world.env, ...options.env } as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin!.on('error', () => {});
  child.stdin!.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000);
  const texts = [child.stdout!, child.stderr!].map(collect);
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const [stdout = '', stderr = ''] = texts.map((read) => read());
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 128), stdout, stderr });
    });
  });
  return { child, outcome };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}
