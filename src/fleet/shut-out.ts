// Whether the cluster's own cloud firewall may be why no node answers: it allows SSH only from some addresses.
import type { Firewall } from '../cloud/schemas.ts';
import { clusterTag, hasTag } from '../cloud/tags.ts';
import { isForEverybody, rangeOf } from '../cluster/firewall.ts';
import type { Context } from '../context.ts';

export interface Limit {
  /** `the firewall belt-shop allows SSH only from 203.0.113.0/24` */
  words: string;
  /** What opens it for this machine. */
  hint: string;
}

/** The limit that these firewalls put on SSH to the cluster's nodes; undefined where everybody may connect, or where none applies to them. */
export function sshLimit(
  firewalls: readonly Firewall[],
  { cluster, sshPort, prefix = '' }: { cluster: string; sshPort: number; prefix?: string | undefined },
): Limit | undefined {
  const own = firewalls.filter(({ tags }) => hasTag(tags, clusterTag(cluster)));
  const letIn = own
    .flatMap(({ inbound }) => inbound)
    .filter((rule) => {
      const { first, last } = rangeOf(rule);
      return rule.protocol === 'tcp' && first <= sshPort && sshPort <= last;
    });
  const from = [...new Set(letIn.flatMap(({ peers }) => peers.addresses))];
  // What one firewall allows is allowed, whatever others say.
  if (own.length === 0 || from.length === 0 || letIn.some(isForEverybody)) return undefined;
  const names = own.map(({ name }) => name).join(' and ');
  const [who, allows] = own.length === 1 ? [`the firewall ${names}`, 'allows'] : [`the firewalls ${names}`, 'allow'];
  return {
    words: `${who} ${allows} SSH only from ${from.join(', ')}`,
    hint: `if this machine has another address: ${prefix}belt firewall allow-ssh ${from.join(' ')} YOUR-ADDRESS`,
  };
}

/** The same for the account's current firewalls; also undefined where they cannot be read: another error is reported then. */
export async function sshLimitNow(context: Context): Promise<Limit | undefined> {
  try {
    const { cluster, sshPort } = await context.settings();
    return sshLimit(await (await context.cloud()).firewalls(), { cluster, sshPort });
  } catch {
    context.signal.throwIfAborted();
    return undefined;
  }
}
