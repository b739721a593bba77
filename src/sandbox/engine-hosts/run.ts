// Runs a program of this machine to its end.
import { spawn } from 'node:child_process';
import { BeltError } from '../../errors.ts';

/** A sandbox may be started from a shell whose PATH has no sbin. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
export const ENV = { PATH, LC_ALL: 'C' };

/** Returns its output. @throws BeltError with the end of its error output when it fails. */
export async function run(words: readonly string[], input = ''): Promise<string> {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: ENV, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new BeltError(`${program} cannot be run: ${error.message}`)));
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new BeltError(`${words.join(' ').slice(0, 200)}: ${textOf(err).trim() || `ended with ${code}`}`);
  }
  return textOf(out);
}

const textOf = (chunks: Buffer[]): string => Buffer.concat(chunks).toString('utf8');
