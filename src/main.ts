// The entry: builds the edges, runs the words, and is the one place where belt turns an error into text and exits.
import events from 'node:events';
import os from 'node:os';
import { isatty } from 'node:tty';
import { runCli } from './cli.ts';
import { BeltError, EXIT, exitCodeOf, UsageError } from './errors.ts';
import { Interrupts } from './interrupts.ts';

void main();

async function main(): Promise<void> {
  // What a library in the bundle calls is not for users to read of (docker-modem's url.parse on newer Nodes).
  process.noDeprecation = !process.argv.includes('--debug');
  // Hundreds of nodes wait for one signal: that is no leak, and no warning to print.
  events.setMaxListeners(0);
  const interrupts = new Interrupts(() => process.exit(EXIT.interrupted), Date.now);
  // Also those that docker passes on to a container; SIGUSR1 would open Node's debugger.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)
    process.on(signal, () => interrupts.raise(signal));
  // A reader that went away (`belt ls | head -1`).
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => interrupts.raise('SIGPIPE'));
  const edges = {
    env: process.env,
    cwd: process.cwd(),
    home: process.env['HOME'] || os.homedir(),
    // Opened when a command asks for it: printing help needs none.
    get stdin() {
      return process.stdin;
    },
    stdinIsTerminal: isatty(0),
    stdout: process.stdout,
    stderr: process.stderr,
    interrupts,
  };
  let code: number;
  try {
    code = await runCli(process.argv.slice(2), edges);
  } catch (error) {
    code = await explain(error);
  }
  // Connections that nobody waits for any more must not hold the process up.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))));
  process.exit(code);
}

/** What a user reads when something went wrong; gives the exit code. */
async function explain(error: unknown): Promise<number> {
  const { colours } = await import('./output/colours.ts');
  const words = process.argv.slice(2);
  const terminal = process.stderr.isTTY === true;
  const { red, dim, bold } = await colours({ terminal, env: process.env, refused: words.includes('--no-color') });
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const debug = words.includes('--debug') && error instanceof Error;
  if (!(error instanceof BeltError)) {
    say(`${red('error:')} belt went wrong: ${error instanceof Error ? error.message : String(error)}`);
    if (debug) say(dim(error.stack ?? ''));
    else say(`${dim('hint:')} run it again with --debug to see where, and please report it`);
    return exitCodeOf(error);
  }
  say(`${red('error:')} ${error instanceof UsageError ? bold(error.message) : error.message}`);
  for (const line of error.lines) say(line);
  if (error.hint !== undefined) say(`${dim('hint:')} ${error.hint}`);
  if (debug) say(dim([error.stack, error.cause instanceof Error ? error.cause.stack : ''].join('\n').trim()));
  return exitCodeOf(error);
}
