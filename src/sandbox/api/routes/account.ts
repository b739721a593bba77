// The account: who it is, what it owes, and the one project that it has.
import type { Account } from '../../account/account.ts';
import type { Droplet } from '../../account/droplet.ts';
import { seededUuid } from '../../random.ts';
import { type Answer, type Call, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { isoTime } from '../views.ts';

export const accountRoutes: Routes = {
  'GET /v2/account': ({ account }) => ok({ account: accountView(account) }),
  'GET /v2/customers/my/balance': ({ account }) => ok(balance(account)),
  'GET /v2/projects': (call) => pageOf(call, 'projects', [projectOf(call.account)], (project) => project),
  'GET /v2/projects/default': (call) => ok({ project: checked(call) }),
  'GET /v2/projects/{project_id}': (call) => ok({ project: checked(call) }),
  'GET /v2/projects/default/resources': resources,
  'GET /v2/projects/{project_id}/resources': resources,
};

const accountView = ({ dropletLimit, uuid }: Account): object => ({
  droplet_limit: dropletLimit,
  floating_ip_limit: 3,
  email: 'sandbox@example.com',
  name: 'Sandbox',
  uuid,
  email_verified: true,
  status: 'active',
  status_message: '',
  team: { uuid, name: 'My Team' },
});

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

const projectOf = ({ uuid, options, startedAt }: Account) => ({
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
});

function resources(call: Call): Answer {
  checked(call);
  return pageOf(call, 'resources', call.account.droplets.list(), (droplet) => resourceView(droplet, call.baseUrl));
}

/** The project that the path names, or a 404. */
function checked({ account, params }: Call): object {
  const project = projectOf(account);
  return found([project.id, undefined].includes(params['project_id']) ? project : undefined);
}

const resourceView = ({ id, createdAt }: Droplet, baseUrl: string): object => ({
  urn: `do:droplet:${id}`,
  assigned_at: isoTime(createdAt),
  links: { self: `${baseUrl}/v2/droplets/${id}` },
  status: 'ok',
});
