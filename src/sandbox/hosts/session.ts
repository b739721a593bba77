// One SSH session: its terminal, and the command it runs.
import type { ServerChannel, Session } from 'ssh2';
import type { HostView, Running } from './commands/types.ts';
import { answerSftp } from './sftp.ts';
import { runLine } from './shell.ts';
import type { Terminal } from './terminal.ts';

export interface SessionOptions {
  user: string;
  /** The connection, as sshd tells commands of it. */
  sshConnection: string;
  /** Called when its command starts. */
  began: () => void;
  /** The answer to every command, instead of running it. */
  notice: string | undefined;
}

export function answerSession(session: Session, host: HostView, options: SessionOptions): void {
  const { user, sshConnection, began, notice } = options;
  let terminal: Terminal | undefined;
  session.on('pty', (accept, _reject, { rows, cols, ...info }) => {
    // ssh2's types leave the terminal's name out of a pty request.
    terminal = { term: (info as { term?: string }).term ?? '', rows, cols };
    accept?.();
  });
  session.on('window-change', (accept, _reject, { rows, cols }) => {
    if (terminal !== undefined) Object.assign(terminal, { rows, cols });
    accept?.();
  });
  session.on('env', (accept) => accept?.());
  // sshd does not deliver signals to a command of root's.
  session.on('signal', (_accept, reject) => reject?.());
  session.on('exec', (accept, _reject, { command }) => {
    if (notice !== undefined) return answer(accept(), notice);
    void run(accept(), { host, user, sshConnection }, command, terminal);
    began();
  });
  session.on('sftp', (accept, reject) => {
    if (notice !== undefined) reject();
    else answerSftp(accept(), host.tree, began);
  });
  session.on('shell', (accept) => {
    const channel = accept();
    // The client's terminal is raw.
    channel.stderr.write(
      "This sandbox's hosts have no shell to talk to: name a command, such as: belt ssh node1 uptime\r\n",
    );
    channel.exit(1);
    channel.end();
  });
}

function answer(channel: ServerChannel, notice: string): void {
  channel.write(notice);
  channel.exit(0);
  channel.end();
}

async function run(
  channel: ServerChannel,
  at: Omit<Running, 'process' | 'words'>,
  command: string,
  terminal?: Terminal,
) {
  const process = at.host.processes.start(command, channel, terminal);
  try {
    process.exit(await runLine({ process, ...at }, command));
  } catch (error) {
    // A fault of the sandbox's own: the client is told, and the other hosts go on.
    channel.stderr.write(`belt sandbox: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit({ code: 70 });
  } finally {
    at.host.processes.ended(process);
  }
}
