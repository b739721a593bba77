// Cloud firewalls: the traffic they allow, and their droplets.
import { fieldsOf, idOf } from '../../account/body.ts';
import { changing } from '../../account/firewalls/changes.ts';
import { appliesTo } from '../../account/firewalls/effective.ts';
import type { AccessRule, Firewall, FirewallPlan } from '../../account/firewalls/firewall.ts';
import { checkLimits, readDroplets, readPlan, readRules, readTags, required } from '../../account/firewalls/read.ts';
import { type Answer, accepted, type Call, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { firewallView } from '../views.ts';
import { dropletOf } from './droplets.ts';

export const firewallRoutes: Routes = {
  'GET /v2/firewalls': (call) => pageOf(call, 'firewalls', call.account.firewalls.list(), firewallView),
  'POST /v2/firewalls': create,
  'GET /v2/firewalls/{firewall_id}': (call) => ok({ firewall: firewallView(firewallOf(call)) }),
  'PUT /v2/firewalls/{firewall_id}': (call) => {
    const firewall = firewallOf(call);
    edit(call, () => readPlan(call.account, call.body, firewall));
    return ok({ firewall: firewallView(firewall) });
  },
  'DELETE /v2/firewalls/{firewall_id}': (call) => {
    const firewall = firewallOf(call);
    changing(call.account, () => call.account.firewalls.remove(firewall));
  },
  'POST /v2/firewalls/{firewall_id}/droplets': (call) =>
    edit(call, (plan) => ({ ...plan, dropletIds: joined(plan.dropletIds, readDroplets(call.account, call.body)) })),
  'DELETE /v2/firewalls/{firewall_id}/droplets': (call) =>
    edit(call, (plan) => {
      const fewer = required(call.body, 'droplet_ids').map(idOf);
      return { ...plan, dropletIds: without(plan.dropletIds, fewer) };
    }),
  'POST /v2/firewalls/{firewall_id}/tags': (call) =>
    edit(call, (plan) => ({ ...plan, tags: joined(plan.tags, readTags(call.account, call.body)) })),
  'DELETE /v2/firewalls/{firewall_id}/tags': (call) =>
    edit(call, (plan) => {
      const fewer = required(call.body, 'tags').map((tag) => call.account.tags.spelled(String(tag)));
      return { ...plan, tags: without(plan.tags, fewer) };
    }),
  'POST /v2/firewalls/{firewall_id}/rules': (call) =>
    edit(call, (plan) => {
      const { inbound, outbound } = readRules(call.account, call.body);
      return { ...plan, inbound: [...plan.inbound, ...inbound], outbound: [...plan.outbound, ...outbound] };
    }),
  'DELETE /v2/firewalls/{firewall_id}/rules': (call) =>
    edit(call, (plan) => {
      const { inbound, outbound } = readRules(call.account, call.body);
      return {
        ...plan,
        inbound: withoutRules(plan.inbound, inbound),
        outbound: withoutRules(plan.outbound, outbound),
      };
    }),
  'GET /v2/droplets/{droplet_id}/firewalls': (call) => {
    const droplet = dropletOf(call);
    const its = call.account.firewalls.list().filter(({ plan }) => appliesTo(plan, droplet));
    return pageOf(call, 'firewalls', its, firewallView);
  },
};

function create({ account, body }: Call): Answer {
  const plan = readPlan(account, fieldsOf(body));
  const firewall = changing(account, () => account.firewalls.make(plan, account.timers.now()));
  return accepted({ firewall: firewallView(firewall) });
}

/** Replaces the firewall's plan; an error leaves it unchanged. */
function edit(call: Call, next: (plan: FirewallPlan) => FirewallPlan): void {
  const firewall = firewallOf(call);
  const plan = checkLimits(next(firewall.plan));
  changing(call.account, () => {
    firewall.plan = plan;
  });
}

const firewallOf = ({ account, params }: Call): Firewall => found(account.firewalls.get(params['firewall_id'] ?? ''));

const joined = <T>(some: readonly T[], more: readonly T[]): T[] => [...new Set([...some, ...more])];

const without = <T>(some: readonly T[], fewer: readonly unknown[]): T[] => some.filter((each) => !fewer.includes(each));

/** Removes equal rules, in whatever order; a missing one is not an error. */
function withoutRules(rules: readonly AccessRule[], fewer: readonly AccessRule[]): AccessRule[] {
  const gone = new Set(fewer.map(textOf));
  return rules.filter((rule) => !gone.has(textOf(rule)));
}

function textOf({ protocol, ports, addresses, dropletIds, tags }: AccessRule): string {
  const sorted = [addresses, dropletIds.map(String), tags].map((names) => names.toSorted());
  return JSON.stringify([protocol, ports, ...sorted]);
}
