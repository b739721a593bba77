// A container's log as an engine sends it with timestamps, taken apart into lines. Pure.

/** A line, or a piece of a longer one, holds no more bytes: one line must not fill the memory. */
const LONGEST_LINE = 1024 * 1024;
const LONGEST_FRAME = 1024 * 1024;
const HEADER = 8;
/** Docker cuts what a terminal prints into messages of this many bytes, each with its time (moby, daemon/logger/copier.go). */
const TTY_MESSAGE = 16 * 1024;
/** No timestamp is longer. */
const LONGEST_TIME = 40;
const [SPACE, NEWLINE, RETURN] = [0x20, 0x0a, 0x0d];

export type LogStream = 'stdout' | 'stderr';

export interface LogLine {
  /** UTC with nine digits behind the second, so that times compare as texts do. */
  time: string;
  stream: LogStream;
  /** Without its newline. */
  text: Buffer;
}

interface Held {
  time: string;
  parts: Buffer[];
  bytes: number;
}

/** What is wrong with it is no log: some other answer, or one that was torn. */
export class NotALog extends Error {}

/** Whether it is a log with frames: one of a container that has no terminal. */
export const beginsWithFrame = (bytes: Buffer): boolean =>
  bytes.length >= HEADER && bytes[0]! <= 3 && bytes.readUIntBE(1, 3) === 0;

export class LogReader {
  readonly #tty: boolean;
  #rest: Buffer = Buffer.alloc(0);
  readonly #held: Record<LogStream, Held> = { stdout: nothing(), stderr: nothing() };
  #lines: LogLine[] = [];

  /** `tty`: the container has a terminal, and its log no frames. */
  constructor({ tty }: { tty: boolean }) {
    this.#tty = tty;
  }

  /** The lines that are complete with this. @throws NotALog */
  read(chunk: Buffer): LogLine[] {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const used = this.#tty ? this.#messages(data) : this.#frames(data);
    // Copied: a short rest would keep the whole chunk alive.
    this.#rest = used === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(used));
    return this.#take();
  }

  /** What is left at the end of the log, without its newline. */
  end(): LogLine[] {
    if (this.#tty && this.#rest.length > 0) this.#message('stdout', this.#rest);
    for (const stream of ['stdout', 'stderr'] as const) if (this.#held[stream].bytes > 0) this.#finish(stream);
    return this.#take();
  }

  #take(): LogLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  /** Each is a message: eight bytes with the stream and the length, the time, a blank, the text. Gives how much was used. */
  #frames(data: Buffer): number {
    let at = 0;
    while (data.length - at >= HEADER) {
      const kind = data[at]!;
      const length = data.readUInt32BE(at + 4);
      if (kind > 3 || data.readUIntBE(at + 1, 3) !== 0 || length > LONGEST_FRAME) {
        throw new NotALog('the engine’s answer is not a log');
      }
      if (data.length - at < HEADER + length) break;
      const payload = data.subarray(at + HEADER, at + HEADER + length);
      // What the daemon itself has to say: it could not go on.
      if (kind === 3) throw new NotALog(payload.toString('utf8').trim());
      this.#message(kind === 2 ? 'stderr' : 'stdout', payload);
      at += HEADER + length;
    }
    return at;
  }

  /** The same without frames: a message ends with its line, or where Docker cut it. */
  #messages(data: Buffer): number {
    let at = 0;
    for (;;) {
      const blank = data.subarray(at, at + LONGEST_TIME).indexOf(SPACE);
      if (blank < 0 && data.length - at < LONGEST_TIME) return at;
      const start = blank < 0 ? at : at + blank + 1;
      const newline = data.subarray(start, start + TTY_MESSAGE + 1).indexOf(NEWLINE);
      if (newline < 0 && data.length - start <= TTY_MESSAGE) return at;
      const end = newline < 0 ? start + TTY_MESSAGE : start + newline + 1;
      this.#message('stdout', data.subarray(at, end));
      at = end;
    }
  }

  #message(stream: LogStream, message: Buffer): void {
    const held = this.#held[stream];
    const blank = message.subarray(0, LONGEST_TIME).indexOf(SPACE);
    const time = blank < 0 ? undefined : canonicalTime(message.toString('latin1', 0, blank));
    // A time that cannot be read is part of the text.
    let text = time === undefined ? message : message.subarray(blank + 1);
    if (held.bytes === 0) held.time = time ?? held.time;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE)) {
      this.#hold(held, stream, text.subarray(0, end));
      this.#finish(stream);
      text = text.subarray(end + 1);
    }
    this.#hold(held, stream, text);
  }

  #hold(held: Held, stream: LogStream, part: Buffer): void {
    if (part.length === 0) return;
    if (held.bytes + part.length > LONGEST_LINE) this.#finish(stream);
    held.parts.push(part);
    held.bytes += part.length;
  }

  #finish(stream: LogStream): void {
    const held = this.#held[stream];
    const [only] = held.parts;
    const whole = held.parts.length === 1 && only ? only : Buffer.concat(held.parts);
    // A terminal's lines end with both.
    const text = whole.at(-1) === RETURN ? whole.subarray(0, -1) : whole;
    this.#lines.push({ time: held.time, stream, text });
    held.parts = [];
    held.bytes = 0;
  }
}

const EPOCH = '1970-01-01T00:00:00.000000000Z';
const nothing = (): Held => ({ time: EPOCH, parts: [], bytes: 0 });

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** UTC, nine digits; undefined where it is no time. */
function canonicalTime(text: string): string | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = 'Z'] = match;
  if (zone === 'Z' && fraction.length === 9) return text;
  const ms = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(ms) ? undefined : `${new Date(ms).toISOString().slice(0, 19)}.${fraction.padEnd(9, '0')}Z`;
}

/** A line's time as the engine takes it for `since`: seconds and nanoseconds. */
export const sinceTime = (time: string): string =>
  `${Math.floor(Date.parse(`${time.slice(0, 19)}Z`) / 1000)}.${time.slice(20, 29)}`;
