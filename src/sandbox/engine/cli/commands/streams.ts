// `docker events`, which waits, and `docker system dial-stdio`, which is the Engine API on stdin and stdout.

import { Duplex } from 'node:stream';
import { EVENT } from '../format/goTypes.ts';
import { compile, FieldFault, TemplateFault } from '../format/template.ts';
import { type Command, Failure, none } from '../framework/command.ts';
import type { CliProcess } from '../framework/process.ts';
import { told } from '../framework/told.ts';
import { CANNOT_CONNECT } from './version.ts';

const events: Command = {
  ...told('events'),
  also: ['system events'],
  arity: none,
  // The format is tried before the engine is asked.
  withoutEngine: true,
  run: ({ engine, values }) => {
    checkFormat(values.text('format') ?? '');
    if (!engine.up) throw new Failure(CANNOT_CONNECT);
    // Nothing is reported; a signal ends it.
    return new Promise<number>(() => {});
  },
};

/** Docker tries it on an event of which nothing is known. */
function checkFormat(format: string): void {
  if (format === 'json') return;
  try {
    compile(format, { type: EVENT })({});
  } catch (error) {
    if (!(error instanceof TemplateFault || error instanceof FieldFault)) throw error;
    throw new Failure(`Error parsing format: ${error.message}`, 64);
  }
}

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
