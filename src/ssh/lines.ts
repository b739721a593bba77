// Output of many hosts in one place: whole lines, each with its host before it.
import { Writable } from 'node:stream';

/** A stream that hands on whole lines (bytes, without the newline); what is left at its end is a line too. */
export function lineStream(onLine: (line: Buffer) => void): Writable {
  let rest: Buffer = Buffer.alloc(0);
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        onLine(data.subarray(0, end));
        data = data.subarray(end + 1);
      }
      rest = Buffer.from(data);
      done();
    },
    final(done) {
      if (rest.length > 0) onLine(rest);
      done();
    },
  });
}

/** A stream that writes every line to `target` behind `prefix`. Slow readers slow the host down. */
export function prefixed(prefix: string, target: Writable): Writable {
  const head = Buffer.from(prefix);
  const lines = lineStream((line) => target.write(Buffer.concat([head, line, NEWLINE])));
  return new Writable({
    write(chunk: Buffer, encoding, done) {
      // Asked now, not when the line was written: the target may have drained since.
      lines.write(chunk, encoding, () => (target.writableNeedDrain ? whenWritable(target, done) : done()));
    },
    final(done) {
      lines.end(done);
    },
  });
}

/** Goes on when the target takes more, or never will. */
function whenWritable(target: Writable, done: () => void): void {
  const events = ['drain', 'error', 'close'];
  const go = () => {
    for (const event of events) target.off(event, go);
    done();
  };
  for (const event of events) target.on(event, go);
  if (target.destroyed) go();
}

const NEWLINE = Buffer.from('\n');
