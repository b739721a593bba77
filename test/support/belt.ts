// belt in the test's own process, on a sandbox in the same: words in, exact output out, in a few milliseconds each.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { wishesOf } from '../../src/cli/globals.ts';
import { parse } from '../../src/cli/parse.ts';
import { runCli } from '../../src/cli.ts';
import { type SandboxStartOptions, sandboxOptions } from '../../src/commands/sandbox/start.ts';
import type { Edges } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { explain } from '../../src/output/explain.ts';
import { Secrets } from '../../src/output/mask.ts';
import type { Exchange } from '../../src/sandbox/api/server.ts';
import { sandboxEnv } from '../../src/sandbox/control.ts';
import { writeInfo } from '../../src/sandbox/info.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type RunningSandbox, runSandbox } from '../../src/sandbox/run.ts';
import type { TerminalIn } from '../../src/ssh/forward.ts';
import { Screen } from '../unit/output/terminal.ts';
import { FlyingClock } from './flying-clock.ts';
import { type AnyWorld, atLeisure, BOOK_CONFIG, type Outcome, statusOf, unless } from './world.ts';

export interface RunOptions {
  /** What comes from stdin; nothing, if it is not given. */
  input?: string | Buffer;
  /** More comes later, by `type`. */
  open?: boolean;
  /** On a terminal of 80 columns. */
  terminal?: boolean;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** The program that starts it. */
  caller?: string;
  /** The home of the user database, where HOME is another. */
  databaseHome?: string;
}

export interface Started {
  outcome: Promise<Outcome>;
  /** What it printed so far. */
  so(): { stdout: string; stderr: string };
  /** Writes to its stdin, which was left open. */
  type(text: string): void;
  /** As Ctrl-C does. */
  interrupt(): void;
}

export interface World extends AnyWorld<RunOptions> {
  /** Starts belt, for tests that do something meanwhile. */
  start(words: string | readonly string[], options?: RunOptions): Started;
  /** Has a process stand for the sandbox's own, so that `belt sandbox` finds it running, and can stop it. */
  standIn(): void;
}

/** In memory, where there is such a place: belt has the system write to the disk what must outlive a power cut. */
const FOLDER = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

interface Watching {
  /** Sees every request to the sandbox's API, and its answer. */
  onExchange?: (exchange: Exchange) => void;
}

/** A world of its own for each test file, all in this process. */
export function world({ onExchange }: Watching = {}): World {
  const root = mkdtempSync(join(realpathSync(FOLDER), 'belt-command-'));
  const [home, cwd] = ['home', 'work'].map((name) => join(root, name)) as [string, string];
  for (const folder of [home, cwd]) mkdirSync(folder);
  // Where `belt sandbox` keeps them, so that tests find it in either kind of world.
  const folder = join(home, '.belt/sandbox/default');
  const clock = new FlyingClock();
  let running: RunningSandbox | undefined;
  let process: ChildProcess | undefined;
  const stop = async () => {
    process?.kill();
    await running?.close();
    running = undefined;
    rmSync(folder, { recursive: true, force: true });
  };
  const made: World = {
    home,
    cwd,
    env: { HOME: home },
    clock,
    belt: (words, options) => made.start(words, options).outcome,
    start: (words, options) => start(made, words, options),
    write: (name, text) => {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    sandbox: async (words = '') => {
      await stop();
      running = await runSandbox(
        { name: 'default', folder, imagesFolder: '', options: await startOptions(words), clock, onExchange },
        () => {},
      );
      writeInfo(running.info);
      Object.assign(made.env, sandboxEnv(running.info));
    },
    standIn: () => {
      // It ends with this process, of whose end its stdin tells it.
      process = spawn('sh', ['-c', 'read line', JSON.stringify(folder)], { stdio: ['pipe', 'ignore', 'ignore'] });
      writeInfo({ ...running!.info, pid: process.pid! });
    },
    status: () => statusOf(made.env),
    end: async () => {
      await stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  made.write('.belt.yaml', BOOK_CONFIG);
  return made;
}

async function startOptions(words: string): Promise<Partial<SandboxOptions>> {
  const names = ['sandbox', 'start'];
  const given = ['--boot-seconds 0', '--api-latency 0'].reduce(unless, atLeisure(words));
  const parsed = await parse([...names, ...given.split(' ').filter(Boolean)], names, () => {});
  return sandboxOptions(parsed!.options as unknown as SandboxStartOptions);
}

function start(world: World, given: string | readonly string[], options: RunOptions = {}): Started {
  const { terminal = false, input = '', open = false } = options;
  const words = typeof given === 'string' ? given.split(' ').filter(Boolean) : given;
  const [stdout, stderr] = [new Screen({ terminal }), new Screen({ terminal })];
  const stdin = Object.assign(new PassThrough(), { isTTY: terminal, setRawMode: () => stdin });
  if (open) stdin.write(input);
  else stdin.end(input);
  const env = { ...world.env, ...options.env };
  const secrets = new Secrets([env['DIGITALOCEAN_ACCESS_TOKEN'], env['DIGITALOCEAN_TOKEN']]);
  const interrupts = new Interrupts(() => {}, Date.now);
  const edges: Edges = {
    env,
    home: world.home,
    databaseHome: options.databaseHome,
    cwd: options.cwd ?? world.cwd,
    stdin: stdin as unknown as TerminalIn,
    stdinIsTerminal: terminal,
    caller: options.caller,
    stdout,
    stderr,
    interrupts,
    secrets,
    clock: world.clock,
    launch: (command, words, at) => {
      const child = spawn(command, words, at);
      child.stdin.on('error', () => {});
      stdin.pipe(child.stdin);
      child.stdout.pipe(stdout, { end: false });
      child.stderr.pipe(stderr, { end: false });
      return child;
    },
  };
  const so = () => ({ stdout: stdout.written, stderr: stderr.written });
  const outcome = runCli(words, edges)
    .catch((error) => explain(error, { stderr, env, wishes: wishesOf(words), secrets }))
    .then((code) => ({ code, ...so() }));
  return { outcome, so, type: (text) => stdin.write(text), interrupt: () => interrupts.raise('SIGINT') };
}
