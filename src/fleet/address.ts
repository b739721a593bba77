// Where nodes are reached.
import { BeltError } from '../errors.ts';
import type { Node } from '../model/node.ts';

/** What helps where no jump host is set. */
export const SET_JUMP = "set ssh_jump in .belt.yaml: user@host, a node's name, or '@manager'";

/** Nothing says how a node without a public address is reached. */
export class NoJumpHost extends BeltError {}

/** What the settings say of the way to nodes without a public address. */
type Way = { sshJump?: string | undefined };

/** Where a node is reached: in public, else in its VPC by way of the jump host. Undefined where neither is known. */
export const addressIn = (
  { publicAddress, privateAddress }: Pick<Node, 'publicAddress' | 'privateAddress'>,
  { sshJump }: Way,
): string | undefined => publicAddress ?? (sshJump === undefined ? undefined : privateAddress);

/** The same. @throws BeltError where it is not reached */
export function addressOf(node: Node, settings: Way): string {
  const address = addressIn(node, settings);
  if (address !== undefined) return address;
  const { name, privateAddress } = node;
  if (privateAddress === undefined || settings.sshJump !== undefined) {
    throw new BeltError(`${name} has no address yet`, { hint: 'wait a little, then see: belt ls' });
  }
  throw new NoJumpHost(`${name} has no public address, and no jump host is set`, {
    hint: "if it was just created, wait a little (belt ls); if it is to have none, set ssh_jump in .belt.yaml: user@host, or '@manager'",
  });
}
