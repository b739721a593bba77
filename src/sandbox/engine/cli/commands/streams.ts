// `docker events`, which waits, and `docker system dial-stdio`, which is the Engine API on stdin and stdout.
import { Duplex, Writable } from 'node:stream';
import type { Run } from '../command.ts';

/** Nothing is reported; a signal ends it. */
export const events: Run = () => new Promise(() => {});

export const dialStdio: Run = ({ engine, process, http }) => {
  const writable = new Writable({ write: (chunk, _encoding, done) => void process.out(chunk).then(() => done()) });
  const connection = Duplex.from({ readable: process.stdin, writable });
  http.serve(engine, connection);
  return new Promise((resolve) => connection.once('close', () => resolve('')));
};
