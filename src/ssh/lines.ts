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

/**
 * A stream that writes every line to `target`, prefixed with `prefix`. Slow readers slow the host down. On a terminal no host can
 * write over another's prefix: a carriage return begins a line, and of what steers a terminal only colours are left.
 */
export function prefixed(prefix: string, target: Writable & { isTTY?: boolean }): Writable {
  const head = Buffer.from(prefix);
  const write = (line: Buffer) => target.write(Buffer.concat([head, line, NEWLINE]));
  const lines = lineStream(target.isTTY ? (line) => harmless(line).forEach(write) : write);
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
export function whenWritable(target: Writable, done: () => void): void {
  const events = ['drain', 'error', 'close'];
  const go = () => {
    for (const event of events) target.off(event, go);
    done();
  };
  for (const event of events) target.on(event, go);
  if (target.destroyed) go();
}

/** Colours, C0 and DEL, and C1 as UTF-8 has them; a byte is a character here. */
const STEERING = /(\x1b\[[\d;:]*m)|\xc2[\x80-\x9f]|[\x00-\x08\x0a-\x1f\x7f]/g;
const PLAIN = '\x1b[0m';

/** A line as a terminal may have it: as several where a progress bar writes over itself. */
export function harmless(line: Buffer): Buffer[] {
  const text = line.toString('latin1');
  const parts = text.split('\r');
  const shown = parts.length > 1 ? parts.filter((part) => part !== '') : parts;
  return (shown.length > 0 ? shown : ['']).map((part) => {
    let coloured = '';
    const quiet = part.replace(STEERING, (found, colour?: string) => {
      if (colour === undefined)
        return `\\x${found
          .charCodeAt(found.length - 1)
          .toString(16)
          .padStart(2, '0')}`;
      coloured = PLAIN;
      return colour;
    });
    return Buffer.from(quiet + coloured, 'latin1');
  });
}

/** Text of several lines as the target may have it: harmless on a terminal, else as it is. */
export function textFor({ isTTY }: { isTTY?: boolean }, text: string): string {
  if (!isTTY) return text;
  const lines = text.split('\n').flatMap((line) => harmless(Buffer.from(line)));
  return lines.map((line) => line.toString()).join('\n');
}

const NEWLINE = Buffer.from('\n');
