// Files, folders and variables in docker's words: what is meant is this machine's, and docker runs on the node.
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Context } from '../../context.ts';
import { type Here, ofTheNode } from '../../engine/docker-files.ts';
import { isStdin } from '../../engine/docker-input.ts';
import { type DockerLine, isElsewhere, valuesOf } from '../../engine/docker-line.ts';
import { UsageError } from '../../errors.ts';
import { quoteWord } from '../../quote.ts';
import { likelyNode } from './targets.ts';

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
export async function refuseNodeFiles(context: Context, words: readonly string[], line: DockerLine): Promise<void> {
  if (context.options.nodeFiles) return;
  const [first] = ofTheNode(line, here(context));
  if (!first) return;
  // A docker here that is told another engine would go there.
  const own = first.isClients && !isElsewhere(line) ? await withOwnDocker(context, shown(words, line)) : undefined;
  throw new UsageError(`${typed(line)} ${first.deed}, not here`, { hint: ways(own, first.way) });
}

/** What somebody with a docker here does, and somebody without one. */
function ways(own: string | undefined, way: string | undefined): string {
  const other = way ?? (own === undefined ? 'copy it to the node first' : undefined);
  const both = own === undefined || other === undefined ? (own ?? other) : `${own} · without a docker here: ${other}`;
  return `${both} (${ESCAPE})`;
}

const withOwnDocker = async (context: Context, command: string): Promise<string> =>
  `belt with ${await likelyNode(context)} -- ${command}`;

/** The longest command that is shown again. */
const MOST_SHOWN = 80;

/** The user's words, but for those that may hold a secret: in a log there would be no end of them. */
function shown(words: readonly string[], line: DockerLine): string {
  const whole = `docker ${words.map(quoteWord).join(' ')}`;
  const isPlain = words.every((word) => !word.includes('=')) && whole.length <= MOST_SHOWN;
  return isPlain ? whole : `${typed(line)} …`;
}

/** The command as the user typed it: `docker build` for what docker also calls `image build`. */
function typed({ command, words }: DockerLine): string {
  const parts = command?.split(' ') ?? [];
  return ['docker', ...words.slice(0, words[0] === parts[0] ? parts.length : 1)].join(' ');
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
  if (isInterpolated && found.variables.length > 0) throw await variablesError(context, line, found.variables);
  const [file] = found.files;
  if (file !== undefined) {
    throw new UsageError(`the stack names ${file}, which would be read on the node, not here`, {
      hint: ways(
        await withOwnDocker(context, `${shown(line.words, line)} < stack.yml`),
        `make a config or secret of it first: belt docker config create NAME - < ${quoteWord(file)}`,
      ),
    });
  }
  return Readable.from([bytes]);
}

async function variablesError(context: Context, line: DockerLine, variables: readonly string[]): Promise<UsageError> {
  const list = variables.map((name) => `$${name}`);
  const rest = line.words.map(quoteWord).join(' ');
  return new UsageError(
    `the stack uses ${list.join(', ')}, which would be taken from the node's environment, not from here`,
    {
      hint: ways(
        await withOwnDocker(context, `${shown(line.words, line)} < stack.yml`),
        `envsubst '${list.join(' ')}' < stack.yml | belt docker ${rest}`,
      ),
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
