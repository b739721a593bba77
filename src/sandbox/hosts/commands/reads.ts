// Commands that read: their stdin, or the host's tiny file system.

import { createHash } from 'node:crypto';
import type { Command, Running } from './types.ts';

/** Hands each input to `take`: the files named, or stdin. Returns 1 when a file does not exist. */
async function eachInput(
  { process, host, words }: Running,
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<number> {
  let code = 0;
  const names = words.slice(1);
  for (const name of names.length === 0 ? ['-'] : names) {
    if (name === '-') for await (const chunk of process.stdin) await take(chunk as Buffer);
    else if (host.files.has(name)) await take(host.files.get(name)!);
    else {
      await process.err(`${words[0]}: ${name}: No such file or directory\n`);
      code = 1;
    }
  }
  return code;
}

export const reads: Record<string, Command> = {
  cat: (running) => eachInput(running, (chunk) => running.process.out(chunk)),
  sha256sum: async (running) => {
    const hash = createHash('sha256');
    const code = await eachInput(running, (chunk) => void hash.update(chunk));
    if (code === 0) await running.process.out(`${hash.digest('hex')}  ${running.words[1] ?? '-'}\n`);
    return code;
  },
};
