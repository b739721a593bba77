// Container registries: their names, and credentials for docker.
import { fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import { conflict, notPlayed, unprocessable } from '../../account/refusals.ts';
import type { Registry } from '../../account/registries.ts';
import { type Answer, type Call, created, found, ok, type Routes } from '../call.ts';
import { isoTime } from '../views.ts';

const REGIONS = ['nyc3', 'sfo3', 'ams3', 'sgp1', 'fra1'];

export const registryRoutes: Routes = {
  'GET /v2/registries': ({ account }) => ok({ registries: account.registries.list().map(view) }),
  'POST /v2/registries': create,
  'GET /v2/registries/{registry_name}': (call) => ok({ registry: view(registryOf(call)) }),
  'DELETE /v2/registries/{registry_name}': (call) => call.account.registries.remove(registryOf(call)),
  'GET /v2/registries/{registry_name}/docker-credentials': credentials,
};

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
  return created({ registry: view(account.registries.add({ id: name, region, createdAt: account.timers.now() })) });
}

/** Nothing here ends with its time: no registry of the sandbox takes them. */
function credentials(call: Call): Answer {
  const { account, query } = call;
  const registry = registryOf(call);
  const [expiry, write] = [query.get('expiry_seconds') ?? '0', query.get('read_write') ?? 'false'];
  if (!/^\d+$/.test(expiry)) throw unprocessable('invalid expiry_seconds');
  if (write !== 'false') throw notPlayed('read_write');
  return ok({ auths: { 'registry.digitalocean.com': { auth: account.registries.credentials(registry) } } });
}

const registryOf = ({ account, params }: Call): Registry =>
  found(account.registries.get(params['registry_name'] ?? ''));

const view = ({ id, region, createdAt }: Registry): object => ({
  name: id,
  created_at: isoTime(createdAt),
  region,
  storage_usage_bytes: 0,
  storage_usage_bytes_updated_at: isoTime(createdAt),
});
