// belt in the test's own process, on a sandbox in the same: words in, exact output out, in a few milliseconds each.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { wishesOf } from '../../src/cli/globals.ts';
import { parse } from '../../src/cli/parse.ts';
import { runCli } from '../../src/cli.ts';
import { type Clock, systemClock } from '../../src/clock.ts';
import { type SandboxStartOptions, sandboxOptions } from '../../src/commands/sandbox/start.ts';
import type { Edges } from '../../src/context.ts';
import { Interrupts } from '../../src/interrupts.ts';
import { explain } from '../../src/output/explain.ts';
import { Secrets } from '../../src/output/mask.ts';
import { sandboxEnv } from '../../src/sandbox/control.ts';
import { writeInfo } from '../../src/sandbox/info.ts';
import type { SandboxOptions } from '../../src/sandbox/options.ts';
import { type RunningSandbox, runSandbox } from '../../src/sandbox/run.ts';
import type { TerminalIn } from '../../src/ssh/forward.ts';
import { Screen } from '../unit/output/terminal.ts';
import { type AnyWorld, atLeisure, BOOK_CONFIG, type Outcome, statusOf, unless } from './world.ts';

export interface RunOptions {
  /** What comes from stdin; nothing, if it is not given. */
  input?: string | Buffer;
  /** On a terminal of 80 columns. */
  terminal?: boolean;
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  /** Ends the command as Ctrl-C does, when it is aborted. */
  interrupt?: AbortSignal;
}

export type World = AnyWorld<RunOptions>;

/** Waits are this much shorter than belt asks for, and deadlines stay as they are. */
const HURRY = 20;

const hurried: Clock = { now: systemClock.now, sleep: (ms, signal) => systemClock.sleep(ms / HURRY, signal) };

/** A world of its own for each test file, all in this process. */
export function world(): World {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'belt-command-'));
  const [home, cwd] = ['home', 'work'].map((name) => join(root, name)) as [string, string];
  for (const folder of [home, cwd]) mkdirSync(folder);
  // Where `belt sandbox` keeps them, so that tests find it in either kind of world.
  const folder = join(home, '.belt/sandbox/default');
  let running: RunningSandbox | undefined;
  const stop = async () => {
    await running?.close();
    running = undefined;
    rmSync(folder, { recursive: true, force: true });
  };
  const made: World = {
    home,
    cwd,
    env: { HOME: home },
    belt: (words, options) => run(made, words, options),
    write: (name, text) => {
      const path = join(cwd, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    sandbox: async (words = '') => {
      await stop();
      running = await runSandbox(
        { name: 'default', folder, imagesFolder: '', options: await startOptions(words) },
        () => {},
      );
      writeInfo(running.info);
      Object.assign(made.env, sandboxEnv(running.info));
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

async function run(world: World, given: string | readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { terminal = false, input = '' } = options;
  const words = typeof given === 'string' ? given.split(' ').filter(Boolean) : given;
  const [stdout, stderr] = [new Screen({ terminal }), new Screen({ terminal })];
  const stdin = Object.assign(new PassThrough(), { isTTY: terminal, setRawMode: () => stdin });
  stdin.end(input);
  const env = { ...world.env, ...options.env };
  const secrets = new Secrets([env['DIGITALOCEAN_ACCESS_TOKEN'], env['DIGITALOCEAN_TOKEN']]);
  const interrupts = new Interrupts(() => {}, Date.now);
  const stop = () => interrupts.raise('SIGINT');
  options.interrupt?.addEventListener('abort', stop);
  const edges: Edges = {
    env,
    home: world.home,
    cwd: options.cwd ?? world.cwd,
    stdin: stdin as unknown as TerminalIn,
    stdinIsTerminal: terminal,
    stdout,
    stderr,
    interrupts,
    secrets,
    clock: hurried,
  };
  try {
    const code = await runCli(words, edges).catch((error) =>
      explain(error, { stderr, env, wishes: wishesOf(words), secrets }),
    );
    return { code, stdout: stdout.written, stderr: stderr.written };
  } finally {
    options.interrupt?.removeEventListener('abort', stop);
  }
}
