// Combines all firewalls of an account into one droplet's packet filter rules. Pure.
import type { FirewallRule, FirewallRules } from '../../firewall.ts';
import type { AccessRule, FirewallPlan } from './firewall.ts';

/** What a firewall needs to know about a droplet. */
export interface Guarded {
  readonly id: number;
  readonly tags: ReadonlySet<string>;
  /** Empty when it has none. */
  readonly publicAddress: string;
  readonly privateAddress: string;
}

/** Whether the firewall applies to the droplet, by its id or by a tag. */
export const appliesTo = (plan: Pick<FirewallPlan, 'dropletIds' | 'tags'>, droplet: Guarded): boolean =>
  plan.dropletIds.includes(droplet.id) || plan.tags.some((tag) => droplet.tags.has(tag));

/**
 * The combined rules of all firewalls that apply to the droplet; undefined when there are none, and all traffic passes.
 *
 * They hold for the public and the VPC interface alike ("Firewalls affect both public and VPC network traffic. Rules
 * specific to either must specify the public or private IP range", DigitalOcean's "Firewalls Limits",
 * docs.digitalocean.com/products/networking/firewalls/details/limits/). So a droplet or a tag as a source stands for both
 * addresses of each droplet.
 */
export function effectiveRules(
  plans: readonly FirewallPlan[],
  droplets: readonly Guarded[],
  droplet: Guarded,
): FirewallRules | undefined {
  const mine = plans.filter((plan) => appliesTo(plan, droplet));
  if (mine.length === 0) return undefined;
  const all = (rules: readonly AccessRule[]) =>
    // Without an address it allows nobody: a packet filter would take it for everybody.
    rules.map((rule) => resolved(rule, droplets)).filter(({ addresses }) => addresses.length > 0);
  return {
    inbound: all(mine.flatMap(({ inbound }) => inbound)),
    outbound: all(mine.flatMap(({ outbound }) => outbound)),
  };
}

function resolved(rule: AccessRule, droplets: readonly Guarded[]): FirewallRule {
  const named = droplets.filter((droplet) => appliesTo(rule, droplet));
  const theirs = named.flatMap(({ publicAddress, privateAddress }) => [publicAddress, privateAddress]);
  const addresses = [...new Set([...rule.addresses, ...theirs.filter((address) => address !== '')])];
  const [first = 0, last = first] = rule.ports.split('-').map(Number);
  return { protocol: rule.protocol, ...(first === 0 ? {} : { ports: { first, last } }), addresses };
}
