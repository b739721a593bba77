// `docker save` and `docker load`: images as a byte stream. What one writes the other reads.

import { withTag } from '../../model/registry.ts';
import { imageParts } from '../../model/tasks.ts';
import { pack, unpack } from '../format/archive.ts';
import { atLeast, type Command, Failure, flag, none, text } from '../framework/command.ts';

const CHUNK = 32 * 1024;

const save: Command = {
  path: 'save',
  aliases: ['image save'],
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  summary: 'Save one or more images to a tar archive (streamed to STDOUT by default)',
  options: [text('output', 'Write to a file, instead of STDOUT (not simulated)', 'o')],
  arity: atLeast(1),
  async run({ engine, process, values, args }) {
    if (values.has('output')) throw new Failure("docker: 'save --output' is not simulated by this sandbox", 125);
    if (process.terminal !== undefined) {
      throw new Failure('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    const names = args.map(withTag);
    for (const [i, name] of names.entries()) {
      if (!engine.images.has(name))
        throw new Failure(`Error response from daemon: reference does not exist: ${args[i]}`);
    }
    const archive = pack(names);
    for (let at = 0; at < archive.length; at += CHUNK) await process.out(archive.subarray(at, at + CHUNK));
    return 0;
  },
};

const load: Command = {
  path: 'load',
  aliases: ['image load'],
  usage: '[OPTIONS]',
  summary: 'Load an image from a tar archive or STDIN',
  options: [
    flag('quiet', 'Suppress the load output', 'q'),
    text('input', 'Read from tar archive file (not simulated)', 'i'),
  ],
  arity: none,
  async run({ engine, process, values }) {
    if (values.has('input')) throw new Failure("docker: 'load --input' is not simulated by this sandbox", 125);
    if (process.terminal !== undefined) {
      throw new Failure('requested load from stdin, but stdin is empty');
    }
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    const names = unpack(Buffer.concat(chunks));
    if (typeof names === 'string') throw new Failure(`Error response from daemon: ${names}`);
    for (const name of names) {
      engine.addImage(...imageParts(name));
      await process.out(`Loaded image: ${name}\n`);
    }
    return 0;
  },
};

export const transferCommands: Command[] = [save, load];
