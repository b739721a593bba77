// sha256sum of files whose names come in on stdin, each ended by a NUL: in the few forms that `belt scp` asks for.
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import type { Command, Running } from './types.ts';

const LINE = /^xargs -0 (?:(?<each>sha256sum --)|head -c (?<bytes>\d+) -- \| sha256sum|cat -- \| sha256sum)$/;

/** Undefined for any other line. */
export function digestCommand(line: string): Command | undefined {
  const { groups } = LINE.exec(line) ?? {};
  if (!groups) return undefined;
  const most = groups['bytes'] === undefined ? undefined : Number(groups['bytes']);
  return groups['each'] === undefined ? (running) => ofAll(running, most) : ofEach;
}

async function ofEach(running: Running): Promise<number> {
  let code = 0;
  for (const name of await namesOf(running)) {
    const content = contentOf(running, name);
    if (content) await running.process.out(`${hashOf([content])}  ${name}\n`);
    else code = await missing(running, 'sha256sum', name);
  }
  return code;
}

async function ofAll(running: Running, most: number | undefined): Promise<number> {
  const contents: Buffer[] = [];
  for (const name of await namesOf(running)) {
    const content = contentOf(running, name);
    if (content) contents.push(content.subarray(0, most));
    else await missing(running, most === undefined ? 'cat' : 'head', name);
  }
  await running.process.out(`${hashOf(contents)}  -\n`);
  return 0;
}

async function missing({ process }: Running, command: string, name: string): Promise<number> {
  await process.err(`${command}: ${name}: No such file or directory\n`);
  return 123;
}

const namesOf = async ({ process }: Running): Promise<string[]> =>
  (await text(process.stdin)).split('\0').filter(Boolean);

const contentOf = ({ host }: Running, name: string): Buffer | undefined =>
  name === '/dev/null' ? Buffer.alloc(0) : host.files.get(host.tree.resolve(name));

function hashOf(contents: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const content of contents) hash.update(content);
  return hash.digest('hex');
}
