// `docker events`, which waits, and `docker system dial-stdio`, which is the Engine API on stdin and stdout.

import { Duplex } from 'node:stream';
import { type Command, none } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import { told } from '../framework/told.ts';

const events: Command = {
  ...told('events'),
  also: ['system events'],
  arity: none,
  // Nothing is reported; a signal ends it.
  run: () => new Promise<number>(() => {}),
};

const dialStdio: Command = {
  ...told('system dial-stdio'),
  arity: none,
  run: ({ engine, process, http }) =>
    new Promise<number>((resolve) => {
      const connection = stdioOf(process);
      connection.once('close', () => resolve(0));
      http.serve(engine, connection);
    }),
};

/** A process's stdin and stdout as one stream. */
function stdioOf(process: CliProcess): Duplex {
  const connection = new Duplex({
    read: () => void process.stdin.resume(),
    write: (chunk: Buffer, _encoding, done) => void process.out(chunk).then(() => done()),
  });
  process.stdin.on('data', (chunk: Buffer) => {
    if (!connection.push(chunk)) process.stdin.pause();
  });
  process.stdin.on('end', () => connection.push(null));
  return connection;
}

export const streamCommands: Command[] = [events, dialStdio];
