// A terminal on a host writes a carriage return before each newline, and so does the local one.
import { Writable } from 'node:stream';

const RETURN = 13;

/** A stream that removes the carriage return before each newline and passes the rest on to the target. */
export function withoutReturns(target: Writable): Writable {
  let held = '';
  // What can no longer be written is lost: the target has reported it.
  const put = (text: string, done: () => void) => target.write(Buffer.from(text, 'latin1'), () => done());
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const text = held + chunk.toString('latin1');
      // It may be the first half.
      held = chunk.at(-1) === RETURN ? '\r' : '';
      put(text.slice(0, text.length - held.length).replaceAll('\r\n', '\n'), done);
    },
    final(done) {
      if (held === '') done();
      else put(held, done);
    },
  });
}
