import { command } from '../../cli/command.ts';
import type { Firewall } from '../../cloud/schemas.ts';
import { clusterTag, hasTag } from '../../cloud/tags.ts';
import { isBetweenNodes, isForEverybody, type Rule } from '../../cluster/firewall.ts';
import { peersWords, portsWords } from '../../cluster/firewall-traffic.ts';
import type { Context } from '../../context.ts';
import { findFirewall } from '../../provision/firewall.ts';

export default command({
  summary: 'show who can reach which port of the cluster’s nodes',
  examples: [
    ['belt firewall show', ''],
    ['belt firewall show --json', 'with what goes out'],
  ],
  run: firewallShow,
});

const HEADER = ['Rule', 'Protocol', 'Port', 'From'];

/** `belt firewall show` — who reaches which port of the cluster's nodes, as DigitalOcean has it now. */
async function firewallShow(context: Context): Promise<void> {
  const { out } = context;
  const { cluster, sshPort } = await context.settings();
  const firewall = findFirewall(await (await context.cloud()).firewalls(), cluster);
  const tag = clusterTag(cluster);
  if (out.json) return out.document({ cluster, firewall: firewall ? documentOf(firewall, tag, sshPort) : null });
  if (!firewall) {
    return out.note(
      `${cluster} has no firewall: every port is open to everybody · create one: belt up, or belt firewall open`,
    );
  }
  if (!hasTag(firewall.tags, tag)) out.warn(`${firewall.name} does not apply to ${tag}: belt up fixes it`);
  const { inbound, outbound } = firewall.foreign;
  const unread = inbound.length + outbound.length;
  if (unread > 0) {
    out.warn(
      `belt cannot read ${unread} of its rules, and leaves them as they are: see doctl compute firewall get ${firewall.id}`,
    );
  }
  const rows = firewall.inbound.map((rule) => [
    kindOf(rule, tag, sshPort),
    rule.protocol,
    rule.protocol === 'icmp' ? '' : portsWords(rule).replace(/\/.*$/, ''),
    peersWords(rule.peers, tag),
  ]);
  out.table(HEADER, rows);
}

/** Why there is such a rule: for SSH, what the file opens, the swarm's own, or somebody's. */
function kindOf(rule: Rule, tag: string, sshPort: number): 'ssh' | 'open' | 'swarm' | 'other' {
  if (isBetweenNodes(rule, tag)) return 'swarm';
  if (rule.protocol === 'tcp' && rule.ports === String(sshPort)) return 'ssh';
  return isForEverybody(rule) ? 'open' : 'other';
}

function documentOf({ id, name, tags, inbound, outbound, foreign }: Firewall, tag: string, sshPort: number) {
  const plain = ({ protocol, ports, peers: { addresses, tags: named, others } }: Firewall['inbound'][number]) => ({
    protocol,
    ports,
    addresses,
    tags: named,
    ...others,
  });
  return {
    id,
    name,
    tags,
    inbound: inbound.map((rule) => ({ rule: kindOf(rule, tag, sshPort), ...plain(rule) })),
    outbound: outbound.map(plain),
    // What belt cannot read, as DigitalOcean has it.
    ...(foreign.inbound.length + foreign.outbound.length > 0 && { foreign }),
  };
}
