import { command, flag, list, type Values } from '../../cli/command.ts';
import { clusterTag } from '../../cloud/tags.ts';
import { describeCluster } from '../../cluster/describe.ts';
import { writeDescription } from '../../config/cluster/folder.ts';
import { readCluster } from '../../config/cluster/read.ts';
import { clusterText } from '../../config/cluster/write.ts';
import type { Context } from '../../context.ts';
import { descriptionOf, shownPath } from '../../descriptions/description.ts';
import { clusterName } from '../../descriptions/name.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { askSwarm } from '../../fleet/ask-swarm.ts';
import { clusterDroplets } from '../../fleet/cluster-droplets.ts';
import { choose } from '../../fleet/named.ts';
import type { SwarmView } from '../../fleet/swarm-view.ts';
import { inOrder } from '../../known-clusters/account.ts';
import { noSuchCluster } from '../../known-clusters/exists.ts';
import { namedManagers, troubleIn, trustWords, untrustedIn } from '../../known-clusters/why-unknown.ts';
import type { Droplet } from '../../model/droplet.ts';
import type { SwarmNode } from '../../model/swarm-node.ts';
import { compact } from '../../patterns/index.ts';
import { findFirewall } from '../../provision/firewall.ts';

const options = {
  manager: list('<pattern>', 'which are managers, where the swarm cannot be asked; repeatable'),
  force: flag('overwrite an existing description'),
};

export type ImportOptions = Values<typeof options>;

export default command({
  arguments: '<name>',
  summary: 'describe a cluster that was created elsewhere, from its droplets and swarm',
  options,
  examples: [
    ['belt cluster import shop', 'asks a manager whose host key is trusted'],
    ['belt cluster import shop --manager @tag:manager', 'without the swarm'],
  ],
  run: (context, { name }, options) => clusterImport(context, name, options),
});

/** `belt cluster import` — the description of a cluster from its droplets, its swarm and its network. */
async function clusterImport(context: Context, word: string, options: ImportOptions): Promise<void> {
  const name = clusterName(word);
  const shown = await shownPath(context, name);
  await checkUndescribed(context, name, options);
  const cloud = await context.cloud();
  const { sshPort, cluster } = await context.settings();
  const [tagged, vpcs, firewalls] = await Promise.all([
    clusterDroplets(context, name),
    cloud.vpcs(),
    cloud.firewalls(),
  ]);
  const droplets = inOrder(tagged);
  if (droplets.length === 0) throw await noSuchCluster(context, name);
  const chosen = await chosenManagers(context, droplets, options);
  const view = await askSwarm(context, droplets, chosen);
  if (view.swarm && chosen.length > 0)
    context.out.note('the swarm already knows its managers: --manager is not needed');
  if (!view.swarm && chosen.length === 0) throw rolesUnknown(name, droplets, view);
  const own = vpcs.filter(({ id }) => droplets.every(({ vpcUuid }) => vpcUuid === id));
  const { spec, unsure } = describeCluster({
    cluster: name,
    droplets,
    entries: view.swarm && entriesOf(droplets, view),
    managers: new Set(chosen),
    vpc: own.find((vpc) => vpc.default !== true)?.name,
    firewall: findFirewall(firewalls, name),
    holds: { tag: clusterTag(name), sshPort },
  });
  if (spec.groups[0]?.names.length === 0) throw noManager(name, droplets);
  const text = clusterText(spec);
  readCluster({ text, shown });
  writeDescription(await context.descriptions(), name, text);
  for (const line of unsure) context.out.warn(line);
  if (context.out.json)
    return context.out.document({ cluster: name, described: shown, nodes: droplets.length, unsure });
  context.out.line(name);
  const next = name === cluster ? '' : `belt cluster use ${name}, then: `;
  context.out.note(`${droplets.length} nodes described in ${shown}; compare: ${next}belt plan`);
}

async function checkUndescribed(context: Context, name: string, { force }: ImportOptions): Promise<void> {
  const found = await descriptionOf(context, name);
  if (found?.keeper === 'users') {
    throw new UsageError(`${found.shown} describes ${name}`, { hint: 'what differs from it: belt plan' });
  }
  if (found && !force) {
    throw new UsageError(`${found.shown} describes ${name}`, { hint: '--force overwrites it' });
  }
}

/** The names of the droplets that the user calls managers. @throws UsageError for a word that names none */
async function chosenManagers(
  context: Context,
  droplets: Droplet[],
  { manager = [] }: ImportOptions,
): Promise<string[]> {
  const { chosen, missing } = await choose(context, manager, droplets);
  if (missing.length > 0) throw new UsageError(`--manager ${missing[0]}: the cluster has no such droplet`);
  return chosen.map(({ name }) => name);
}

const entriesOf = (droplets: readonly Droplet[], view: SwarmView<Droplet>): Map<number, SwarmNode> =>
  new Map(
    droplets.flatMap((droplet) => {
      const member = view.memberOf(droplet);
      return member ? [[droplet.id, member] as const] : [];
    }),
  );

/** Only the swarm knows roles; what has to be done to ask it. */
function rolesUnknown(name: string, droplets: readonly Droplet[], view: SwarmView<Droplet>): BeltError {
  const unknown = untrustedIn(view);
  const manager = namedManagers(view).find((node) => unknown.includes(node));
  const untrusted = manager ?? unknown[0];
  const trouble = troubleIn(view);
  if (untrusted) {
    const who = manager ? 'a manager' : 'its droplets';
    const names = manager ? manager.name : compact(unknown.map((node) => node.name));
    return new BeltError(
      `only the swarm of ${name} knows its roles, but the host key of ${who} (${names}) is not known here`,
      {
        hint: `${trustWords(name, untrusted.name)}${manager ? '' : ' (a manager’s)'}, then the same command again · or name the managers: --manager ${untrusted.name}`,
      },
    );
  }
  if (trouble !== undefined) {
    return new BeltError(`only the swarm of ${name} knows its roles, but cannot query the swarm: ${trouble}`, {
      hint: `run the same command again, or name the managers: --manager ${droplets[0]!.name}`,
    });
  }
  return noManager(name, droplets);
}

const noManager = (name: string, droplets: readonly Droplet[]): BeltError =>
  new BeltError(`the droplets of ${name} are not in a swarm: it is unknown which of them should be managers`, {
    hint: `name them: belt cluster import ${name} --manager ${droplets[0]!.name}`,
  });
