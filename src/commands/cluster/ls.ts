import pLimit from 'p-limit';
import { command } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { askSwarm } from '../../fleet/ask-swarm.ts';
import type { SwarmView } from '../../fleet/swarm-view.ts';
import { beltsDroplets, clustersOf, type KnownCluster, managersIn } from '../../known-clusters/account.ts';
import { whyUnknown } from '../../known-clusters/why-unknown.ts';
import type { Droplet } from '../../model/droplet.ts';
import type { SwarmNode } from '../../model/swarm-node.ts';
import { compact, naturalCompare } from '../../patterns/index.ts';

export default command({
  summary: 'list the clusters: those described here, and those in the account',
  examples: [
    ['belt cluster ls', ''],
    ['belt cluster ls -q', 'names only'],
  ],
  run: clusterLs,
});

const HEADER = ['Cluster', 'Chosen', 'Leader', 'Managers', 'Nodes'];
/** Clusters whose swarms are asked at a time. */
const AT_ONCE = 8;

interface Row {
  cluster: string;
  /** Whether it is the one that commands are about. */
  chosen: boolean;
  /** Where it is described; null when it is not here. */
  described: string | null;
  leader: string | null;
  /** As the swarm has them; where it cannot be asked, those droplets that the description calls managers. */
  masters: string[];
  nodes: number;
}

/** `belt cluster ls` — the clusters that are described here and those that the account has droplets of. */
async function clusterLs(context: Context): Promise<void> {
  const { out } = context;
  const clusters = await clustersOf(context, await beltsDroplets(context));
  if (out.quiet && !out.json) return out.lines(clusters.map(({ name }) => name));
  const { cluster } = await context.settings();
  const limit = pLimit(AT_ONCE);
  const rows = await Promise.all(clusters.map((known) => limit(() => row(context, known, cluster))));
  if (out.json) return out.document(rows);
  out.table(
    HEADER,
    rows.map(({ cluster: name, chosen, leader, masters, nodes }) => [
      name,
      chosen ? '*' : '',
      leader ?? '',
      compact(masters),
      String(nodes),
    ]),
  );
}

async function row(context: Context, known: KnownCluster, chosen: string): Promise<Row> {
  const { name, description, spec, droplets } = known;
  const view = await askSwarm(context, droplets, managersIn(spec));
  const why = whyUnknown(name, view);
  if (why !== undefined) context.out.warn(`${name}: cannot query the swarm: ${why}`);
  return {
    cluster: name,
    chosen: name === chosen,
    described: description?.shown ?? null,
    leader: mastersIn(known, view, ({ leader }) => leader)[0] ?? null,
    masters: view.swarm ? mastersIn(known, view, () => true) : plannedMasters(known),
    nodes: droplets.length,
  };
}

/** Names of managers: the droplet's, where the swarm's entry has one. */
function mastersIn(
  { droplets }: KnownCluster,
  view: SwarmView<Droplet>,
  which: (member: SwarmNode) => boolean,
): string[] {
  const names = new Map(droplets.map((droplet) => [view.memberOf(droplet)?.id, droplet.name]));
  const managers = (view.swarm?.members ?? []).filter(
    (member) => member.role === 'manager' && member.state !== 'down' && which(member),
  );
  return managers.map(({ id, hostname }) => names.get(id) ?? hostname).sort(naturalCompare);
}

const plannedMasters = ({ spec, droplets }: KnownCluster): string[] => {
  const managers = new Set(managersIn(spec));
  return droplets.map(({ name }) => name).filter((name) => managers.has(name));
};
