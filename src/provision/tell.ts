// What the user reads before confirming a removal: the cluster and account, the droplets, and their place in the swarm.

import { clusterNamesOf, isBelts, isOfCluster, isOnlyOfCluster } from '../cloud/tags.ts';
import { isLoopback } from '../config/loopback.ts';
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import { addressCell, type Droplet } from '../model/droplet.ts';
import { compact } from '../patterns/index.ts';
import { lostJump } from './jump-host.ts';
import { dissolvedBy, type Removal } from './plan.ts';

export const countOf = (droplets: readonly unknown[]): string => count(droplets.length, 'droplet');

/** The cluster, where its name comes from, and the account: `cluster shop (BELT_CLUSTER), account ops@example.com`. */
export async function whereAmI(context: Context): Promise<string> {
  const { cluster, clusterFrom, apiUrl } = await context.settings();
  const source = clusterFrom === 'default' ? '' : ` (${clusterFrom})`;
  return `cluster ${cluster}${source}, ${isLoopback(new URL(apiUrl).hostname) ? 'sandbox' : `account ${await accountName(context)}`}`;
}

async function accountName(context: Context): Promise<string> {
  try {
    const { name, email, uuid } = await (await context.cloud()).account();
    return name ?? email ?? uuid ?? 'without a name';
  } catch {
    context.signal.throwIfAborted();
    return 'unknown (the token may not read it)';
  }
}

/** A line printed before the question. */
export interface Line {
  text: string;
  /** It is a warning. */
  warn?: boolean;
}

/** What the user reads about removals: what will be deleted, and what that means. */
export async function removalLines(context: Context, removals: readonly Removal[]): Promise<Line[]> {
  const { cluster } = await context.settings();
  const leaving = removals.flatMap((removal) => removal.leaving);
  const ghosts = removals.flatMap(({ parts }) => parts.flatMap((part) => part.ghosts));
  if (leaving.length === 0 && ghosts.length === 0) return [];
  const note = (text: string): Line => ({ text });
  const warning = (text: string): Line => ({ text, warn: true });
  return [
    note(await whereAmI(context)),
    ...(leaving.length > 0
      ? [note(`${countOf(leaving)} and all data on ${leaving.length === 1 ? 'it' : 'them'} will be deleted:`)]
      : []),
    ...aligned(removals.flatMap((removal) => removal.leaving.map((droplet) => rowOf(removal, droplet)))).map(note),
    ...ghosts.map(({ hostname }) => note(`  ${hostname}: stale swarm entry, will be removed`)),
    ...(removals.some(dissolvedBy) ? [note('this removes the whole swarm')] : []),
    ...foreignLines(leaving, cluster).map(warning),
    ...(await Promise.all(removals.map((removal) => lostJump(context, removal)))).flatMap((text) =>
      text === undefined ? [] : [warning(text)],
    ),
    ...removals.flatMap(({ skipped }) => skipped.map((reason) => warning(`--force: ${reason}`))),
  ];
}

/** Tells them. */
export async function tellRemoval(context: Context, removal: Removal): Promise<void> {
  for (const { text, warn } of await removalLines(context, [removal])) {
    if (warn) context.out.warn(text);
    else context.out.note(text);
  }
}

/** The result of a dry run. */
export function tellDryRun({ out }: Context, droplets: readonly Droplet[]): void {
  if (out.json) return out.document(droplets.map(({ id, name }) => ({ id, name, removed: false })));
  out.lines(droplets.map(({ id, name, size, region }) => `${name}: would be deleted (${id}, ${size}, ${region})`));
}

function aligned(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd());
}

/** What belt did not create for this cluster, or not only for it. */
function foreignLines(leaving: readonly Droplet[], cluster: string): string[] {
  const strange = leaving.filter(({ tags }) => !isBelts(tags)).map(({ name }) => name);
  const others = leaving.filter(({ tags }) => isBelts(tags) && !isOfCluster(tags, cluster));
  const shared = leaving.filter(({ tags }) => isOfCluster(tags, cluster) && !isOnlyOfCluster(tags, cluster));
  return [
    ...(strange.length > 0 ? [`${compact(strange)}: not created by belt`] : []),
    ...others.map(
      ({ name, tags }) => `${name}: belongs to ${clusterNamesOf(tags)[0] ?? 'no cluster'}, not to ${cluster}`,
    ),
    ...shared.map(({ name, tags }) => `${name}: belongs to several clusters: ${clusterNamesOf(tags).join(', ')}`),
  ];
}

function rowOf(removal: Removal, droplet: Droplet): string[] {
  const { id, name, region, size, status } = droplet;
  return [name, String(id), addressCell(droplet) || 'no address', region, size, status, swarmWords(removal, droplet)];
}

/** Such as `leader, ready`. */
export function swarmWords({ parts, view }: Removal, droplet: Droplet): string {
  const entry = parts.flatMap(({ leaving }) => leaving).find((one) => one.droplet.id === droplet.id)?.entry;
  const answer = view.answerOf(droplet);
  if (entry) {
    const role = entry.leader ? 'leader' : entry.role;
    const state = entry.reachability && entry.reachability !== 'reachable' ? entry.reachability : entry.state;
    return `${role}, ${state}${answer?.swarm ? '' : ', does not answer'}`;
  }
  if (answer?.untrusted) return 'host key not known here';
  if (!answer?.swarm) return 'does not answer';
  if (answer.swarm.state === 'inactive') return 'not in a swarm';
  return answer.swarm.manager ? 'manager of a swarm without a leader' : `in a swarm (${answer.swarm.state})`;
}
