// More bytes than fit into memory, through belt and back.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { BELT, type World } from '../world.ts';

export interface Flood {
  code: number | null;
  bytes: number;
  /** SHA-256 of what went in, and of what came out. */
  sent: string;
  received: string;
  /** The most memory that belt had at any time (proc(5), VmHWM). */
  peakMB: number;
}

/** Runs belt with so many MiB on its stdin, as fast as it takes them, and reads its stdout to the end. */
export async function throughBelt(w: World, words: readonly string[], mebibytes: number): Promise<Flood> {
  const child = spawn(process.execPath, [BELT, ...words], {
    cwd: w.cwd,
    env: w.env as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const peak = watchPeak(child);
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [sent, [received, bytes]] = await Promise.all([fill(child.stdin, mebibytes), drain(child.stdout)]);
  const [code] = await ended;
  return { code, bytes, sent, received, peakMB: peak() };
}

async function fill(stdin: NodeJS.WritableStream, mebibytes: number): Promise<string> {
  const hash = createHash('sha256');
  const noise = randomBytes(2 ** 20);
  // A program that ends early is seen in its exit code.
  stdin.on('error', () => {});
  for (let n = 0; n < mebibytes; n++) {
    // No two pieces are the same: one that is lost or comes twice is seen.
    const piece = Buffer.from(noise);
    piece.writeUInt32BE(n);
    hash.update(piece);
    if (!stdin.write(piece)) await once(stdin, 'drain');
  }
  stdin.end();
  return hash.digest('hex');
}

async function drain(stdout: AsyncIterable<Buffer>): Promise<[string, number]> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of stdout) {
    hash.update(piece);
    bytes += piece.length;
  }
  return [hash.digest('hex'), bytes];
}

/** Follows the process; the function that it gives tells its peak in MB (10⁶ bytes). */
function watchPeak({ pid }: ChildProcess): () => number {
  let kibibytes = 0;
  const look = () => {
    try {
      kibibytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? kibibytes);
    } catch {
      // It has ended; the kernel kept the peak up to the look before.
    }
  };
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    return (kibibytes * 1024) / 1e6;
  };
}
