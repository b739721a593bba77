// The entry point: builds the context, runs the command, and is the only place where belt exits.
import events from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { isatty } from 'node:tty';
import { wishesOf } from './cli/globals.ts';
import { refuseNotText } from './cli/not-text.ts';
import { runCli } from './cli.ts';
import type { Edges } from './context.ts';
import { EXIT, UsageError } from './errors.ts';
import { databaseHome, homeFolder } from './home.ts';
import { Interrupts } from './interrupts.ts';
import { Secrets } from './output/mask.ts';
import { callerOf } from './shell.ts';

/** Of the standard streams those that are terminals as belt starts. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));

void main();

async function main(): Promise<void> {
  // Users need not see deprecation warnings about bundled libraries (docker-modem's url.parse on newer Nodes).
  process.noDeprecation = !process.argv.includes('--debug');
  // Hundreds of nodes wait for one signal: that is not a leak.
  events.setMaxListeners(0);
  const unwritable = { stdout: false };
  const interrupts = new Interrupts(() => exit(unwritable.stdout ? EXIT.failed : EXIT.interrupted), Date.now);
  // Also those that docker passes on to a container; SIGUSR1 would open Node's debugger.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => interrupts.raise(signal));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`belt ls | head -1`) is not an error; output that cannot be written (`belt ls > full-disk`) is.
    if (error.code !== 'EPIPE' && !unwritable.stdout) {
      unwritable.stdout = true;
      process.stderr.write(
        `error: cannot write to standard output: ${CANNOT_WRITE[error.code ?? ''] ?? error.message}\n`,
      );
    }
    interrupts.raise('SIGPIPE');
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    // There is nowhere to report it, and results do not go there.
    if (error.code === 'EPIPE') interrupts.raise('SIGPIPE');
  });
  const { env } = process;
  const words = process.argv.slice(2);
  const secrets = new Secrets([env['DIGITALOCEAN_ACCESS_TOKEN'], env['DIGITALOCEAN_TOKEN']]);
  let code: number;
  try {
    refuseNotText(words);
    code = await runCli(words, edgesOf(interrupts, secrets));
  } catch (error) {
    const { explain } = await import('./output/explain.ts');
    code = await explain(error, { stderr: process.stderr, env, wishes: wishesOf(words), secrets });
  }
  // Abandoned connections must not keep the process alive, but all output must be flushed.
  const printing = [process.stdout, process.stderr].filter(({ writableLength }) => writableLength > 0);
  await Promise.all(printing.map((stream) => new Promise((done) => stream.write('', done))));
  // The error of a failed write arrives a moment later.
  await new Promise((done) => setImmediate(done));
  exit(unwritable.stdout ? EXIT.failed : code);
}

/**
 * Node sets the modes of terminals back when it ends, and aborts where one was closed meanwhile (EIO: a crash with a core dump for a
 * window that was shut). It leaves those alone that are another file by then.
 */
function exit(code: number): never {
  for (const fd of terminals.filter((one) => !isatty(one))) {
    try {
      closeSync(fd);
      // It gets the number that is free now.
      openSync('/dev/null', 'r+');
    } catch {}
  }
  process.exit(code);
}

const CANNOT_WRITE: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on device',
  EDQUOT: 'the disk quota is used up',
  EIO: 'input/output error',
  EFBIG: 'the file is too large',
};

/** Each is created when a command needs it: printing help needs none. */
function edgesOf(interrupts: Interrupts, secrets: Secrets): Edges {
  return {
    env: process.env,
    get cwd() {
      return currentFolder();
    },
    get home() {
      return homeFolder(process.env);
    },
    get databaseHome() {
      return databaseHome();
    },
    get stdin() {
      return process.stdin;
    },
    stdinIsTerminal: isatty(0),
    get caller() {
      return callerOf(process.ppid);
    },
    stdout: process.stdout,
    stderr: process.stderr,
    interrupts,
    secrets,
  };
}

/** @throws UsageError when somebody deleted it */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new UsageError('the current folder no longer exists', { hint: 'change to another one: cd', cause });
  }
}
