// Files, folders and variables in docker's words: what is meant is this machine's, and docker runs on the node.
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import { type Here, ofTheNode } from '../../engine/docker-files.ts';
import { isStdin } from '../../engine/docker-input.ts';
import { type DockerLine, valuesOf } from '../../engine/docker-line.ts';
import { UsageError } from '../../errors.ts';
import { quoteWord } from '../../quote.ts';

/** The longest stack that is looked at. */
const MOST_BYTES = 8 * 1024 * 1024;

const ESCAPE = "if you mean the node's: belt --node-files docker …";

const here = ({ cwd, home, env }: Context): Here => ({
  cwd,
  home,
  exists: existsSync,
  isSet: (variable) => env[variable] !== undefined,
});

/** Refuses what would be read or written on the node without a word. @throws UsageError with the way that works */
export function refuseNodeFiles(context: Context, line: DockerLine): void {
  if (context.options.nodeFiles) return;
  const [first] = ofTheNode(line, here(context));
  if (!first) return;
  const name = line.command ?? line.words[0];
  throw new UsageError(`docker ${name} ${first.deed}, not here`, { hint: `${first.way} (${ESCAPE})` });
}

/**
 * The input for docker: where that is a stack, it was read and found to need nothing of the node.
 * @throws UsageError naming the variables or files
 */
export async function inputFor(context: Context, line: DockerLine, stdin: Readable): Promise<Readable> {
  if (context.options.nodeFiles || context.stdinIsTerminal || !isStack(line)) return stdin;
  const { stackOfNode } = await import('../../engine/docker-stack.ts');
  const bytes = await readAll(stdin);
  const found = stackOfNode(bytes.toString('utf8'), here(context));
  const isInterpolated = !line.options.some(({ name }) => name === 'skip-interpolation');
  if (isInterpolated && found.variables.length > 0) throw variablesError(line, found.variables);
  const [file] = found.files;
  if (file !== undefined) {
    throw new UsageError(`the stack names ${file}, which would be read on the node, not here`, {
      hint: `make a config or secret of it first: belt docker config create NAME - < ${quoteWord(file)} (${ESCAPE})`,
    });
  }
  return Readable.from([bytes]);
}

function variablesError(line: DockerLine, variables: readonly string[]): UsageError {
  const list = variables.map((name) => `$${name}`);
  const rest = line.words.map(quoteWord).join(' ');
  return new UsageError(
    `the stack uses ${list.join(', ')}, which would be taken from the node's environment, not from here`,
    {
      hint: `envsubst '${list.join(' ')}' < stack.yml | belt docker ${rest} (${ESCAPE})`,
    },
  );
}

/** Whether what is piped in is a stack, or a compose file. */
function isStack(line: DockerLine): boolean {
  if (line.command === 'stack deploy' || line.command === 'stack config')
    return valuesOf(line, 'compose-file').some((value) => value.split(',').some(isStdin));
  return (
    line.command === undefined &&
    line.words[0] === 'compose' &&
    /(^| )(-f|--file)[ =]?-( |$)/.test(line.words.join(' '))
  );
}

async function readAll(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new UsageError('a stack of more than 8 MB cannot be checked', { hint: ESCAPE });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
