import { confirm } from '../agree.ts';
import { command, flag, type Values } from '../cli/command.ts';
import { timeout, yes } from '../cli/options.ts';
import { clusterNamesOf, isBelts, isOfCluster, isOnlyOfCluster } from '../cloud/tags.ts';
import { activeNode, knownNodes } from '../config/choices.ts';
import type { Context } from '../context.ts';
import { clusterSpec, fileOf } from '../descriptions/spec.ts';
import { UsageError } from '../errors.ts';
import { peersOf } from '../fleet/cluster-droplets.ts';
import { throwFailures, throwRefusal } from '../fleet/failures.ts';
import { choose, noMatch, noSuchNode } from '../fleet/named.ts';
import { anotherNode } from '../known-clusters/active-node.ts';
import type { Droplet } from '../model/droplet.ts';
import { addressIn, compact, literals, naturalCompare, select } from '../patterns/index.ts';
import { agreedRemoval } from '../provision/agreed-removal.ts';
import type { RemovalFailure } from '../provision/delete.ts';
import { planRemoval, type Removal } from '../provision/plan.ts';
import { beganToRemove, endRemoval } from '../provision/record.ts';
import { remove } from '../provision/remove.ts';
import { countOf, removalLines, tellDryRun } from '../provision/tell.ts';
import { quoteArgv } from '../quote.ts';

const TIMEOUT_S = 600;

const options = {
  yes,
  any: flag('also droplets outside the cluster, each by its name or id'),
  force: flag('even if the swarm would lose its quorum or cannot be queried'),
  dryRun: flag('show what would be deleted, and delete nothing'),
  timeout: timeout(TIMEOUT_S, 'give up on what the swarm does not let go by then'),
};

export type RmOptions = Values<typeof options>;

export default command({
  arguments: '<pattern...>',
  summary: 'remove nodes from the swarm and delete their droplets',
  options,
  examples: [
    ["belt rm 'node[3:4]'", 'asks first'],
    ['belt rm 18511682 -y', 'by id, without asking'],
  ],
  run: (context, { pattern }, options) => rm(context, pattern, options),
});

/** What the words mean now. */
interface Chosen {
  leaving: Droplet[];
  removals: Removal[];
  /** Names whose removal began earlier and that are gone. */
  gone: string[];
  /** What a pattern of the words matches and belt leaves alone, in sentences. */
  left: string[];
}

/** `belt rm` — shows what will be deleted, asks, takes it out of the swarm, deletes it and waits until it is gone. */
async function rm(context: Context, words: readonly string[], options: RmOptions): Promise<void> {
  const look = () => find(context, words, options);
  if (options.dryRun) {
    const found = await look();
    for (const line of found.left) context.out.warn(line);
    return tellDryRun(context, found.leaving);
  }
  const again = quoteArgv(['belt', 'rm', ...words, ...flagsOf(options)]);
  const failed = await agreedRemoval(context, {
    what: again,
    consent: { yes: options.yes, asks: 'rm asks before it deletes', hint: 'add -y if you are sure' },
    look,
    lines: async ({ removals, gone, left }) => [
      ...(await removalLines(context, removals)),
      ...left.map((text) => ({ text, warn: true })),
      ...gone.map((name) => ({ text: `${name}: already gone` })),
    ],
    isNothing: ({ removals }) => removals.every((removal) => isEmpty(removal)),
    ask: ({ leaving }) => confirm(context, leaving.length > 0 ? `Delete ${countOf(leaving)}?` : 'Remove this?'),
    work: (found) => carryOut(context, found, { again, timeoutMs: options.timeout * 1000 }),
  });
  if (failed.failures.length > 0 && failed.failures.length === failed.all) throwRefusal(failed.failures);
  throwFailures(failed.failures, failed.all, 'run the same command again');
}

/** What the words alone would not do again. */
const flagsOf = ({ any, force, timeout: seconds }: RmOptions): string[] => [
  ...(any ? ['--any'] : []),
  ...(force ? ['--force'] : []),
  ...(seconds === TIMEOUT_S ? [] : ['--timeout', String(seconds)]),
];

const isEmpty = ({ leaving, parts }: Removal): boolean =>
  leaving.length === 0 && parts.every(({ ghosts }) => ghosts.length === 0);

async function carryOut(
  context: Context,
  { leaving, removals, gone }: Chosen,
  options: { again: string; timeoutMs: number },
): Promise<{ failures: RemovalFailure[]; all: number }> {
  const { out } = context;
  const { cluster } = await context.settings();
  const activeBefore = activeNode(await context.state(), cluster);
  const failures: RemovalFailure[] = [];
  for (const removal of removals) if (!isEmpty(removal)) failures.push(...(await remove(context, removal, options)));
  await endRemoval(
    context,
    gone.map((name) => ({ name })),
  );
  const removed = leaving.filter(({ id }) => failures.every((failure) => failure.id !== id));
  if (out.json) out.document(removed.map(({ id, name }) => ({ id, name, removed: true })));
  else out.lines(removed.map(({ name }) => `${name}: removed`));
  await tellAfter(context, removed, activeBefore);
  return { failures, all: leaving.length };
}

/** What a removal leaves for the user to do. */
async function tellAfter(
  context: Context,
  removed: readonly Droplet[],
  activeBefore: string | undefined,
): Promise<void> {
  const { cluster } = await context.settings();
  if (removed.length === 0) return;
  const state = await context.state();
  // What is known here is what was left; a list may still show what is gone.
  if (activeBefore !== undefined && activeNode(state, cluster) === undefined && knownNodes(state, cluster).length > 0) {
    const other = await anotherNode(context);
    if (other) context.out.note(`${activeBefore} was the active node; choose another: belt active ${other}`);
  }
  const described = await clusterSpec(context).catch(() => undefined);
  const inFile = new Set(described?.groups.flatMap(({ names }) => names));
  const again = removed.filter(({ name, tags }) => isOfCluster(tags, cluster) && inFile.has(name));
  if (!described || again.length === 0) return;
  const [names, it] = [compact(again.map(({ name }) => name)), again.length === 1 ? 'it' : 'them'];
  context.out.note(
    `${fileOf(described)} still names ${names}: remove ${it} there, or the next belt up creates ${it} again`,
  );
}

/** @throws UsageError for a word that names nothing that may go */
async function find(context: Context, words: readonly string[], { any, force }: RmOptions): Promise<Chosen> {
  const { cluster } = await context.settings();
  const tagged = (await peersOf(context, cluster, force)).sort((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
  const own = tagged.filter(({ tags }) => isOnlyOfCluster(tags, cluster));
  const strays = tagged.filter((droplet) => !own.includes(droplet));
  const far = any ? await farOnes(context, words, { own, strays }) : [];
  const { chosen: leaving, missing } = await choose(context, words, [...own, ...far]);
  const began = await beganToRemove(context);
  const open = missing.filter((name) => !began.has(name));
  // Also of one whose removal began: it is there.
  checkStrays(missing, strays, cluster);
  const removals = await plans(context, { leaving, tagged, gone: missing, force });
  const ghosts = new Set(
    removals.flatMap(({ parts }) => parts.flatMap((part) => part.ghosts)).map((one) => one.hostname),
  );
  const unknown = open.find((name) => !ghosts.has(name));
  if (unknown !== undefined) {
    const hint = 'if you are sure, --any removes it anyway, by its name or id';
    throw await noSuchNode(context, unknown, { words, nodes: tagged, hint });
  }
  if (leaving.length === 0 && missing.length === 0) {
    throw noMatch(words);
  }
  const gone = missing.filter((name) => !ghosts.has(name));
  return { leaving, removals, gone, left: leftAlone(words, strays, { cluster, leaving }) };
}

/** Droplets that are not the cluster's own, each named by its name or id. */
async function farOnes(
  context: Context,
  words: readonly string[],
  { own, strays }: { own: readonly Droplet[]; strays: readonly Droplet[] },
): Promise<Droplet[]> {
  const names = select(literals(words), own).missing;
  if (names.length === 0) return [];
  const near = select(names, strays);
  if (near.missing.length === 0) return near.chosen;
  const ids = new Set([...own, ...strays].map(({ id }) => id));
  const others = (await (await context.cloud()).droplets()).filter(({ id }) => !ids.has(id));
  return [...near.chosen, ...select(near.missing, others).chosen];
}

/** @throws UsageError for a name of one that carries the cluster's tag and is not belt's to delete */
function checkStrays(names: readonly string[], strays: readonly Droplet[], cluster: string): void {
  const at = new Set(names.flatMap((name) => addressIn(name)?.address ?? []));
  const stray = strays.find(
    ({ id, name, publicAddress, privateAddress }) =>
      names.includes(name) || names.includes(String(id)) || at.has(publicAddress ?? '') || at.has(privateAddress ?? ''),
  );
  if (!stray) return;
  throw new UsageError(whyLeft(stray, cluster), {
    hint: 'if you are sure, --any removes it anyway, by its name or id',
  });
}

function whyLeft({ name, tags }: Droplet, cluster: string): string {
  if (!isBelts(tags)) return `${name} has the tag of ${cluster}, but was not created by belt`;
  return `${name} belongs to several clusters: ${clusterNamesOf(tags).join(', ')}`;
}

/** What the words would match among them. Role words are left out: they are about the swarm. */
function leftAlone(
  words: readonly string[],
  strays: readonly Droplet[],
  { cluster, leaving }: { cluster: string; leaving: readonly Droplet[] },
): string[] {
  const byName = new Map(strays.map((droplet) => [droplet.name, { ...droplet, role: 'none' as const }]));
  const some = [...byName.values()];
  const matched = select(words, some).chosen.filter(({ id }) => leaving.every((one) => one.id !== id));
  return matched.map((droplet) => `${whyLeft(droplet, cluster)}: it is left alone`);
}

/** A plan for each cluster that a droplet leaves; those that are of none count to the chosen one. */
async function plans(
  context: Context,
  {
    leaving,
    tagged,
    gone,
    force,
  }: { leaving: readonly Droplet[]; tagged: readonly Droplet[]; gone: readonly string[]; force: boolean | undefined },
): Promise<Removal[]> {
  const { cluster } = await context.settings();
  const groups = new Map<string, Droplet[]>([[cluster.toLowerCase(), []]]);
  for (const droplet of leaving) {
    const names = clusterNamesOf(droplet.tags).map((name) => name.toLowerCase());
    const key = names.length === 0 || names.includes(cluster.toLowerCase()) ? cluster.toLowerCase() : names[0]!;
    groups.set(key, [...(groups.get(key) ?? []), droplet]);
  }
  const ids = new Set(leaving.map(({ id }) => id));
  const all: Removal[] = [];
  for (const [key, some] of groups) {
    const isOwn = key === cluster.toLowerCase();
    if (some.length === 0 && !(isOwn && gone.length > 0)) continue;
    const peers = isOwn ? tagged : await peersOf(context, key, force);
    const staying = peers.filter(({ id }) => !ids.has(id));
    all.push(await planRemoval(context, { leaving: some, staying, gone: isOwn ? gone : [], force }));
  }
  return all;
}
