import { resolve } from 'node:path';
import { command, flag, positive, positiveIfGiven, type Values } from '../cli/command.ts';
import type { Context } from '../context.ts';
import { fetchFromAll, type Wanted } from '../copy/fetch.ts';
import { localTree } from '../copy/local-tree.ts';
import type { CopyOptions } from '../copy/options.ts';
import { type LocalPlace, nameOf, type Place, type RemotePlace, readPlace } from '../copy/places.ts';
import { Progress } from '../copy/progress.ts';
import { exitCodeOf, teller } from '../copy/report.ts';
import { type Source, sendToAll } from '../copy/send.ts';
import type { NodeEnd } from '../copy/session.ts';
import { BeltError, EXIT, Interrupted, NodesFailed, UsageError } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { compact } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';

const options = {
  recursive: flag('accepted: folders are copied with what is in them anyway', 'r'),
  preserve: flag('accepted: modes and times are kept anyway', 'p'),
  concurrency: positive('<n>', 64, 'nodes at a time; so many share one read of the source'),
  timeout: positiveIfGiven('<seconds>', 'end it on a node where it takes longer'),
};

export default command({
  arguments: '<source> <destination...>',
  usage: '<source...> <destination>',
  summary: 'copy files and folders to nodes, or from them',
  description:
    'One side is here, the other is NODE:PATH, where NODE is any pattern; a path without / at its beginning is below the ' +
    'login’s home, and one here with a colon in it is written ./a:b. What comes from several nodes goes to DESTINATION/NODE/. ' +
    'A file gets its name only when it is whole and its checksum was compared. Interrupted or cut (Ctrl-C too), a copy leaves ' +
    '.NAME.belt-XXXXXXXX beside it, and the same command (SOURCE/. where a folder got a new name) continues there, without what is there already (by size, time and ' +
    'checksum); where it failed otherwise, it leaves nothing. ' +
    'Links are followed. Names that a node tells are refused where they lead out of the folder or hold control characters.',
  options,
  examples: [
    ["belt scp app.conf 'node[1:4]:/etc/app/'", 'to four nodes at once'],
    ['belt scp site @all:/srv', 'a folder; it becomes /srv/site'],
    ['belt scp node1:/var/log/syslog .', ''],
    ["belt scp 'web-*:/etc/nginx' backup", 'backup/web-1/nginx, backup/web-2/nginx …'],
  ],
  run: (context, { source, destination }, options) => scp(context, [source, ...destination], options),
});

/** Gives the exit code. */
async function scp(
  context: Context,
  words: readonly string[],
  { concurrency, timeout }: Values<typeof options>,
): Promise<number> {
  if (words.length < 2) throw new UsageError('belt scp needs a source and a destination');
  const places = words.map((word) => readPlace(word));
  const to = places.at(-1)!;
  const from = places.slice(0, -1);
  const copy =
    to.kind === 'remote' ? await sending(context, from, to, words) : await fetching(context, from, to, words);
  const progress = new Progress(context);
  let isRenamed = false;
  const renamed = () => {
    isRenamed = true;
  };
  let ends: NodeEnd[];
  try {
    const timeoutMs = timeout === undefined ? undefined : timeout * 1000;
    const tell = teller(context, copy.nodes);
    const ended = (end: NodeEnd) => !context.signal.aborted && tell(end);
    ends = await copy.run({ concurrency, timeoutMs, progress, ended, renamed });
  } finally {
    progress.stop();
  }
  if (context.signal.aborted) {
    throw new Interrupted('interrupted: nothing is half-written under its name', {
      hint: isRenamed ? again(words) : 'the same command continues what was under way',
    });
  }
  const exitCode = exitCodeOf(ends);
  const summary = summaryOf(ends, to);
  if (context.out.json && exitCode !== 0) throw failed(ends, { summary, exitCode });
  if (ends.length > 1) context.out.note(summary);
  return exitCode || (copy.isShort ? EXIT.failed : 0);
}

/** A single folder got a new name, which is there by now: what is in it goes on. */
const again = (words: readonly string[]): string =>
  `to continue what was under way: belt scp ${quoteWord(`${words[0]!.replace(/\/+$/, '')}/.`)} ${quoteWord(words.at(-1)!)}`;

interface Copy {
  /** Something here could not be read. */
  isShort: boolean;
  nodes: readonly Node[];
  run(options: CopyOptions): Promise<NodeEnd[]>;
}

async function sending(
  context: Context,
  from: readonly Place[],
  to: RemotePlace,
  words: readonly string[],
): Promise<Copy> {
  const remote = from.findIndex(({ kind }) => kind === 'remote');
  if (remote >= 0) {
    throw new UsageError('belt scp does not copy from node to node', {
      hint: `in two steps: belt scp ${quoteWord(words[remote]!)} . and then belt scp … ${quoteWord(words.at(-1)!)}`,
    });
  }
  const sources: Source[] = [];
  for (const [index, { path }] of from.entries()) {
    const shown = words[index]!;
    const name = nameOf(path) ?? (/(^|\/)\.\.\/*$/.test(path) ? nameOf(resolve(context.cwd, path)) : undefined);
    sources.push({ tree: await localTree(resolve(context.cwd, path), shown), name, shown });
  }
  const nodes = await (await context.fleet()).locate([to.pattern]);
  const problems = sources.flatMap(({ tree }) => tree.problems);
  for (const problem of problems) context.out.warn(`not copied: ${problem}`);
  return {
    isShort: problems.length > 0,
    nodes,
    run: (options) => sendToAll(context, nodes, { sources, to, options }),
  };
}

async function fetching(
  context: Context,
  from: readonly Place[],
  to: LocalPlace,
  words: readonly string[],
): Promise<Copy> {
  const local = from.findIndex(({ kind }) => kind === 'local');
  if (local >= 0) {
    throw new UsageError('belt scp copies to nodes or from them: one side must be NODE:PATH', {
      hint: `here, use cp; such as: belt scp ${quoteWord(words[local]!)} node1:/tmp/`,
    });
  }
  const fleet = await context.fleet();
  const wanted = new Map<number, { node: Node; paths: string[] }>();
  for (const place of from) {
    for (const node of await fleet.locate([(place as RemotePlace).pattern])) {
      const one = wanted.get(node.id) ?? { node, paths: [] };
      one.paths.push(place.path);
      wanted.set(node.id, one);
    }
  }
  const all: Wanted[] = [...wanted.values()];
  const path = resolve(context.cwd, to.path);
  const destination = { path, isFolder: to.isFolder, isByNode: all.length > 1 };
  return {
    isShort: false,
    nodes: all.map(({ node }) => node),
    run: (options) => fetchFromAll(context, all, { to: destination, options }),
  };
}

/** `copied to /etc on 2 of 3 nodes, failed: node2`, `copied from 3 nodes to back/NODE/` */
function summaryOf(ends: readonly NodeEnd[], { kind, path }: Place): string {
  const failed = ends.filter(({ exitCode }) => exitCode !== 0).map(({ name }) => name);
  const done = ends.length - failed.length;
  const nodes = failed.length > 0 ? `${done} of ${ends.length} nodes` : `${ends.length} nodes`;
  const where = kind === 'remote' ? `to ${path} on ${nodes}` : `from ${nodes} to ${path.replace(/\/+$/, '')}/NODE/`;
  const what = done > 0 ? `copied ${where}` : 'nothing was copied';
  return failed.length > 0 ? `${what}, failed: ${compact(failed)}` : what;
}

/** What programs read last. */
function failed(ends: readonly NodeEnd[], { summary, exitCode }: { summary: string; exitCode: number }): NodesFailed {
  const failures = ends.flatMap(({ name, exitCode, problems, error = problems.join('; '), hint }) =>
    exitCode === 0 ? [] : [{ name, error: new BeltError(error, { hint }) }],
  );
  return Object.assign(new NodesFailed(summary, { failures }), { exitCode });
}
