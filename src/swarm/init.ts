// The first manager of a swarm.
import { poolBeside } from '../config/cluster/address-pool.ts';
import type { InitOptions } from '../engine/engine.ts';
import { BeltError } from '../errors.ts';
import { advertiseAddress, type NodeEngine } from './node-engine.ts';

export interface Initialised {
  nodeId: string;
  /** It was a manager before. */
  already: boolean;
}

/**
 * Makes a node the first manager of a new swarm, unless it is a manager already. Without an explicit address pool, its overlay networks
 * use one outside the VPC.
 * @throws BeltError when it is a worker of some swarm, or its swarm is locked or broken
 */
export async function init(member: NodeEngine, options: InitOptions = {}): Promise<Initialised> {
  const swarm = await member.engine.swarm();
  if (swarm.state === 'inactive') {
    const address = advertiseAddress(member);
    const { defaultAddrPool = [], ...others } = options;
    const pool = defaultAddrPool.length > 0 ? defaultAddrPool : [poolBeside(address)];
    return { nodeId: await member.engine.init(address, { ...others, defaultAddrPool: pool }), already: false };
  }
  if (swarm.manager) return { nodeId: swarm.nodeId, already: true };
  if (swarm.state === 'active') {
    throw new BeltError(`${member.name} is a worker of a swarm, not a manager`, {
      hint: `name one of its managers, or: belt --host ${member.name} docker swarm leave`,
    });
  }
  throw new BeltError(`${member.name} is in a swarm that is ${swarm.state}${swarm.error ? `: ${swarm.error}` : ''}`, {
    hint: `see: belt --host ${member.name} docker info`,
  });
}
