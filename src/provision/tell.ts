// What a person reads before a removal is agreed to: of which cluster and account, which droplets, and what they are in the swarm.
import { isIP } from 'node:net';
import type { Droplet } from '../cloud/schemas.ts';
import { clusterNamesOf, isBelts, isOfCluster, isSameCluster } from '../cloud/tags.ts';
import type { Context } from '../context.ts';
import { compact } from '../patterns/index.ts';
import { dissolvedBy, type Removal } from './plan.ts';

export const countOf = (droplets: readonly unknown[]): string =>
  `${droplets.length} ${droplets.length === 1 ? 'droplet' : 'droplets'}`;

/** The cluster, where its name comes from, and the account: `cluster shop (BELT_CLUSTER), account ops@example.com`. */
export async function whereAmI(context: Context): Promise<string> {
  const { cluster, clusterFrom, apiUrl } = await context.settings();
  const source = clusterFrom === 'default' ? '' : ` (${clusterFrom})`;
  return `cluster ${cluster}${source}, ${isLoopback(apiUrl) ? 'sandbox' : `account ${await accountName(context)}`}`;
}

function isLoopback(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

async function accountName(context: Context): Promise<string> {
  try {
    const { name, email, uuid } = await (await context.cloud()).account();
    return name ?? email ?? uuid ?? 'without a name';
  } catch {
    context.signal.throwIfAborted();
    return 'that the token may not read';
  }
}

/** Says what will be deleted and what that means. */
export async function tellRemoval(context: Context, removal: Removal): Promise<void> {
  const { out } = context;
  const { leaving, skipped, parts } = removal;
  out.note(await whereAmI(context));
  if (leaving.length > 0) {
    out.note(`${countOf(leaving)} will be deleted, with all that is on ${leaving.length === 1 ? 'it' : 'them'}:`);
    const rows = leaving.map((droplet) => rowOf(removal, droplet));
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    for (const row of rows)
      out.note(
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}`,
      );
  }
  for (const { hostname } of parts.flatMap(({ ghosts }) => ghosts))
    out.note(`  ${hostname}: no droplet; its entry in the swarm will be removed`);
  if (dissolvedBy(removal)) out.note('this removes the whole swarm');
  const { cluster } = await context.settings();
  for (const line of foreignLines(leaving, cluster)) out.warn(line);
  for (const reason of skipped) out.warn(`--force: ${reason}`);
}

/** What belt did not make for this cluster, or not for it alone. */
function foreignLines(leaving: readonly Droplet[], cluster: string): string[] {
  const strange = leaving.filter(({ tags }) => !isBelts(tags)).map(({ name }) => name);
  const others = leaving.filter(({ tags }) => isBelts(tags) && !isOfCluster(tags, cluster));
  const shared = leaving.filter(({ tags }) => isOfCluster(tags, cluster) && isShared(tags, cluster));
  return [
    ...(strange.length > 0 ? [`${compact(strange)}: not made by belt`] : []),
    ...others.map(({ name, tags }) => `${name}: of ${clusterNamesOf(tags)[0] ?? 'no cluster'}, not of ${cluster}`),
    ...shared.map(({ name, tags }) => `${name}: of several clusters: ${clusterNamesOf(tags).join(', ')}`),
  ];
}

/** Whether it carries the tag of another cluster, too. */
export const isShared = (tags: readonly string[], cluster: string): boolean =>
  clusterNamesOf(tags).some((name) => !isSameCluster(name, cluster));

function rowOf(removal: Removal, droplet: Droplet): string[] {
  const { id, name, publicAddress, region, size, status } = droplet;
  return [name, String(id), publicAddress ?? 'no address', region, size, status, swarmWords(removal, droplet)];
}

/** Such as `manager (leader), ready`. */
export function swarmWords({ parts, view }: Removal, droplet: Droplet): string {
  const entry = parts.flatMap(({ leaving }) => leaving).find((one) => one.droplet.id === droplet.id)?.entry;
  const answer = view.answerOf(droplet);
  if (entry) {
    const role = entry.leader ? 'manager (leader)' : entry.role;
    const state = entry.reachability && entry.reachability !== 'reachable' ? entry.reachability : entry.state;
    return `${role}, ${state}${answer?.swarm ? '' : ', does not answer'}`;
  }
  if (answer?.untrusted) return 'host key not known here';
  if (!answer?.swarm) return 'does not answer';
  if (answer.swarm.state === 'inactive') return 'not in a swarm';
  return answer.swarm.manager ? 'manager of a swarm without a leader' : `in a swarm (${answer.swarm.state})`;
}
