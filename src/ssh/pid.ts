// Extracts the process id that a remote shell prints before it becomes the command.
import type { Readable, Writable } from 'node:stream';

/** Passes everything on and resolves when that is done; the target stays open. */
export function pipeOut(source: Readable, target: Writable): Promise<void> {
  source.pipe(target, { end: false });
  // A broken target takes no more, and unread data would hold the channel open forever.
  const drop = () => source.resume();
  target.once('error', drop);
  return new Promise((resolve) => {
    const end = () => {
      target.off('error', drop);
      resolve();
    };
    source.on('close', end);
    source.on('end', end);
  });
}

export interface PidAndRest {
  /** undefined when none came. */
  pid: Promise<number | undefined>;
  /** Everything else was passed on. */
  drained: Promise<void>;
}

/** Takes the line with the process id out of a stream and passes all else on. */
export function takePid(source: Readable, target: Writable): PidAndRest {
  let drained: Promise<void> | undefined;
  const pid = new Promise<number | undefined>((resolve) => {
    let head = Buffer.alloc(0);
    const onHead = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const match = /(^|\n)(\d+)\r?\n/.exec(head.toString('latin1'));
      if (!match && head.length < 4096) return;
      source.off('data', onHead);
      const start = match ? match.index + match[1]!.length : head.length;
      const end = match ? match.index + match[0].length : head.length;
      const rest = Buffer.concat([head.subarray(0, start), head.subarray(end)]);
      if (rest.length > 0) target.write(rest);
      head = Buffer.alloc(0);
      drained = pipeOut(source, target);
      resolve(match ? Number(match[2]) : undefined);
    };
    source.on('data', onHead);
    source.on('close', () => {
      if (head.length > 0) target.write(head);
      resolve(undefined);
    });
  });
  return { pid, drained: pid.then(() => drained) };
}
