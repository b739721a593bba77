// Cloud firewalls: the traffic they allow, and their droplets.
import { fieldsOf, idOf } from '../../account/body.ts';
import { changing } from '../../account/firewalls/changes.ts';
import { appliesTo } from '../../account/firewalls/effective.ts';
import type { AccessRule, Firewall, FirewallPlan } from '../../account/firewalls/firewall.ts';
import { checkLimits, readDroplets, readPlan, readRules, readTags, required } from '../../account/firewalls/read.ts';
import { notFound } from '../../account/refusals.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { firewallView } from '../views.ts';
import { dropletOf } from './droplets.ts';

export const firewallRoutes: Route[] = [
  route('GET /v2/firewalls', (call) => pageOf(call, 'firewalls', call.account.firewalls.list(), firewallView)),
  route('POST /v2/firewalls', create),
  route('GET /v2/firewalls/{firewall_id}', (call) => one(200, firewallOf(call))),
  route('PUT /v2/firewalls/{firewall_id}', (call) => {
    const firewall = firewallOf(call);
    edit(call, () => readPlan(call.account, call.body, firewall));
    return one(200, firewall);
  }),
  route('DELETE /v2/firewalls/{firewall_id}', ({ account, ...call }) => {
    const firewall = firewallOf({ account, ...call });
    changing(account, () => account.firewalls.remove(firewall));
    return { status: 204 };
  }),
  route('POST /v2/firewalls/{firewall_id}/droplets', (call) =>
    edit(call, (plan) => ({ ...plan, dropletIds: joined(plan.dropletIds, readDroplets(call.account, call.body)) })),
  ),
  route('DELETE /v2/firewalls/{firewall_id}/droplets', (call) =>
    edit(call, (plan) => ({
      ...plan,
      dropletIds: without(plan.dropletIds, required(call.body, 'droplet_ids').map(idOf)),
    })),
  ),
  route('POST /v2/firewalls/{firewall_id}/tags', (call) =>
    edit(call, (plan) => ({ ...plan, tags: joined(plan.tags, readTags(call.account, call.body)) })),
  ),
  route('DELETE /v2/firewalls/{firewall_id}/tags', (call) =>
    edit(call, (plan) => ({
      ...plan,
      tags: without(
        plan.tags,
        required(call.body, 'tags').map((tag) => spelled(call, tag)),
      ),
    })),
  ),
  route('POST /v2/firewalls/{firewall_id}/rules', (call) =>
    edit(call, (plan) => {
      const { inbound, outbound } = readRules(call.account, call.body);
      return { ...plan, inbound: [...plan.inbound, ...inbound], outbound: [...plan.outbound, ...outbound] };
    }),
  ),
  route('DELETE /v2/firewalls/{firewall_id}/rules', (call) =>
    edit(call, (plan) => {
      const { inbound, outbound } = readRules(call.account, call.body);
      return {
        ...plan,
        inbound: withoutRules(plan.inbound, inbound),
        outbound: withoutRules(plan.outbound, outbound),
      };
    }),
  ),
  route('GET /v2/droplets/{droplet_id}/firewalls', (call) => {
    const droplet = dropletOf(call);
    const its = call.account.firewalls.list().filter(({ plan }) => appliesTo(plan, droplet));
    return pageOf(call, 'firewalls', its, firewallView);
  }),
];

function create(call: Call): Answer {
  const { account } = call;
  const plan = readPlan(account, fieldsOf(call.body));
  return one(
    202,
    changing(account, () => account.firewalls.add(plan, account.timers.now())),
  );
}

/** Replaces the firewall's plan; an error leaves it unchanged. */
function edit(call: Call, next: (plan: FirewallPlan) => FirewallPlan): Answer {
  const firewall = firewallOf(call);
  const plan = checkLimits(next(firewall.plan));
  changing(call.account, () => {
    firewall.plan = plan;
  });
  return { status: 204 };
}

function one(status: number, firewall: Firewall): Answer {
  return { status, body: { firewall: firewallView(firewall) } };
}

function firewallOf({ account, params }: Call): Firewall {
  const firewall = account.firewalls.get(params['firewall_id'] ?? '');
  if (!firewall) throw notFound();
  return firewall;
}

function joined<T>(some: readonly T[], more: readonly T[]): T[] {
  return [...new Set([...some, ...more])];
}

function without<T>(some: readonly T[], fewer: readonly unknown[]): T[] {
  return some.filter((each) => !fewer.includes(each));
}

const spelled = ({ account }: Call, tag: unknown) => account.tags.spelled(String(tag));

/** Removes equal rules, in whatever order; a missing one is not an error. */
function withoutRules(rules: readonly AccessRule[], fewer: readonly AccessRule[]): AccessRule[] {
  const gone = new Set(fewer.map(textOf));
  return rules.filter((rule) => !gone.has(textOf(rule)));
}

function textOf({ protocol, ports, addresses, dropletIds, tags }: AccessRule): string {
  const sorted = [addresses, dropletIds.map(String), tags].map((names) => names.toSorted());
  return JSON.stringify([protocol, ports, ...sorted]);
}
