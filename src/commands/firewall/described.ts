// What the cluster's description says of its firewall, kept true: belt changes its own descriptions, and tells about a user's.
import { type ClusterFirewall, specOf } from '../../cluster/firewall.ts';
import { editSpec, type FirewallEdit } from '../../cluster/firewall-edit.ts';
import { writeDescription } from '../../config/cluster/folder.ts';
import { readCluster } from '../../config/cluster/read.ts';
import { type ClusterSpec, type FirewallSpec, PLAIN_FIREWALL } from '../../config/cluster/types.ts';
import { changed } from '../../config/cluster/write.ts';
import { firewallLine, isSame, mentionsFirewall } from '../../config/cluster/write-firewall.ts';
import type { Context } from '../../context.ts';
import { type Description, descriptionOf } from '../../descriptions/description.ts';
import { specIn } from '../../descriptions/spec.ts';

export interface DescribedFirewall {
  spec: ClusterSpec;
  /** Has the description say what was done, or tells the user what would say what the firewall is now. */
  keep(now: ClusterFirewall): Promise<void>;
}

/** The chosen cluster's; undefined where nothing here describes it. @throws UsageError when it will not do */
export async function describedFirewall(context: Context, edit: FirewallEdit): Promise<DescribedFirewall | undefined> {
  const { cluster, sshPort } = await context.settings();
  const description = await descriptionOf(context, cluster);
  if (!description) return undefined;
  const spec = await specIn(context, description);
  const wanted = editSpec(spec.firewall ?? PLAIN_FIREWALL, edit);
  if (spec.firewall && isSame(spec.firewall, wanted)) return { spec, keep: async () => {} };
  if (description.keeper === 'belts') return { spec, keep: rewriting(context, description, wanted) };
  return { spec, keep: async (now) => context.out.note(advice(description, spec, specOf(now, { sshPort }))) };
}

function rewriting(context: Context, description: Description, firewall: FirewallSpec): () => Promise<void> {
  const { shown } = description;
  const text = changed(description, { firewall });
  readCluster({ text, shown });
  return async () => {
    const { cluster } = await context.settings();
    writeDescription(await context.descriptions(), cluster, text);
    context.out.note(`${shown} is updated too`);
  };
}

function advice({ shown, text }: Description, { firewall }: ClusterSpec, now: FirewallSpec): string {
  const why = firewall ? 'or the next belt up undoes it' : 'or belt up leaves the firewall alone, as it says now';
  const how = mentionsFirewall(text) ? 'replace its firewall: with this' : 'add this under cluster:';
  return `${shown} is yours to edit: ${how}, ${why}\n${firewallLine(now)}`;
}
