// NAT gateways of VPCs: as much of them as droplets without a public address need.
import { fieldsOf, listOf, refuseOthers, textOf } from '../../account/body.ts';
import type { NatGateway } from '../../account/nat-gateways.ts';
import { needed, unprocessable } from '../../account/refusals.ts';
import type { Vpc } from '../../account/vpcs.ts';
import { findRegion } from '../../catalogue/regions.ts';
import { type Answer, accepted, type Call, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { natGatewayView } from '../views.ts';

export const natGatewayRoutes: Routes = {
  'GET /v2/vpc_nat_gateways': (call) =>
    pageOf(call, 'vpc_nat_gateways', call.account.natGateways.list(), natGatewayView),
  'POST /v2/vpc_nat_gateways': create,
  'GET /v2/vpc_nat_gateways/{id}': (call) => ok({ vpc_nat_gateway: natGatewayView(gatewayOf(call)) }),
  'DELETE /v2/vpc_nat_gateways/{id}': (call) => call.account.natGateways.remove(gatewayOf(call)),
};

function create({ account, body }: Call): Answer {
  const fields = fieldsOf(body);
  refuseOthers(fields, ['name', 'type', 'region', 'size', 'vpcs']);
  const region = needed(findRegion(textOf(fields, 'region') ?? ''), 'region is invalid');
  const name = textOf(fields, 'name') ?? '';
  if (name === '') throw unprocessable('name is required');
  const vpcs = listOf(fields, 'vpcs').map((one): Vpc => {
    const vpc = account.vpcs.get(textOf(fieldsOf(one), 'vpc_uuid') ?? '');
    if (!vpc || vpc.region !== region) throw unprocessable('vpc_uuid is invalid');
    return vpc;
  });
  const size = Number(fields['size'] ?? 1);
  const gateway = account.natGateways.make({ name, region, size, vpcs, createdAt: account.timers.now() });
  return accepted({ vpc_nat_gateway: natGatewayView(gateway) });
}

const gatewayOf = ({ account, params }: Call): NatGateway => found(account.natGateways.get(params['id'] ?? ''));
