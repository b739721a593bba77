// NAT gateways of VPCs: as much of them as droplets without a public address need.
import { fieldsOf, listOf, refuseOthers, textOf } from '../../account/body.ts';
import type { NatGateway } from '../../account/nat-gateways.ts';
import { notFound, unprocessable } from '../../account/refusals.ts';
import type { Vpc } from '../../account/vpcs.ts';
import { findRegion } from '../../catalogue/regions.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { natGatewayView } from '../views.ts';

export const natGatewayRoutes: Route[] = [
  route('GET /v2/vpc_nat_gateways', (call) =>
    pageOf(call, 'vpc_nat_gateways', call.account.natGateways.list(), natGatewayView),
  ),
  route('POST /v2/vpc_nat_gateways', create),
  route('GET /v2/vpc_nat_gateways/{id}', (call) => ({
    status: 200,
    body: { vpc_nat_gateway: natGatewayView(gatewayOf(call)) },
  })),
  route('DELETE /v2/vpc_nat_gateways/{id}', (call) => {
    call.account.natGateways.remove(gatewayOf(call));
    return { status: 204 };
  }),
];

function create({ account, body }: Call): Answer {
  const fields = fieldsOf(body);
  refuseOthers(fields, ['name', 'type', 'region', 'size', 'vpcs']);
  const region = findRegion(textOf(fields, 'region') ?? '');
  if (!region) throw unprocessable('region is invalid');
  const name = textOf(fields, 'name') ?? '';
  if (name === '') throw unprocessable('name is required');
  const vpcs = listOf(fields, 'vpcs').map((one): Vpc => {
    const vpc = account.vpcs.get(textOf(fieldsOf(one), 'vpc_uuid') ?? '');
    if (!vpc || vpc.region !== region) throw unprocessable('vpc_uuid is invalid');
    return vpc;
  });
  const size = Number(fields['size'] ?? 1);
  const gateway = account.natGateways.add({ name, region, size, vpcs, createdAt: account.timers.now() });
  return { status: 202, body: { vpc_nat_gateway: natGatewayView(gateway) } };
}

function gatewayOf({ account, params }: Call): NatGateway {
  const gateway = account.natGateways.get(params['id'] ?? '');
  if (!gateway) throw notFound();
  return gateway;
}
