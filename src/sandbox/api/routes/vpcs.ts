// VPCs and their members.
import { capacity, isPrivate, parseCidr } from '../../account/addresses.ts';
import { type Fields, fieldsOf, refuseOthers, textOf } from '../../account/body.ts';
import type { Droplet } from '../../account/droplet.ts';
import { forbidden, needed, unprocessable } from '../../account/refusals.ts';
import type { Vpc } from '../../account/vpcs.ts';
import { findRegion } from '../../catalogue/regions.ts';
import { type Answer, type Call, created, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { isoTime, vpcView } from '../views.ts';

export const vpcRoutes: Routes = {
  'GET /v2/vpcs': (call) => pageOf(call, 'vpcs', call.account.vpcs.list(), vpcView),
  'POST /v2/vpcs': create,
  'GET /v2/vpcs/{vpc_id}': (call) => ok({ vpc: vpcView(vpcOf(call)) }),
  'PUT /v2/vpcs/{vpc_id}': update,
  'PATCH /v2/vpcs/{vpc_id}': update,
  'DELETE /v2/vpcs/{vpc_id}': remove,
  'GET /v2/vpcs/{vpc_id}/members': (call) => pageOf(call, 'members', membersOf(call, vpcOf(call)), memberView),
};

function create(call: Call): Answer {
  const { account } = call;
  const fields = fieldsOf(call.body);
  refuseOthers(fields, ['name', 'description', 'region', 'ip_range']);
  const region = needed(findRegion(textOf(fields, 'region') ?? ''), 'region is invalid');
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
  const createdAt = account.timers.now();
  const vpc = account.vpcs.make({ name, description, region, ipRange, cidr, createdAt });
  return created({ vpc: vpcView(vpc) });
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
  return ok({ vpc: vpcView(vpc) });
}

function remove(call: Call): void {
  const vpc = vpcOf(call);
  if (vpc.default) throw forbidden('Can not delete the default VPC of a region');
  if (membersOf(call, vpc).length > 0) throw forbidden('Can not delete VPC with members');
  call.account.vpcs.remove(vpc);
}

function readName(fields: Fields): string {
  const name = textOf(fields, 'name');
  if (name === undefined || !/^[a-zA-Z0-9\-.]+$/.test(name)) {
    throw unprocessable('name is invalid: it may contain letters, numbers, dashes and periods');
  }
  return name;
}

const vpcOf = ({ account, params }: Call): Vpc => found(account.vpcs.get(params['vpc_id'] ?? ''));

function membersOf({ account, query }: Call, vpc: Vpc): Droplet[] {
  const type = query.get('resource_type');
  return type === null || type === 'droplet' ? account.droplets.list().filter((droplet) => droplet.vpc === vpc) : [];
}

const memberView = ({ name, id, createdAt }: Droplet): object => ({
  name,
  urn: `do:droplet:${id}`,
  created_at: isoTime(createdAt),
});
