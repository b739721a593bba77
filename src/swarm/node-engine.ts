// A node as this module sees it: a name, an address inside the VPC, an engine. Independent of DigitalOcean.
import type { Engine } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';

export interface NodeEngine {
  name: string;
  /** The VPC address, for all traffic between the swarm's nodes (design rule 6). */
  privateAddress: string | undefined;
  engine: Engine;
}

/** @throws BeltError when the node has no private address */
export function advertiseAddress(member: NodeEngine): string {
  if (member.privateAddress) return member.privateAddress;
  throw new BeltError(`${member.name} has no private address for the swarm`, {
    hint: 'a droplet gets one in its VPC when it is created; recreate it',
  });
}
