// Output of many hosts in one place: whole lines, each prefixed with its host.
import { Writable } from 'node:stream';

/** A line longer than this many bytes is passed on in pieces of this size: one line must not fill the memory. */
export const LONGEST_LINE = 1024 * 1024;

/**
 * A stream that passes on whole lines (bytes, without the newline); the rest at its end counts as a line too, and so does each piece
 * of a line that is too long.
 */
export function lineStream(onLine: (line: Buffer) => void): Writable {
  let pieces: Buffer[] = [];
  let held = 0;
  let isCut = false;
  const keep = (piece: Buffer) => {
    for (let left = piece; left.length > 0; ) {
      const taken = left.subarray(0, LONGEST_LINE - held);
      pieces.push(taken);
      held += taken.length;
      left = left.subarray(taken.length);
      if (held === LONGEST_LINE) handOn({ cut: true });
    }
  };
  const handOn = ({ cut }: { cut: boolean }) => {
    const [only] = pieces;
    // The newline after a piece ends that piece, not an empty line.
    if (held > 0 || !isCut) onLine(pieces.length === 1 && only ? only : Buffer.concat(pieces));
    pieces = [];
    held = 0;
    isCut = cut;
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      let at = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
        keep(chunk.subarray(at, end));
        handOn({ cut: false });
        at = end + 1;
      }
      // Copied: a short rest would keep the whole chunk alive.
      keep(Buffer.from(chunk.subarray(at)));
      done();
    },
    final(done) {
      if (held > 0) handOn({ cut: false });
      done();
    },
  });
}

/** A stream that writes every line to `target`, prefixed with `prefix`. Slow readers slow the host down. */
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

/** Continues when the target takes more, or never will. */
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
