// Questions to a person at a terminal; the words go to stderr, since stdout is for results.
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { visibleLines } from './visible.ts';

export interface PromptStreams {
  stdin: Readable;
  stderr: Writable;
  signal: AbortSignal;
}

/** Asks a question that takes y or n; anything but a yes is a no. */
export async function confirm(streams: PromptStreams, question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askLine(streams, `${question} [y/N] `));
}

/** Asks for a line. */
export const askLine = async (streams: PromptStreams, question: string): Promise<string> =>
  (await ask(streams, question, streams.stderr)).trim();

/** Asks for something that is not shown while it is typed. */
export async function askSecret(streams: PromptStreams, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = ask(streams, '', nowhere);
  // The terminal echoes nothing from here on: a quick typist must not be ahead of that.
  streams.stderr.write(shown(question));
  await answer.catch(() => {});
  streams.stderr.write('\n');
  return answer;
}

/** Names in a question are data; the space at its end stays. */
const shown = (question: string): string => `${visibleLines(question)}${/\s*$/.exec(question)![0]}`;

async function ask(streams: PromptStreams, question: string, output: Writable): Promise<string> {
  streams.signal.throwIfAborted();
  const talk = dialogue(streams, output);
  try {
    return (await talk.ask(question)) ?? '';
  } finally {
    talk.end();
  }
}

/** Questions in a row: what is typed ahead of one answers it. */
export interface Dialogue {
  /** The line as it was typed; undefined where there is none any more (Ctrl-D). @throws what the signal is aborted with */
  ask(question: string): Promise<string | undefined>;
  /** Gives the terminal back. */
  end(): void;
}

export function dialogue({ stdin, stderr, signal }: PromptStreams, output: Writable = stderr): Dialogue {
  const lines = createInterface({ input: stdin, output, terminal: true });
  const ahead: string[] = [];
  let isOver = false;
  let close = () => {};
  lines.on('line', (line) => ahead.push(line));
  // readline takes Ctrl-C in its raw mode: hand it on as the signal that it is.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  lines.on('close', () => {
    isOver = true;
    close();
  });
  const answer = (question: string): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const stop = () => {
        // Before it closes, which counts as no answer.
        reject(signal.reason);
        lines.close();
      };
      signal.addEventListener('abort', stop, { once: true });
      const done = (line: string | undefined) => {
        signal.removeEventListener('abort', stop);
        close = () => {};
        resolve(line);
      };
      close = () => {
        // The cursor still stands behind the question: Ctrl-C and Ctrl-D leave the line as it is.
        output.write('\n');
        done(undefined);
      };
      lines.question(shown(question), done);
    });
  return {
    ask: async (question) => {
      signal.throwIfAborted();
      const line = ahead.shift();
      if (line === undefined && !isOver) return answer(question);
      // What was typed ahead is on the screen already.
      output.write(`${shown(question)}\n`);
      return line;
    },
    end: () => lines.close(),
  };
}
