// What droplets without a public address need besides: a way in, and a way out.
import { CloudError } from '../../cloud/errors.ts';
import type { Vpc } from '../../cloud/schemas.ts';
import { withoutDefault } from '../../cloud/vpcs.ts';
import type { Context } from '../../context.ts';
import { BeltError, messageOf, UsageError } from '../../errors.ts';
import { SET_JUMP } from '../../fleet/address.ts';
import { checkTrusted, jumpOf, nodeAsHost, noJumpNode } from '../../fleet/jump.ts';
import { compact, nearest } from '../../patterns/index.ts';

export interface PrivateNodes {
  names: readonly string[];
  regions: readonly string[];
  /** The VPC that they will be in; by default that of each region. */
  vpcUuid: string | undefined;
  /** Whether Docker is installed on them where their image has none. */
  install: boolean;
}

/** A token without the right, an API without gateways. */
const CANNOT_LOOK = [401, 403, 404];

/** Checks that they reach what they install. @throws BeltError where their VPC has no NAT gateway */
export async function checkPrivate(context: Context, nodes: PrivateNodes): Promise<void> {
  const cloud = await context.cloud();
  let gateways: Awaited<ReturnType<typeof cloud.natGateways>>;
  try {
    gateways = await cloud.natGateways();
  } catch (error) {
    if (!(error instanceof CloudError && CANNOT_LOOK.includes(error.status ?? 0))) throw error;
    return context.out.warn(`cannot check whether the VPC has a NAT gateway: ${messageOf(error)}`);
  }
  const behind = new Set(gateways.filter(isInUse).flatMap(({ vpcs }) => vpcs.map(({ vpc_uuid }) => vpc_uuid)));
  if (nodes.vpcUuid !== undefined && behind.has(nodes.vpcUuid)) return;
  const vpcs = await cloud.vpcs();
  const bare = vpcsOf(vpcs, nodes).find(({ id }) => !behind.has(id));
  if (bare) return refuse(context, nodes, `VPC ${bare.name}`);
  const [region] = nodes.vpcUuid === undefined ? withoutDefault(vpcs, nodes.regions) : [];
  if (region !== undefined) refuse(context, nodes, `the default VPC of ${region}, which is yet to be made,`);
}

/** A node that is there or is to be, and may be the jump host. */
export interface JumpCandidate {
  name: string;
  /** Whether it has a public address. */
  isOpen: boolean;
  isManager: boolean;
}

/** @throws UsageError or BeltError where the settings do not lead to nodes without a public address */
export async function checkJump(
  context: Context,
  names: readonly string[],
  candidates: readonly JumpCandidate[],
): Promise<void> {
  const settings = await context.settings();
  const jump = jumpOf(settings);
  if (jump === undefined) {
    const are = names.length === 1 ? 'is' : 'are';
    throw new UsageError(`no jump host is set for ${compact([...names])}, which ${are} to have no public address`, {
      hint: SET_JUMP,
    });
  }
  if (jump.kind === 'host') {
    if (candidates.some(({ name }) => name === jump.address)) throw nodeAsHost(settings, jump.address);
    return checkTrusted(await context.state(), jump);
  }
  const open = candidates.filter(({ isOpen }) => isOpen);
  if (open.some(({ name, isManager }) => (jump.kind === 'node' ? name === jump.name : isManager))) return;
  const { message, hint } = noJumpNode(settings);
  const isMistyped = jump.kind === 'node' && candidates.every(({ name }) => name !== jump.name);
  const near = isMistyped ? nearest(jump.name, [...new Set(open.map(({ name }) => name))]) : [];
  throw new UsageError(`nothing would lead to ${compact([...names])}: ${message}`, {
    hint: near.length > 0 ? `did you mean ${near.join(', ')}? ${hint}` : hint,
  });
}

/** The refusal of nodes that could download nothing, no Docker and no image; a warning where they need not. */
export function refuse(
  { out }: Context,
  { names, install }: Pick<PrivateNodes, 'names' | 'install'>,
  vpc: string,
): void {
  const who = compact([...names]);
  const words = `${vpc} has no NAT gateway: ${who} could not download anything`;
  if (!install) return out.warn(words);
  throw new BeltError(words, {
    hint: 'create a gateway for the VPC at DigitalOcean (Networking, NAT gateways), or give the nodes public addresses',
  });
}

const isInUse = ({ state }: { state: string }): boolean => !/^(DELETING|ERROR|INVALID)$/.test(state);

const vpcsOf = (vpcs: readonly Vpc[], { vpcUuid, regions }: PrivateNodes): Vpc[] =>
  vpcUuid !== undefined
    ? vpcs.filter(({ id }) => id === vpcUuid)
    : vpcs.filter((vpc) => vpc.default && regions.includes(vpc.region));
