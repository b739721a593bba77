// What `create` prints at its end, however it ends.
import { openCloud } from '../../cloud/open.ts';
import { costWords, monthlyCost } from '../../cloud/sizes.ts';
import type { Context } from '../../context.ts';
import { Interrupted, type NodeFailure, NodesFailed } from '../../errors.ts';
import { addressCell, addressTitle, type Droplet } from '../../model/droplet.ts';
import { compact } from '../../patterns/index.ts';
import { quoteWord } from '../../quote.ts';
import { ApiSilent } from './addresses.ts';
import type { LiveRun } from './run.ts';

const SIZES = ['Memory', 'VCPUs', 'Disk'];

/** The book's table: a row a droplet, in the order in which the names were asked for. */
export function printTable(context: Context, droplets: readonly Droplet[]): void {
  const { out } = context;
  if (out.json) return out.document(droplets);
  if (out.quiet) return out.lines(droplets.map(({ name }) => name));
  out.table(['ID', 'Name', addressTitle(droplets), ...SIZES], droplets.map(row));
}

const row = (d: Droplet): string[] => [
  String(d.id),
  d.name,
  addressCell(d),
  String(d.memoryMiB ?? '?'),
  String(d.vcpus ?? '?'),
  String(d.diskGiB ?? '?'),
];

/** A request that was under way when belt was interrupted may still make droplets: look once, quickly. */
const LOOK_AFTER_MS = 700;
const LOOK_TIMEOUT_MS = 5_000;

/** After Ctrl-C: says what exists and how to go on. Other errors are passed on. */
export async function reportInterrupted(context: Context, run: LiveRun, error: unknown): Promise<never> {
  if (!context.signal.aborted) throw error;
  await look(context, run);
  const unknown = run.inFlight.filter((name) => !run.created.has(name));
  await run.end();
  const { goOn, prefix = '', clean, newNames } = run.setup;
  const made = newNames.filter((name) => run.created.has(name));
  const seen = made.filter((name) => !run.unseen.has(name));
  const ordered = made.filter((name) => run.unseen.has(name));
  const parts = [
    ...(made.length === 0 ? ['nothing was created'] : []),
    ...(seen.length > 0 ? [`${compact(seen)} ${seen.length === 1 ? 'exists' : 'exist'}`] : []),
    ...(ordered.length > 0 ? [`${compact(ordered)} ${ordered.length === 1 ? 'was' : 'were'} requested`] : []),
    ...(unknown.length > 0 ? [`${compact(unknown)} may still be created`] : []),
  ];
  const monthly = monthlyCost(made.flatMap((name) => run.created.get(name) ?? []));
  const cost = monthly > 0 ? `; billed: ${costWords(monthly)}` : '';
  const some = [...made, ...unknown];
  const remove = clean ?? `${prefix}belt rm ${quoteWord(compact(some))}`;
  throw new Interrupted(`interrupted: ${parts.join(', ')}${cost}`, {
    hint: some.length > 0 ? `continue: ${goOn} · or remove: ${remove}` : `continue: ${goOn}`,
  });
}

/**
 * Throws nothing unless DigitalOcean stopped answering for all that failed: then there is nothing to say of single nodes, and what was
 * ordered is billed. @throws NodesFailed
 */
export function throwSilence(failures: readonly NodeFailure[], goOn: string): void {
  const [first] = failures;
  if (!(first?.error instanceof ApiSilent) || !failures.every(({ error }) => error instanceof ApiSilent)) return;
  const names = failures.map(({ name }) => name);
  const were = names.length === 1 ? 'was requested and is' : 'were requested and are';
  throw new NodesFailed(`${first.error.why}; ${compact(names)} ${were} billed, as far as is known`, {
    failures,
    hint: `when DigitalOcean answers again: ${goOn}`,
  });
}

async function look(context: Context, run: LiveRun): Promise<void> {
  if (run.inFlight.length === 0) return;
  try {
    await context.clock.sleep(LOOK_AFTER_MS);
    const signal = AbortSignal.timeout(LOOK_TIMEOUT_MS);
    const cloud = openCloud({ ...context, signal }, await context.settings());
    const found = await cloud.droplets({ tag: run.tag });
    run.answered(
      found.map(({ name }) => name),
      found,
    );
  } catch {
    // Then the names stay in doubt, and the message says so.
  }
}
