// Joining and leaving a swarm.
import {
  alreadyInSwarm,
  connectionRefused,
  EngineError,
  joinTimedOut,
  noLeader,
  notInSwarm,
  rpcError,
} from '../errors.ts';
import { timings } from '../timings.ts';
import type { Engine, Membership } from './engine.ts';
import type { Availability, Role } from './node.ts';
import { reconcile } from './scheduler.ts';
import { Swarm } from './swarm.ts';

export interface JoinRequest {
  remotes: string[];
  token: string;
  address: string;
  availability: Availability;
}

export function createSwarm(engine: Engine, address: string, availability: Availability): Swarm {
  if (engine.membership !== undefined) throw alreadyInSwarm();
  const swarm = new Swarm(engine.world, reconcile);
  const node = swarm.addNode(engine, { role: 'manager', address, availability });
  engine.membership = { state: 'active', error: '', nodeAddress: address, remotes: [`${address}:2377`], swarm, node };
  swarm.addVoter(node, { reachable: true });
  return swarm;
}

/** Joins; after the timeout it throws, and continues in the background. */
export async function joinSwarm(engine: Engine, request: JoinRequest): Promise<void> {
  if (engine.membership !== undefined) throw alreadyInSwarm();
  if (!/^(SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25})?$/.test(request.token)) throw new EngineError(500, 'invalid join token');
  const membership: Membership = {
    state: 'pending',
    error: '',
    nodeAddress: request.address,
    remotes: request.remotes,
  };
  engine.membership = membership;
  let waiting = true;
  const joining = keepTrying(engine, membership, request).catch((error: Error) => {
    if (waiting && engine.membership === membership) engine.membership = undefined;
    membership.state = 'error';
    membership.error = error.message;
    if (waiting) throw error;
  });
  const timeout = engine.world.pause(timings.joinTimeoutMs).then(() => {
    throw joinTimedOut();
  });
  try {
    await Promise.race([joining, timeout]);
  } finally {
    waiting = false;
    timeout.catch(() => {});
  }
}

async function keepTrying(engine: Engine, membership: Membership, request: JoinRequest): Promise<void> {
  let refused = 0;
  // The others are ignored (moby, daemon/cluster/swarm.go: `joinAddr`).
  const [remote = ''] = request.remotes;
  while (engine.membership === membership) {
    const swarm = engine.up ? swarmBehind(engine, remote) : undefined;
    if (swarm !== undefined) return await enter(engine, membership, swarm, request);
    if (isRefused(engine, remote) && ++refused === (request.token === '' ? 1 : MOST_REFUSALS)) {
      throw connectionRefused(remote);
    }
    await engine.world.pause(timings.joinRetryMs);
  }
}

/** How often an engine with a token retries where nobody listens; where nothing answers at all it waits for its timeout. */
const MOST_REFUSALS = 5;

/** Whether the engine is a manager that others can ask. */
export const takesPart = ({ membership }: Engine): boolean =>
  membership?.node?.voter === true && membership.state !== 'locked';

/** Each part of `ADDRESS:PORT`. */
function partsOf(remote: string): { address: string; port: number } {
  const [, address = remote, port = '2377'] = /^(.*?)(?::(\d+))?$/.exec(remote) ?? [];
  return { address, port: Number(port) };
}

/** Whether there is a machine, and nothing on it that takes nodes in. */
function isRefused(engine: Engine, remote: string): boolean {
  const { address, port } = partsOf(remote);
  if (address.startsWith('127.')) return true;
  const there = engine.world.reach(engine, address, port);
  return there !== undefined && (port !== 2377 || !takesPart(there));
}

/** The swarm, where a manager with a leader answers at the address. */
function swarmBehind(engine: Engine, remote: string): Swarm | undefined {
  const { address, port } = partsOf(remote);
  const there = port === 2377 ? engine.world.reach(engine, address, port) : undefined;
  const swarm = there !== undefined && takesPart(there) ? there.membership?.swarm : undefined;
  return swarm?.leader() === undefined ? undefined : swarm;
}

async function enter(engine: Engine, membership: Membership, swarm: Swarm, request: JoinRequest): Promise<void> {
  const role = roleOf(swarm, request.token);
  if (role === 'worker') {
    await engine.world.pause(timings.workerJoinMs);
    addMember(engine, membership, swarm, role, request);
    return;
  }
  // The leader takes managers one by one.
  const turn = swarm.managerJoins.then(async () => {
    await engine.world.pause(timings.managerJoinMs);
    if (swarm.leader() === undefined) throw noLeader();
    addMember(engine, membership, swarm, role, request);
  });
  swarm.managerJoins = turn.catch(() => {});
  await turn;
}

/** A token has the digest in base 36, and the message in base 16. */
function hexOf(digest: string): string {
  const value = [...digest].reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
  return value.toString(16).padStart(64, '0');
}

function roleOf(swarm: Swarm, token: string): Role {
  const [, , digest, secret] = token.split('-');
  if (token !== '' && digest !== swarm.caDigest)
    throw new EngineError(500, `remote CA does not match fingerprint. Expected: ${hexOf(digest ?? '')}`);
  if (secret === swarm.secrets.manager) return 'manager';
  if (secret === swarm.secrets.worker) return 'worker';
  throw rpcError('InvalidArgument', 'A valid join token is necessary to join this cluster');
}

function addMember(engine: Engine, membership: Membership, swarm: Swarm, role: Role, request: JoinRequest): void {
  if (engine.membership !== membership || !engine.up) return;
  const node = swarm.addNode(engine, { role, address: request.address, availability: request.availability });
  Object.assign(membership, { state: 'active', swarm, node });
  membership.remotes = [...swarm.voters].map(({ address }) => `${address}:2377`);
  if (role === 'worker') return;
  swarm.addVoter(node, { reachable: false });
  engine.world.after(timings.reachableMs, () => {
    if (engine.membership !== membership || !engine.up) return;
    node.reachable = true;
    swarm.touch(node);
  });
}

/** Leaves. A manager only does when it is forced; its vote then stays behind and counts as lost. */
export function leaveSwarm(engine: Engine, { force }: { force: boolean }): void {
  const membership = engine.membership;
  if (membership === undefined) throw notInSwarm();
  const { swarm, node } = membership;
  if (membership.state === 'locked' && !force) throw new EngineError(503, LOCKED);
  if (node?.voter === true && swarm !== undefined && !force) throw new EngineError(503, leaveWarning(swarm));
  engine.membership = undefined;
  if (swarm !== undefined && node !== undefined) swarm.nodeWentAway(node);
}

const LOCKED = 'Swarm is encrypted and locked. Please unlock it first or use `--force` to ignore this message.';

/** Unlocks a manager that was locked by its restart. */
export function unlockSwarm(engine: Engine, key: string): void {
  const { membership } = engine;
  if (membership === undefined) throw notInSwarm();
  if (membership.state !== 'locked') throw new EngineError(409, 'swarm is not locked');
  if (!/^SWMKEY-1-[A-Za-z0-9+/]+$/.test(key)) throw new EngineError(400, 'invalid key string');
  if (key !== membership.lockedWith) throw new EngineError(401, 'swarm could not be unlocked: invalid key provided');
  membership.state = 'active';
  membership.lockedWith = undefined;
  membership.swarm!.nodeCameUp(membership.node!);
}

function leaveWarning(swarm: Swarm): string {
  let text = 'You are attempting to leave the swarm on a node that is participating as a manager. ';
  const all = swarm.voters.size;
  const reachable = swarm.livingVoters().length;
  if (swarm.leader() !== undefined && (reachable - 1) * 2 <= all) {
    if (reachable === 1 && all === 1) {
      return `${text}Removing the last manager erases all current state of the swarm. Use \`--force\` to ignore this message. `;
    }
    text += `Removing this node leaves ${reachable - 1} managers out of ${all}. Without a Raft quorum your swarm will be inaccessible. `;
  }
  return `${text}The only way to restore a swarm that has lost consensus is to reinitialize it with \`--force-new-cluster\`. Use \`--force\` to suppress this message.`;
}
