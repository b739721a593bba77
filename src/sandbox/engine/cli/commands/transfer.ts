// `docker save` and `docker load`: images as a byte stream. What one writes the other reads.

import { withTag } from '../../model/registry.ts';
import { imageParts } from '../../model/tasks.ts';
import { pack, unpack } from '../format/archive.ts';
import { atLeast, type Command, Failure, none } from '../framework/command.ts';
import { told } from '../framework/told.ts';

const CHUNK = 32 * 1024;

const save: Command = {
  ...told('save'),
  also: ['image save'],
  refuses: ['output', 'platform'],
  arity: atLeast(1),
  async run({ engine, process, args }) {
    if (process.terminal !== undefined) {
      throw new Failure('cowardly refusing to save to a terminal. Use the -o flag or redirect');
    }
    const names = args.map(withTag);
    for (const [i, name] of names.entries()) {
      if (engine.images.has(name)) continue;
      const isBare = name !== args[i];
      throw new Failure(
        `Error response from daemon: ${isBare ? `No such image: ${args[i]}` : 'reference does not exist'}`,
      );
    }
    const archive = pack(names);
    for (let at = 0; at < archive.length; at += CHUNK) await process.out(archive.subarray(at, at + CHUNK));
    return 0;
  },
};

const load: Command = {
  ...told('load'),
  also: ['image load'],
  refuses: ['input', 'platform'],
  arity: none,
  async run({ engine, process }) {
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
