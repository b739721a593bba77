// Commands on the host's tiny file system, and on their stdin.
import { Failure, notPlayed } from '../../engine/failure.ts';
import type { Command, Running } from './types.ts';

/** Hands each input to `take`: the files named, or stdin. One that does not exist is told, and does not stop the others. */
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

export const files: Record<string, Command> = {
  cat: (running) => eachInput(running, running.words.slice(1), (chunk) => running.process.out(chunk)),
  tail: async (running) => {
    const [, option, bytes = '', ...names] = running.words;
    if (option !== '-c' || !/^\d+$/.test(bytes)) throw notPlayed('tail but for tail -c BYTES');
    const chunks: Buffer[] = [];
    const code = await eachInput(running, names, (chunk) => void chunks.push(chunk));
    const all = Buffer.concat(chunks);
    await running.process.out(all.subarray(Math.max(0, all.length - Number(bytes))));
    return code;
  },
  mv: ({ host, words }) => {
    const [from = '', to = ''] = words.slice(1).filter((word) => word !== '-f');
    const content = host.files.get(from);
    if (content === undefined) throw new Failure(`mv: cannot stat '${from}': No such file or directory`);
    host.files.delete(from);
    host.files.set(to, content);
    return 0;
  },
  rm: ({ host, words }) => {
    const names = words.slice(1).filter((word) => !word.startsWith('-'));
    const missing = names.filter((name) => !host.files.delete(name) && !words.includes('-f'));
    if (missing.length === 0) return 0;
    throw new Failure(missing.map((name) => `rm: cannot remove '${name}': No such file or directory`).join('\n'));
  },
};
