import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { command, flag, positiveIfGiven, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { Progress } from '../copy/progress.ts';
import { Interrupted, UsageError } from '../errors.ts';
import { quoteWord } from '../quote.ts';
import { type SharedConnections, withConnections } from '../tasks/connections.ts';
import { findMeant, type Place, type Unreached, type Waiting } from '../tasks/find.ts';
import { firstOf } from '../tasks/first.ts';
import { tellEnds } from '../tasks/tell-ends.ts';
import { isMany } from '../tasks/word.ts';
import { type Copy, exitCodeOf, teller } from './cp/copy.ts';
import { fetchFromAll, localDestination } from './cp/fetch.ts';
import { localSource } from './cp/local-source.ts';
import { sendToAll } from './cp/send.ts';
import { type CpWord, readCpWord, type TaskPlace } from './cp/words.ts';

const options = {
  archive: flag('keep owners, as numbers (here only root may); else all is root’s there, and yours here', 'a'),
  followLink: flag('of a source that is a link, copy what it leads to', 'L'),
  timeout: positiveIfGiven('<seconds>', 'end it for a task where it takes longer'),
};

export default command({
  arguments: '<source> <destination...>',
  usage: '<source...> <destination>',
  summary: 'copy files and folders into a task of a service, or from it',
  description:
    'As docker cp, on whichever node the task runs: one side is here, the other SERVICE[.SLOT]:PATH, of a global service ' +
    'SERVICE.NODE:PATH, or NODE/CONTAINER:PATH. Nothing is needed in its image. A folder goes into a destination that is a folder, ' +
    'else it becomes the destination; of SOURCE/. what is in it goes there. Several sources need a folder. - is a tar archive, on ' +
    'stdin or stdout. Links stay links. A file here with a colon in its name is ./a:b. ' +
    "With a quoted 'web.*' it goes into all of them, read once and side by side; from several each goes to DESTINATION/TASK/. " +
    'Here a file gets its name when it is whole, nothing is written outside of the destination, and names with control characters ' +
    'are left out, as are devices and pipes. What a task has in a tmpfs, such as its secrets, is not reached. ' +
    'Exit code 1: something was not copied; 3: some tasks failed, or are to run and do not.',
  options,
  examples: [
    ['belt cp web.1:/var/log/nginx .', 'from a task; it becomes ./nginx'],
    ["belt cp app.conf tls 'web.*':/etc/app/", 'into all tasks of web, from one read'],
    ["belt cp 'web.*':/etc/hostname names", 'names/web.1/hostname, names/web.2/hostname …'],
    ['belt cp node1/cache:/data - | tar -t', 'of a container of no service, as a tar'],
  ],
  run: (context, { source, destination }, options) => cp(context, [source, ...destination], options),
});

type Options = Values<typeof options>;

/** Gives the exit code. */
async function cp(context: Context, words: readonly string[], options: Options): Promise<number> {
  if (words.length < 2) throw new UsageError('belt cp needs a source and a destination');
  const read = words.map((word) => readCpWord(word, process.platform));
  const to = read.at(-1)!;
  const from = read.slice(0, -1);
  const copy =
    to.kind === 'task'
      ? await sending(context, from, to, { words, options })
      : await fetching(context, from, to, { words, options });
  return withConnections(context, async (connections) => {
    const { places, ...missing } = await meant(context, connections, copy.task, {
      verb: to.kind === 'task' ? 'into' : 'from',
      words,
    });
    const progress = new Progress(context);
    let ends: Copy[];
    try {
      ends = await copy.run(connections, places, {
        progress,
        ended: copy.isQuiet ? () => {} : teller(context, places),
      });
    } finally {
      progress.stop();
    }
    if (context.signal.aborted) throw interrupted(to.kind === 'task');
    return told(context, ends, { ...missing, isQuiet: copy.isQuiet });
  });
}

const interrupted = (isThere: boolean): Interrupted =>
  new Interrupted(
    isThere
      ? 'interrupted: what arrived is there, perhaps not all of its last file'
      : 'interrupted: what has its name here is whole',
    { hint: 'the same command copies all of it again' },
  );

interface How {
  progress: Progress;
  ended(copy: Copy): void;
}

interface Work {
  task: TaskPlace;
  /** stdout is the archive, or the only result is an error. */
  isQuiet: boolean;
  run(connections: SharedConnections, places: readonly Place[], how: How): Promise<Copy[]>;
}

interface Given {
  words: readonly string[];
  options: Options;
}

const timeoutOf = ({ timeout }: Options) => (timeout === undefined ? undefined : timeout * 1000);

async function sending(
  context: Context,
  from: readonly CpWord[],
  to: TaskPlace,
  { words, options }: Given,
): Promise<Work> {
  const { cwd } = context;
  const remote = from.findIndex(({ kind }) => kind === 'task');
  if (remote >= 0) {
    const [a, b] = [words[remote]!, words.at(-1)!].map(quoteWord);
    throw new UsageError('belt cp does not copy from task to task', {
      hint: `by a pipe: belt cp ${a} - | belt cp - ${b}`,
    });
  }
  const isStream = from.some(({ kind }) => kind === 'stream');
  if (isStream && from.length > 1) throw new UsageError('an archive on stdin is a source of its own');
  if (isStream && context.stdinIsTerminal) {
    throw new UsageError('a tar archive on stdin does not come from a terminal', {
      hint: `such as: tar -c . | belt cp - ${words.at(-1)}`,
    });
  }
  const paths = from.flatMap((word) => (word.kind === 'here' ? [word.path] : []));
  const followLink = options.followLink === true;
  const sources = isStream
    ? context.stdin
    : await Promise.all(paths.map((path) => localSource(path, { cwd, followLink })));
  const more = { archive: options.archive === true, timeoutMs: timeoutOf(options) };
  return {
    task: to,
    isQuiet: false,
    run: (connections, places, how) =>
      sendToAll(context, connections, places, { sources, to: to.path, options: { ...more, ...how } }),
  };
}

async function fetching(
  context: Context,
  from: readonly CpWord[],
  to: Exclude<CpWord, TaskPlace>,
  { words, options }: Given,
): Promise<Work> {
  const { out } = context;
  const [source] = from;
  if (source?.kind !== 'task' || from.length > 1) throw notOneTask(from, words);
  const isStream = to.kind === 'stream';
  const isByTask = isMany(source.word);
  if (isStream && isByTask)
    throw new UsageError('several tasks do not go to one stdout', { hint: 'name a folder, or one slot' });
  if (isStream && out.json) throw new UsageError('--json and an archive do not go to one stdout');
  if (isStream && context.stdout.isTTY) {
    throw new UsageError('a tar archive cannot be shown on a terminal', {
      hint: `such as: belt cp ${quoteWord(words[0]!)} - | tar -t`,
    });
  }
  const destination = to.kind === 'stream' ? context.stdout : await localDestination(to.path, context.cwd);
  if (isByTask && 'shown' in destination && destination.there === 'file') {
    throw new UsageError(`${destination.shown}: not a folder here`, { hint: 'several tasks go to folders in it' });
  }
  if (options.archive && !isStream && process.getuid?.() !== 0)
    out.warn('owners are not kept: only root can give files to others here');
  const more = {
    archive: options.archive === true,
    followLink: options.followLink === true,
    timeoutMs: timeoutOf(options),
  };
  return {
    task: source,
    isQuiet: isStream,
    run: (connections, places, how) =>
      fetchFromAll(context, connections, places, {
        from: source.path,
        to: destination,
        isByTask,
        options: { ...more, ...how },
      }),
  };
}

function notOneTask(from: readonly CpWord[], words: readonly string[]): UsageError {
  if (from.every(({ kind }) => kind === 'task')) {
    return new UsageError('one source at a time from a task', {
      hint: `a folder, or in turn: belt cp ${quoteWord(words[0]!)} ${quoteWord(words.at(-1)!)}`,
    });
  }
  const local = words[from.findIndex(({ kind }) => kind !== 'task')]!;
  return new UsageError('belt cp copies into a task or from one: one side must be SERVICE[.SLOT]:PATH', {
    hint: `here, use cp; to nodes, belt scp; such as: belt cp ${quoteWord(local)} web.1:/tmp/`,
  });
}

/** The tasks that the word means. */
async function meant(
  context: Context,
  connections: SharedConnections,
  { word }: TaskPlace,
  { verb, words }: { verb: string; words: readonly string[] },
): Promise<{ places: Place[]; others: Waiting[]; unreached: Unreached[] }> {
  try {
    if (!isMany(word))
      return {
        places: [await firstOf(context, connections, word, { verb, canAll: true, isWhole: false })],
        others: [],
        unreached: [],
      };
    const { running, ...missing } = await findMeant(context, connections, word);
    return { places: running, ...missing };
  } catch (error) {
    const here = words.find((one) => one.includes(':') && existsSync(resolve(context.cwd, one)));
    if (!(error instanceof UsageError) || here === undefined) throw error;
    throw new UsageError(error.message, { hint: `the file here is written ${quoteWord(`./${here}`)}` });
  }
}

function told(
  { out }: Context,
  ends: readonly Copy[],
  { others, unreached, isQuiet }: { others: readonly Waiting[]; unreached: readonly Unreached[]; isQuiet: boolean },
): number {
  const [only] = ends;
  if (isQuiet && only?.error !== undefined) throw only.error;
  for (const { name, node, error } of unreached)
    out.warn(`${name}: not copied: ${error.message}`, { task: name, node });
  const all = ends.map((end) => ({ name: end.place.name, exitCode: exitCodeOf(end) }));
  return tellEnds(out, all, { others, isPartial: unreached.length > 0 });
}
