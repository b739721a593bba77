// Commands that read: their stdin, or the host's tiny file system.
import { refuse } from './refuse.ts';
import type { Command, Running } from './types.ts';

/** Hands each input to `take`: the files named, or stdin. Returns 1 when a file does not exist. */
async function eachInput(
  { process, host, words }: Running,
  names: readonly string[],
  take: (chunk: Buffer) => Promise<void> | void,
): Promise<number> {
  let code = 0;
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
  cat: (running) => eachInput(running, running.words.slice(1), (chunk) => running.process.out(chunk)),
  tail: async (running) => {
    const [, option, bytes = '', ...names] = running.words;
    if (option !== '-c' || !/^\d+$/.test(bytes)) return await refuse(running.process, 'tail but for tail -c BYTES');
    const chunks: Buffer[] = [];
    const code = await eachInput(running, names, (chunk) => void chunks.push(chunk));
    const all = Buffer.concat(chunks);
    await running.process.out(all.subarray(Math.max(0, all.length - Number(bytes))));
    return code;
  },
};
