// A stack for a command: its files read from this machine's disk, those that were typed perhaps from pipes or standard input.
import type { Clock } from '../clock.ts';
import { messageOf, UsageError } from '../errors.ts';
import { readTypedFile, readUserFile, type UserFile } from '../user-file.ts';
import type { DesiredStack } from './desired.ts';
import { Files, type ReadFile } from './files.ts';
import { readStack } from './stack.ts';
import type { Builds } from './stack-context.ts';

/** What of the world it takes. */
interface World {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  clock: Clock;
  signal: AbortSignal;
  readonly stdin: AsyncIterable<Buffer | string>;
}

export interface ComposeOptions {
  /** `-` is standard input. */
  composeFile?: readonly string[] | undefined;
  envFile?: readonly string[] | undefined;
  profile?: readonly string[] | undefined;
  allowUnset?: boolean | undefined;
  /** Whether the caller builds what has `build:`. */
  builds?: Builds | undefined;
}

/**
 * `name` is the stack's, if it was given.
 * @throws UsageError as readStack
 */
export async function openStack(
  world: World,
  name: string | undefined,
  options: ComposeOptions,
): Promise<DesiredStack> {
  const { env, cwd, home } = world;
  const files = options.composeFile ?? [];
  const typed = await readTyped(world, [...files, ...(options.envFile ?? [])]);
  return readStack({
    files,
    envFiles: options.envFile,
    profiles: options.profile,
    allowUnset: options.allowUnset,
    builds: options.builds,
    name,
    environment: env,
    cwd,
    home,
    folder: typed.find(({ name: word }) => word === files[0])?.isPipe ? cwd : undefined,
    readFile: (path) => typed.find((one) => one.path === path)?.bytes ?? readDisk(path),
  });
}

interface TypedFile {
  /** As it was typed. */
  name: string;
  path: string;
  bytes: Buffer;
  /** Next to it there is nothing that relative paths could mean. */
  isPipe: boolean;
}

/** Each once: a pipe gives what it has to the first who reads it. */
async function readTyped(world: World, names: readonly string[]): Promise<TypedFile[]> {
  const files = new Files({ ...world, readFile: () => undefined });
  const found: TypedFile[] = [];
  for (const name of new Set(names)) {
    const path = files.resolve(world.cwd, name);
    if (name === '-') found.push({ name, path, bytes: await all(world.stdin), isPipe: true });
    else {
      const read = await typedFile(world, path);
      if (read) found.push({ name, path, bytes: read.bytes, isPipe: !read.stats.isFile() });
    }
  }
  return found;
}

async function typedFile(world: World, path: string): Promise<UserFile | undefined> {
  try {
    return await readTypedFile(path, world);
  } catch (error) {
    world.signal.throwIfAborted();
    return whyNone(path, error);
  }
}

const readDisk: ReadFile = (path) => {
  try {
    return readUserFile(path).bytes;
  } catch (error) {
    return whyNone(path, error);
  }
};

const REASONS: Readonly<Record<string, string>> = { EACCES: 'permission denied', EISDIR: 'it is a folder' };

/** Undefined for what is not there. @throws UsageError for what is there and cannot be read */
function whyNone(path: string, error: unknown): undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw new UsageError(`cannot read ${path}: ${REASONS[code] ?? messageOf(error)}`, { cause: error });
}

async function all(stream: AsyncIterable<Buffer | string>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
