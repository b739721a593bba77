// VPCs and their members.
import { capacity, isPrivate, parseCidr } from '../../account/addresses.ts';
import { type Fields, fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import type { Droplet } from '../../account/droplet.ts';
import { forbidden, notFound, unprocessable } from '../../account/refusals.ts';
import type { Vpc } from '../../account/vpcs.ts';
import { findRegion } from '../../catalogue/regions.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { isoTime, vpcView } from '../views.ts';

export const vpcRoutes: Route[] = [
  route('GET /v2/vpcs', (call) => pageOf(call, 'vpcs', call.account.vpcs.list(), vpcView)),
  route('POST /v2/vpcs', create),
  route('GET /v2/vpcs/{vpc_id}', (call) => ({ status: 200, body: { vpc: vpcView(vpcOf(call)) } })),
  route('PUT /v2/vpcs/{vpc_id}', update),
  route('PATCH /v2/vpcs/{vpc_id}', update),
  route('DELETE /v2/vpcs/{vpc_id}', remove),
  route('GET /v2/vpcs/{vpc_id}/members', (call) => pageOf(call, 'members', membersOf(call, vpcOf(call)), memberView)),
];

function create(call: Call): Answer {
  const { account } = call;
  const fields = fieldsOf(call.body);
  refuseOthers(fields, ['name', 'description', 'region', 'ip_range']);
  const region = findRegion(textOf(fields, 'region') ?? '');
  if (!region) throw unprocessable('region is invalid');
  const name = readName(fields);
  if (account.vpcs.list().some((vpc) => vpc.name === name)) {
    throw unprocessable('a network with that name already exists');
  }
  const ipRange = textOf(fields, 'ip_range') ?? account.vpcs.freeRange();
  const cidr = parseCidr(ipRange);
  if (!cidr || !isPrivate(cidr) || cidr.bits < 16 || cidr.bits > 28 || capacity(cidr) < 1) {
    throw unprocessable('ip_range must be a private range (RFC 1918) between /16 and /28 in CIDR notation');
  }
  if (account.vpcs.overlapping(cidr)) {
    throw unprocessable('This range/size overlaps with another VPC network in your account');
  }
  const description = textOf(fields, 'description') ?? '';
  const vpc = account.vpcs.add({ name, description, region, ipRange, default: false }, account.timers.now());
  return { status: 201, body: { vpc: vpcView(vpc) } };
}

function update(call: Call): Answer {
  const vpc = vpcOf(call);
  const fields = fieldsOf(call.body);
  refuseOthers(fields, ['name', 'description', 'default']);
  if (fields['default'] === false && vpc.default) {
    throw unprocessable('the default network of a region can only be replaced by another');
  }
  if (fields['name'] !== undefined || call.method === 'PUT') vpc.name = readName(fields);
  vpc.description = textOf(fields, 'description') ?? vpc.description;
  if (fields['default'] === true) call.account.vpcs.makeDefault(vpc);
  return { status: 200, body: { vpc: vpcView(vpc) } };
}

function remove(call: Call): Answer {
  const vpc = vpcOf(call);
  if (vpc.default) throw forbidden();
  if (membersOf(call, vpc).length > 0) throw unprocessable('Can not delete VPC with members');
  call.account.vpcs.remove(vpc);
  return { status: 204 };
}

function readName(fields: Fields): string {
  const name = textOf(fields, 'name');
  if (name === undefined || !/^[a-zA-Z0-9\-.]+$/.test(name)) {
    throw unprocessable('name is invalid: it may contain letters, numbers, dashes and periods');
  }
  return name;
}

function vpcOf({ account, params }: Call): Vpc {
  const vpc = account.vpcs.get(params['vpc_id'] ?? '');
  if (!vpc) throw notFound();
  return vpc;
}

function membersOf({ account, query }: Call, vpc: Vpc): Droplet[] {
  const type = query.get('resource_type');
  return type === null || type === 'droplet' ? account.droplets.list().filter((droplet) => droplet.vpc === vpc) : [];
}

function memberView(droplet: Droplet): object {
  return { name: droplet.name, urn: `do:droplet:${droplet.id}`, created_at: isoTime(droplet.createdAt) };
}
