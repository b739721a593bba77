// A command that runs on a host: its streams, its signals, its place in the process table.
import { PassThrough } from 'node:stream';
import type { ServerChannel } from 'ssh2';
import { cooked, lineDiscipline, type Terminal } from './terminal.ts';

export type Signal = 'HUP' | 'INT' | 'KILL' | 'PIPE' | 'QUIT' | 'TERM' | 'USR1' | 'USR2';

/** How a process ended: with a code, or by a signal. */
export type Exit = { code: number } | { signal: Signal };

export class Process {
  readonly pid: number;
  readonly commandLine: string;
  readonly stdin = new PassThrough();
  readonly terminal: Terminal | undefined;
  readonly #channel: ServerChannel;
  readonly #killed = new AbortController();
  #connected = true;
  #pendingWrites = 0;
  /** Whether its terminal shows what is typed. */
  echoes = true;
  killedBy: Signal | undefined;

  constructor(pid: number, commandLine: string, channel: ServerChannel, terminal: Terminal | undefined) {
    this.pid = pid;
    this.commandLine = commandLine;
    this.terminal = terminal;
    this.#channel = channel;
    if (terminal === undefined) channel.pipe(this.stdin);
    else this.#attachKeys(channel);
    channel.on('close', () => this.#disconnected());
  }

  /** Aborts when a signal ends the process. */
  get killed(): AbortSignal {
    return this.#killed.signal;
  }

  /** Delivers a signal. Which exit it comes to is the command's affair. */
  kill(signal: Signal): void {
    this.killedBy ??= signal;
    this.#killed.abort();
  }

  /** Writes to stdout; resolves when the other side had room for it. */
  out(data: string | Buffer): Promise<void> {
    return this.#write(this.#channel, data);
  }

  /** Writes to stderr; with a terminal the two are one. */
  err(data: string | Buffer): Promise<void> {
    return this.#write(this.terminal === undefined ? this.#channel.stderr : this.#channel, data);
  }

  /** Tells the client how the process ended, and closes its streams. */
  exit(exit: Exit): void {
    if (!this.#connected) return;
    if ('code' in exit) this.#channel.exit(exit.code);
    else this.#channel.exit(exit.signal, false, '');
    this.#channel.end();
  }

  #attachKeys(channel: ServerChannel): void {
    const press = lineDiscipline({
      input: (bytes) => this.stdin.write(bytes),
      endOfInput: () => this.stdin.end(),
      interrupt: () => this.kill('INT'),
      echo: (text) => {
        if (this.echoes && this.#connected && !this.killed.aborted) channel.write(Buffer.from(text, 'latin1'));
      },
    });
    channel.on('data', press);
  }

  #write(stream: NodeJS.WritableStream, data: string | Buffer): Promise<void> {
    if (data.length === 0) return Promise.resolve();
    if (!this.#connected) {
      this.kill('PIPE');
      return new Promise(() => {});
    }
    this.#pendingWrites++;
    const bytes = this.terminal === undefined ? data : cooked(data);
    return new Promise((resolve) => {
      stream.write(bytes, () => {
        this.#pendingWrites--;
        resolve();
      });
    });
  }

  /** sshd hangs up on a terminal; a command without one lives on, reads the end of its input, and dies when it writes. */
  #disconnected(): void {
    this.#connected = false;
    this.stdin.end();
    if (this.terminal !== undefined) this.kill('HUP');
    else if (this.#pendingWrites > 0) this.kill('PIPE');
  }
}

export class ProcessTable {
  readonly #running = new Map<number, Process>();
  #nextPid = 1200;

  start(commandLine: string, channel: ServerChannel, terminal: Terminal | undefined): Process {
    const process = new Process(this.#nextPid++, commandLine, channel, terminal);
    this.#running.set(process.pid, process);
    return process;
  }

  get(pid: number): Process | undefined {
    return this.#running.get(pid);
  }

  ended(process: Process): void {
    this.#running.delete(process.pid);
  }

  all(): Process[] {
    return [...this.#running.values()];
  }

  /** The machine lost its power. */
  clear(): void {
    for (const process of this.all()) process.kill('KILL');
    this.#running.clear();
  }
}
