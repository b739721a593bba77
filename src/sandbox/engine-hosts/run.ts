// Runs a program of this machine to its end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { BeltError, messageOf } from '../../errors.ts';

/** A sandbox may be started from a shell whose PATH has no sbin. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
export const ENV = { PATH, LC_ALL: 'C' };

/** Returns its output. @throws BeltError with the end of its error output when it fails. */
export async function run(words: readonly string[], input = ''): Promise<string> {
  const [program = '', ...rest] = words;
  const child = spawn(program, rest, { env: ENV, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = once(child, 'close').catch((error) => {
    throw new BeltError(`${program} cannot be run: ${messageOf(error)}`);
  });
  const [[code], out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) {
    throw new BeltError(`${words.join(' ').slice(0, 200)}: ${err.trim() || `ended with ${code}`}`);
  }
  return out;
}
