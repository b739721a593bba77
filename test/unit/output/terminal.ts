// A stream that keeps what is written, and can look like a terminal.
import { Writable } from 'node:stream';
import { colours } from '../../../src/output/colours.ts';
import { Secrets } from '../../../src/output/mask.ts';
import { Out, type OutStream } from '../../../src/output/out.ts';

export class Screen extends Writable implements OutStream {
  isTTY: boolean;
  columns = 80;
  rows = 24;
  written = '';

  constructor({ terminal = true } = {}) {
    super({ decodeStrings: false });
    this.isTTY = terminal;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.written += chunk.toString();
    done();
  }

  /** What was written since this was asked last. */
  take(): string {
    const text = this.written;
    this.written = '';
    return text;
  }

  /** What a person sees: the lines that were not taken off again. */
  seen(): string[] {
    const lines: string[] = [];
    for (const piece of this.written.split(/(\r\x1b\[\d+A\x1b\[J)/)) {
      const up = /^\r\x1b\[(\d+)A/.exec(piece)?.[1];
      if (up) lines.splice(lines.length - Number(up));
      else lines.push(...piece.split('\n').slice(0, -1));
    }
    return lines;
  }
}

export async function anOut({
  terminal = true,
  quiet = false,
  json = false,
  colour = false,
  secrets = new Secrets(),
} = {}) {
  const stdout = new Screen({ terminal });
  const stderr = new Screen({ terminal });
  const paints = await colours({ terminal: colour, env: {}, refused: false });
  return {
    out: new Out({ stdout, stderr, quiet, json, live: terminal, colours: paints, resultColours: paints, secrets }),
    stdout,
    stderr,
  };
}
