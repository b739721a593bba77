// Container registries: their names, and credentials for docker.
import { fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import { conflict, notFound, notPlayed, unprocessable } from '../../account/refusals.ts';
import type { Registry } from '../../account/registries.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { isoTime } from '../views.ts';

const REGIONS = ['nyc3', 'sfo3', 'ams3', 'sgp1', 'fra1'];

export const registryRoutes: Route[] = [
  route('GET /v2/registries', ({ account }) => ({
    status: 200,
    body: { registries: account.registries.list().map(view) },
  })),
  route('POST /v2/registries', create),
  route('GET /v2/registries/{registry_name}', (call) => ({ status: 200, body: { registry: view(registryOf(call)) } })),
  route('DELETE /v2/registries/{registry_name}', (call) => {
    call.account.registries.remove(registryOf(call));
    return { status: 204 };
  }),
  route('GET /v2/registries/{registry_name}/docker-credentials', credentials),
];

function create({ account, body }: Call): Answer {
  const fields = fieldsOf(body);
  refuseOthers(fields, ['name', 'region', 'subscription_tier_slug']);
  const name = textOf(fields, 'name') ?? '';
  if (!/^[a-z0-9-]{1,63}$/.test(name)) throw unprocessable('invalid registry name');
  if (!['starter', 'basic', 'professional'].includes(textOf(fields, 'subscription_tier_slug') ?? '')) {
    throw unprocessable('invalid subscription tier');
  }
  const region = textOf(fields, 'region') ?? 'nyc3';
  if (!REGIONS.includes(region)) throw unprocessable('invalid region');
  if (account.registries.get(name)) throw conflict('registry name already exists');
  account.registries.add({ name, region, createdAt: account.timers.now() });
  return { status: 201, body: { registry: view(account.registries.get(name)!) } };
}

/** Nothing here ends with its time: no registry of the sandbox takes them. */
function credentials(call: Call): Answer {
  const { account, query } = call;
  const registry = registryOf(call);
  const [expiry, write] = [query.get('expiry_seconds') ?? '0', query.get('read_write') ?? 'false'];
  if (!/^\d+$/.test(expiry)) throw unprocessable('invalid expiry_seconds');
  if (write !== 'false') throw notPlayed('read_write');
  const auth = account.registries.credentials(registry);
  return { status: 200, body: { auths: { 'registry.digitalocean.com': { auth } } } };
}

function registryOf({ account, params }: Call): Registry {
  const registry = account.registries.get(params['registry_name'] ?? '');
  if (!registry) throw notFound();
  return registry;
}

const view = ({ name, region, createdAt }: Registry): object => ({
  name,
  created_at: isoTime(createdAt),
  region,
  storage_usage_bytes: 0,
  storage_usage_bytes_updated_at: isoTime(createdAt),
});
