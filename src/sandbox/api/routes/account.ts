// The account: who it is, what it owes, and the one project that it has.
import type { Account } from '../../account/account.ts';
import type { Droplet } from '../../account/droplet.ts';
import { notFound } from '../../account/refusals.ts';
import { seededUuid } from '../../random.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { isoTime } from '../views.ts';

export const accountRoutes: Route[] = [
  route('GET /v2/account', ({ account }) => ({
    status: 200,
    body: {
      account: {
        droplet_limit: account.dropletLimit,
        floating_ip_limit: 3,
        email: 'sandbox@example.com',
        name: 'Sandbox',
        uuid: account.uuid,
        email_verified: true,
        status: 'active',
        status_message: '',
        team: { uuid: account.uuid, name: 'My Team' },
      },
    },
  })),
  route('GET /v2/customers/my/balance', ({ account }) => ({ status: 200, body: balance(account) })),
  route('GET /v2/projects', (call) => pageOf(call, 'projects', [projectOf(call.account)], (project) => project)),
  route('GET /v2/projects/default', project),
  route('GET /v2/projects/{project_id}', project),
  route('GET /v2/projects/default/resources', resources),
  route('GET /v2/projects/{project_id}/resources', resources),
];

const HOUR_MS = 3_600_000;

/** What the existing droplets have cost so far; nothing is ever paid. */
function balance({ droplets, timers }: Account): object {
  const costs = droplets.list().map(({ createdAt, size }) => ((timers.now() - createdAt) / HOUR_MS) * size.priceHourly);
  const usage = costs.reduce((sum, cost) => sum + cost, 0).toFixed(2);
  return {
    month_to_date_balance: usage,
    account_balance: '0.00',
    month_to_date_usage: usage,
    generated_at: isoTime(timers.now()),
  };
}

function projectOf({ uuid, options, startedAt }: Account) {
  return {
    id: seededUuid(options.seed, 'project'),
    owner_uuid: uuid,
    owner_id: 1,
    name: 'sandbox',
    description: '',
    purpose: 'Just trying out DigitalOcean',
    environment: 'Development',
    created_at: isoTime(startedAt),
    updated_at: isoTime(startedAt),
    is_default: true,
  };
}

function project(call: Call): Answer {
  return { status: 200, body: { project: checked(call) } };
}

function resources(call: Call): Answer {
  checked(call);
  return pageOf(call, 'resources', call.account.droplets.list(), (droplet) => resourceView(droplet, call.baseUrl));
}

/** The project that the path names, or a 404. */
function checked({ account, params }: Call): ReturnType<typeof projectOf> {
  const found = projectOf(account);
  const id = params['project_id'];
  if (id !== undefined && id !== found.id) throw notFound();
  return found;
}

function resourceView({ id, createdAt }: Droplet, baseUrl: string): object {
  return {
    urn: `do:droplet:${id}`,
    assigned_at: isoTime(createdAt),
    links: { self: `${baseUrl}/v2/droplets/${id}` },
    status: 'ok',
  };
}
