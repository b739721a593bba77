// Firewalls follow changes to their droplets and tags, and the hosts follow the firewalls, a moment later.
import type { FirewallRules } from '../../firewall.ts';
import { seededRandom } from '../../random.ts';
import type { Host } from '../../types.ts';
import type { Account } from '../account.ts';
import type { Droplet } from '../droplet.ts';
import { workOnHost } from '../host-work.ts';
import { drawFirewallMs } from '../timeline.ts';
import { appliesTo, effectiveRules } from './effective.ts';
import type { Firewall, FirewallPlan, PendingChange } from './firewall.ts';

/** A firewall's plan at one moment, and whom it guarded. */
interface Moment {
  plan: FirewallPlan;
  guarded: Set<number>;
}

/** The rules for a host, and their text for comparison. */
interface Orders {
  rules: FirewallRules | undefined;
  text: string;
}

/** Droplets with the same firewalls share the same rules, and a fleet has only a handful of kinds. Valid until the next change. */
const ordersOf = new WeakMap<Account, Map<string, Orders>>();

/** The last rules sent to each host; one without rules allows everything. */
const told = new WeakMap<Host, string>();

/**
 * Changes firewalls, tags or droplets. The effect on droplets is `waiting` for a moment, as at
 * DigitalOcean, then it is sent to their hosts.
 */
export function changing<T>(account: Account, act: () => T): T {
  const { firewalls, timers } = account;
  const before = new Map(firewalls.list().map((firewall) => [firewall, momentOf(account, firewall)]));
  const result = act();
  ordersOf.delete(account);
  if (before.size === 0 && firewalls.list().length === 0) return result;
  const begun = firewalls.list().flatMap((firewall) => {
    const changes = changesOf(account, firewall, before.get(firewall));
    return changes ? [{ firewall, changes }] : [];
  });
  for (const { firewall, changes } of begun) firewall.changes.add(changes);
  const random = seededRandom(account.options.seed, 'firewall-change', firewalls.takeChangeOrdinal());
  timers.after(drawFirewallMs(random, account.meanBootMs), async () => {
    // Even if no firewall changed: a tag or a droplet that a rule names may have.
    await tellHosts(account);
    for (const { firewall, changes } of begun) firewall.changes.delete(changes);
  });
  return result;
}

export async function tellNewHost(account: Account, droplet: Droplet, host: Host): Promise<void> {
  await tell(host, ordersFor(account, droplet));
}

function momentOf(account: Account, { plan }: Firewall): Moment {
  const tagged = plan.tags.flatMap((tag) => account.droplets.withTag(tag).map(({ id }) => id));
  return { plan, guarded: new Set([...plan.dropletIds, ...tagged]) };
}

/** The droplets that gain or lose the firewall; undefined when nothing changed. */
function changesOf(account: Account, firewall: Firewall, before: Moment | undefined): PendingChange[] | undefined {
  const now = momentOf(account, firewall);
  const sameRules = before?.plan.inbound === now.plan.inbound && before?.plan.outbound === now.plan.outbound;
  const come = [...now.guarded].filter((id) => !sameRules || !before?.guarded.has(id));
  const gone = [...(before?.guarded ?? [])].filter((id) => !now.guarded.has(id) && account.droplets.get(id));
  if (sameRules && come.length + gone.length === 0) return undefined;
  return [
    ...come.map((dropletId) => ({ dropletId, removing: false })),
    ...gone.map((dropletId) => ({ dropletId, removing: true })),
  ];
}

/** Sends changed rules to the hosts; resolves when they are in effect. */
async function tellHosts(account: Account): Promise<void> {
  for (const droplet of account.droplets.list()) {
    const { host } = droplet;
    if (!host) continue;
    const orders = ordersFor(account, droplet);
    workOnHost(account, droplet, async () => {
      if (droplet.host === host) await tell(host, orders);
    });
  }
  await Promise.all(account.droplets.list().map(({ hostWork }) => hostWork));
}

function ordersFor(account: Account, droplet: Droplet): Orders {
  const known = ordersOf.get(account) ?? new Map<string, Orders>();
  ordersOf.set(account, known);
  const applying = account.firewalls.list().filter(({ plan }) => appliesTo(plan, droplet));
  const kind = applying.map(({ id }) => id).join();
  let orders = known.get(kind);
  if (!orders) {
    const rules = effectiveRules(
      applying.map(({ plan }) => plan),
      account.droplets.list(),
      droplet,
    );
    orders = { rules, text: JSON.stringify(rules) ?? '' };
    known.set(kind, orders);
  }
  return orders;
}

async function tell(host: Host, { rules, text }: Orders): Promise<void> {
  if (text !== (told.get(host) ?? '')) {
    await host.setFirewall(rules);
    told.set(host, text);
  }
}
