// From here into tasks: what is here is read once, for all of them.
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { pack } from 'tar-stream';
import type { Context } from '../../context.ts';
import type { Progress } from '../../copy/progress.ts';
import type { SharedConnections } from '../../tasks/connections.ts';
import type { Place } from '../../tasks/find.ts';
import { Copy } from './copy.ts';
import { entriesOf, type LocalEntry, type LocalSource, openFile } from './local-source.ts';
import { Outgoing } from './outgoing.ts';

const CHUNK = 256 * 1024;
/** Tasks that are made ready at the same time. */
const AT_ONCE = 32;

export interface SendOptions {
  archive: boolean;
  timeoutMs: number | undefined;
  progress: Progress;
  ended(copy: Copy): void;
}

/** Copies to all of them; the slowest sets the pace. Gives how each ended, in their order. */
export async function sendToAll(
  context: Context,
  connections: SharedConnections,
  places: readonly Place[],
  { sources, to, options }: { sources: readonly LocalSource[] | Readable; to: string; options: SendOptions },
): Promise<Copy[]> {
  const isTree = Array.isArray(sources);
  const all = places.map((place) => {
    const copy = new Copy(context, place, options.timeoutMs);
    copy.total = isTree ? sizeOf(sources as LocalSource[]) : undefined;
    options.progress.add(copy);
    const several = isTree && sources.length > 1;
    const from = isTree ? (sources as LocalSource[]).map((one) => ({ ...one, isOneOfSeveral: several })) : [];
    return new Outgoing(copy, { archive: options.archive, to, sources: from }, isTree ? pack : undefined);
  });
  const end = ({ copy }: Outgoing) => {
    copy.end();
    options.progress.ended(copy.place);
    if (!context.signal.aborted) options.ended(copy);
  };
  const limit = pLimit(AT_ONCE);
  await Promise.all(all.map((one) => limit(() => one.copy.work(() => one.begin(context, connections)))));
  try {
    if (isTree) for (const [n, source] of (sources as LocalSource[]).entries()) await sendTree(source, n, all);
    else await sendStream(sources as Readable, all);
  } catch (error) {
    context.signal.throwIfAborted();
    for (const { copy } of live(all)) copy.fail(error);
  }
  await Promise.all(
    all.map(async (one) => {
      await one.copy.work(() => one.finish());
      end(one);
    }),
  );
  return all.map(({ copy }) => copy);
}

/** Of files alone it is known before. */
const sizeOf = (sources: readonly LocalSource[]): number | undefined =>
  sources.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );

const live = (all: readonly Outgoing[]) => all.filter((one) => !one.isOver);
const each = (all: readonly Outgoing[], task: (one: Outgoing) => Promise<void>) =>
  Promise.all(live(all).map((one) => one.copy.work(() => task(one))));

async function sendTree(source: LocalSource, n: number, all: readonly Outgoing[]): Promise<void> {
  const problem = (text: string) => {
    for (const { copy } of live(all)) copy.problems.push(text);
  };
  for await (const entry of entriesOf(source, problem)) {
    if (live(all).length === 0) return;
    if (entry.kind === 'file') await sendFile(entry, { n, all, problem });
    else await each(all, (one) => one.entry(n, entry));
  }
}

interface Sending {
  n: number;
  all: readonly Outgoing[];
  problem: (text: string) => void;
}

async function sendFile(entry: LocalEntry, { n, all, problem }: Sending): Promise<void> {
  const opened = await openFile(entry.path);
  if (typeof opened === 'string') return problem(`${entry.shown}: ${opened}`);
  const { file, stats } = opened;
  try {
    await each(all, (one) => one.entry(n, { ...entry, stats }));
    let left = stats.size;
    while (left > 0 && live(all).length > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, left));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      // Its size is told already: as GNU tar does, the rest is zeros.
      if (bytesRead === 0) {
        problem(`${entry.shown}: it became shorter while it was copied; its end is zeros now`);
        await zeros(left, all);
        break;
      }
      await each(all, (one) => one.write(buffer.subarray(0, bytesRead)));
      left -= bytesRead;
    }
    await each(all, (one) => one.entryEnd());
  } finally {
    await file.close();
  }
}

async function zeros(count: number, all: readonly Outgoing[]): Promise<void> {
  const some = Buffer.alloc(Math.min(count, CHUNK));
  for (let left = count; left > 0; left -= some.length) {
    await each(all, (one) => one.write(some.subarray(0, Math.min(left, some.length))));
  }
}

async function sendStream(stream: Readable, all: readonly Outgoing[]): Promise<void> {
  // What nobody takes any more must not be waited for.
  void Promise.all(all.map((one) => one.ended)).then(() => stream.destroy());
  try {
    for await (const piece of stream) await each(all, (one) => one.writeRaw(piece as Buffer));
  } catch (error) {
    if (live(all).length > 0) throw error;
  }
}
