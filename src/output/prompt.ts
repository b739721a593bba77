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

async function ask({ stdin, signal }: PromptStreams, question: string, output: Writable): Promise<string> {
  signal.throwIfAborted();
  const lines = createInterface({ input: stdin, output, terminal: true });
  let isAnswered = false;
  return new Promise((resolve, reject) => {
    const stop = () => {
      // Before it closes, which counts as an empty answer.
      reject(signal.reason);
      lines.close();
    };
    signal.addEventListener('abort', stop, { once: true });
    // readline takes Ctrl-C in its raw mode: hand it on as the signal that it is.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    lines.on('close', () => {
      // The cursor still stands behind the question: Ctrl-C and Ctrl-D leave the line as it is.
      if (!isAnswered) output.write('\n');
      resolve('');
    });
    lines.question(shown(question), (answer) => {
      isAnswered = true;
      signal.removeEventListener('abort', stop);
      resolve(answer);
      lines.close();
    });
  });
}
