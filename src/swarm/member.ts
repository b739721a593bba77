// A node as the swarm room knows it: a name, an address inside the VPC, an engine. It knows no DigitalOcean.
import type { Engine } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';

export interface Member {
  name: string;
  /** The VPC address: all that the swarm says between its nodes goes there (design rule 6). */
  privateAddress: string | undefined;
  engine: Engine;
}

/** @throws BeltError when the node has no private address */
export function advertiseAddress(member: Member): string {
  if (member.privateAddress) return member.privateAddress;
  throw new BeltError(`${member.name} has no private address for the swarm`, {
    hint: 'a droplet gets one in its VPC when it is created; recreate it',
  });
}
