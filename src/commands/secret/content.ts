// What `secret set` and `secret rotate` have in common: their options, and where the content comes from.
import { isAbsolute, join } from 'node:path';
import { flag, text } from '../../cli/command.ts';
import { timeout, yes } from '../../cli/options.ts';
import type { Context } from '../../context.ts';
import { messageOf, UsageError } from '../../errors.ts';
import { quoteWord } from '../../quote.ts';
import { readTypedFile } from '../../user-file.ts';

export const setting = {
  file: { ...text('<file>', 'read the content from a file, not from stdin'), letter: 'f' },
  yes,
  detach: flag('do not wait until the services run', 'd'),
  timeout: timeout(600, 'give up on services that do not run by then'),
};

/** Bytes that the swarm takes. */
const MOST = 511_999;

/** The content, byte for byte; on a terminal it is asked for. @throws UsageError for a bad name or content, which is not shown */
export async function contentFor(
  context: Context,
  name: string,
  { file }: { file?: string | undefined },
): Promise<Buffer> {
  if (!/^[a-zA-Z0-9](?:[\w.-]{0,62}[a-zA-Z0-9])?$/.test(name)) {
    throw new UsageError(`${JSON.stringify(name)} is not the name of a secret`, {
      hint: 'letters, digits, "-", "_" and ".", 64 at most, a letter or a digit first and last',
    });
  }
  const content = file === undefined ? await given(context, name) : await fromFile(context, file);
  if (content.length === 0) throw new UsageError('the content is empty, which the swarm does not take');
  if (content.length > MOST) throw new UsageError(`the content is too long: the swarm takes ${MOST} bytes`);
  const lines = content.toString('latin1').split('\n');
  if (lines.length === 2 && lines[1] === '') context.out.note('the line break at its end is part of the content');
  return content;
}

async function given(context: Context, name: string): Promise<Buffer> {
  if (context.stdinIsTerminal) {
    if (!context.interactive)
      throw new UsageError('no content was given', { hint: `belt secret set ${quoteWord(name)} < FILE` });
    const { askSecret } = await import('../../output/prompt.ts');
    return Buffer.from(await askSecret(context, `Content of ${name}: `));
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of context.stdin) {
    chunks.push(Buffer.from(chunk));
    length += chunk.length;
    if (length > MOST) break;
  }
  return Buffer.concat(chunks);
}

async function fromFile(context: Context, file: string): Promise<Buffer> {
  try {
    return (await readTypedFile(isAbsolute(file) ? file : join(context.cwd, file), context)).bytes;
  } catch (error) {
    context.signal.throwIfAborted();
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new UsageError(`cannot read ${file}: ${why}`, { cause: error });
  }
}
