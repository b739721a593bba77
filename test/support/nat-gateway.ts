import { api } from './probe.ts';
import type { AnyWorld } from './world.ts';

/** Gives the default VPC of sgp1 a way out, without which belt creates no private nodes there. */
export async function makeNatGateway(w: AnyWorld<never>): Promise<void> {
  const { vpcs } = (await api(w, 'GET', '/v2/vpcs')) as { vpcs: { id: string; region: string }[] };
  const { id } = vpcs.find(({ region }) => region === 'sgp1')!;
  const gateway = { name: 'way-out', type: 'PUBLIC', region: 'sgp1', size: 1, vpcs: [{ vpc_uuid: id }] };
  await api(w, 'POST', '/v2/vpc_nat_gateways', gateway);
}
