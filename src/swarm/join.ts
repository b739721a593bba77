// Joins nodes to a swarm: workers in parallel, managers one after another, each followed until it is in.
import pLimit from 'p-limit';
import type { Clock } from '../clock.ts';
import { EngineError, isCutOff, isLate, type SwarmInfo } from '../engine/engine.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Role } from '../model/swarm-node.ts';
import { poll } from '../wait.ts';
import { advertiseAddress, type NodeEngine } from './node-engine.ts';

/** What nodes need to join, obtained from a manager. */
export interface Target {
  manager: NodeEngine;
  /** `host:port` of the managers. */
  addresses: string[];
  tokens: { worker: string; manager: string };
  clusterId: string | undefined;
  /** Where overlay traffic goes. */
  dataPathPort: number | undefined;
}

export interface JoinOptions {
  target: Target;
  clock: Clock;
  signal: AbortSignal;
  /** Gives up on a node at this time, ms since the epoch. */
  deadline: number;
  /** Removes a node from another swarm first. */
  force: boolean;
}

/** How a node got in: it joined now, or was in this swarm before (then with the role that it has). */
export interface Joined {
  already: boolean;
  role: Role;
}

/** How many workers join at a time. */
export const WORKERS_AT_ONCE = 32;
const POLL_MS = 250;
/** How often to request a join when the connection was cut and the engine is not joining. */
const ASKS = 3;
/** By then, an engine that got the request before the connection was cut has started. */
const BEGUN_MS = 1_000;
/** What an engine reports when it gave up joining because no manager answered. */
const UNANSWERED = /DeadlineExceeded|Unavailable|i\/o timeout|connection refused/;
/** How a manager rejects a token that was rotated in the meantime. */
const TOKEN_REFUSED = /join token/i;
/** Seven managers at most (https://docs.docker.com/engine/swarm/admin_guide/). */
const MOST_MANAGERS = 7;

/** Gets from a manager what others need to join it. */
export async function target(manager: NodeEngine): Promise<Target> {
  const [swarm, tokens] = await Promise.all([manager.engine.swarm(), manager.engine.joinTokens()]);
  // It lists itself, including the port that it listens on.
  const own = swarm.managers.find((address) => hostOf(address) === swarm.nodeAddress) ?? `${swarm.nodeAddress}:2377`;
  const others = swarm.managers.filter((address) => address !== own);
  return { manager, addresses: [own, ...others], tokens, clusterId: swarm.clusterId, dataPathPort: swarm.dataPathPort };
}

/** `10.0.0.1:2377`, `[fd00::1]:2377`. */
const hostOf = (address: string): string => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** Uses a node's engine; its connection is only held while `use` runs. */
export type OpenMember<N> = <T>(node: N, use: (member: NodeEngine) => Promise<T>) => Promise<T>;

/** Told once of a node that no manager answered so far; it goes on trying. May look for the reason, and must come to an end. */
export type OnUnanswered<N> = (node: N) => Promise<void>;

/**
 * Joins nodes as they arrive: workers in parallel, managers one after another, each reachable before the next, since a
 * manager that joins raises the quorum.
 */
export class Joiner<N> {
  readonly #options: JoinOptions;
  readonly #open: OpenMember<N>;
  readonly #onUnanswered: OnUnanswered<N> | undefined;
  readonly #limits = {
    worker: pLimit({ concurrency: WORKERS_AT_ONCE, rejectOnClear: true }),
    manager: pLimit({ concurrency: 1, rejectOnClear: true }),
  };
  #unreachable: UnreachableManager | undefined;

  constructor(options: JoinOptions, open: OpenMember<N>, onUnanswered?: OnUnanswered<N>) {
    this.#options = options;
    this.#open = open;
    this.#onUnanswered = onUnanswered;
  }

  /** Resolves when the node is in. @throws BeltError when it cannot join, or must not */
  join(node: N, role: Role): Promise<Joined> {
    return this.#limits[role](async () => {
      this.#options.signal.throwIfAborted();
      if (this.#unreachable && role === 'manager') throw atRisk(this.#unreachable);
      const { clock, deadline } = this.#options;
      if (clock.now() >= deadline) throw new BeltError('not asked to join: timed out', AGAIN);
      let looked: Promise<void> | undefined;
      const onUnanswered = () => {
        looked ??= this.#onUnanswered?.(node);
      };
      try {
        return await this.#open(node, (member) =>
          join(member, role, { ...this.#options, onUnanswered, turn: { n: 0 } }),
        );
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (error instanceof UnreachableManager) this.#unreachable = error;
        // What may be the reason is told before the failure.
        await looked;
        this.#options.signal.throwIfAborted();
        throw error;
      }
    });
  }
}

export interface JoinEvents<N> {
  /** Called for each node once it is in or failed. */
  onEnd: (node: N, end: Joined | Error) => void;
  onUnanswered?: OnUnanswered<N>;
}

/** Joins all. */
export async function joinAll<N>(
  nodes: readonly N[],
  { role, ...options }: JoinOptions & { role: Role },
  open: OpenMember<N>,
  { onEnd, onUnanswered }: JoinEvents<N>,
): Promise<void> {
  const joiner = new Joiner(options, open, onUnanswered);
  await Promise.all(
    nodes.map(async (node) => {
      const end = await joiner.join(node, role).catch((error) => error as Error);
      options.signal.throwIfAborted();
      onEnd(node, end);
    }),
  );
}

const AGAIN = { hint: 'run the same command again, with a longer --timeout' };

/** A manager joined, which raised the quorum, but the others cannot reach it. */
class UnreachableManager extends BeltError {
  readonly node: string;

  constructor(node: string, reachability: string) {
    super(`${node} joined as a manager and is not reachable: ${reachability}`);
    this.node = node;
  }
}

function atRisk({ node }: UnreachableManager): BeltError {
  return new BeltError(
    `not asked to join: one more manager would put the quorum at risk while ${node} is not reachable`,
    {
      hint: 'once it is reachable (see: belt docker node ls), run the same command again',
    },
  );
}

/** Advice about the number of managers; undefined when it is a good one. */
export function managerAdvice(count: number): string | undefined {
  if (count > MOST_MANAGERS) return `${count} managers: more than ${MOST_MANAGERS} slow the swarm down`;
  if (count % 2 === 0 && count > 0) {
    const survive = Math.ceil(count / 2) - 1;
    return `${count} managers survive the loss of ${survive}, no more than ${count - 1} would: an odd number is better`;
  }
  return undefined;
}

/** What joining one node takes. */
interface Joining extends JoinOptions {
  onUnanswered: () => void;
  /** How many managers did not answer the node: the next one is asked first. */
  turn: { n: number };
}

/** An engine asks the first address alone, whatever the others are (moby, daemon/cluster/swarm.go: `joinAddr: req.RemoteAddrs[0]`). */
function managersFor({ target: { addresses }, turn }: Joining): string[] {
  const first = turn.n % addresses.length;
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

async function join(member: NodeEngine, role: Role, options: Joining): Promise<Joined> {
  const before = await member.engine.swarm();
  if (gaveUp(before)) await member.engine.leave({ force: true });
  else if (before.state === 'active' || before.state === 'error' || before.state === 'locked') {
    const entry = await options.target.manager.engine.node(before.nodeId);
    if (entry && before.state === 'active') return { already: true, role: entry.role };
    if (!options.force) throw elsewhere(member, before.state);
    await member.engine.leave({ force: true });
  }
  const asked = before.state === 'pending' ? 'asked' : await ask(member, role, options);
  await settle(member, role, { ...options, asked });
  if (role === 'manager') await reachable(member, options);
  return { already: false, role };
}

/** Its join failed before any swarm accepted it: asking again is safe. */
const gaveUp = ({ state, nodeId, error }: SwarmInfo): boolean =>
  state === 'error' && nodeId === '' && UNANSWERED.test(error);

function elsewhere(member: NodeEngine, state: string): BeltError {
  const what = state === 'active' ? 'is in another swarm' : `is in a swarm that is ${state}`;
  return new BeltError(`${member.name} ${what}`, { hint: '--force removes it from that one first' });
}

type Asked = 'asked' | 'cut off';

/** Asks the engine to join; if the token was rotated in the meantime, once more with the current one. */
async function ask(member: NodeEngine, role: Role, options: Joining): Promise<Asked> {
  const { target: known } = options;
  const used = known.tokens[role];
  try {
    return await askWith(member, role, options);
  } catch (error) {
    if (!(error instanceof EngineError) || !TOKEN_REFUSED.test(messageOf(error))) throw error;
    // The following nodes need the new ones as well.
    Object.assign(known, await target(known.manager));
    if (known.tokens[role] === used) throw error;
    return askWith(member, role, options);
  }
}

async function askWith(member: NodeEngine, role: Role, options: Joining): Promise<Asked> {
  const { target: known, turn, onUnanswered } = options;
  for (let left = known.addresses.length; ; left--) {
    try {
      const [managers, token] = [managersFor(options), known.tokens[role]];
      await member.engine.join({ managers, token, advertiseAddress: advertiseAddress(member) });
      return 'asked';
    } catch (error) {
      if (isCutOff(error) || isLate(error)) return 'cut off';
      if (!(error instanceof EngineError)) throw error;
      // After 20 s the engine stops waiting and keeps trying in the background.
      if (/Timeout was reached/.test(error.message)) {
        onUnanswered();
        return 'asked';
      }
      // It gave up at once, such as where nothing listens.
      if (!UNANSWERED.test(error.message) || left <= 1) throw error;
      turn.n++;
    }
  }
}

/** Waits until the engine reports that it is in; asks again if it gave up, which it does after some 35 s. */
async function settle(member: NodeEngine, role: Role, options: Joining & { asked: Asked }): Promise<void> {
  const { clock, deadline, signal } = options;
  let { asked } = options;
  let asks = 1;
  let trouble = '';
  const look = async (): Promise<true | undefined> => {
    if (asked === 'cut off') await clock.sleep(BEGUN_MS, signal);
    const swarm = await member.engine.swarm();
    if (swarm.state === 'active') return true;
    trouble = swarm.error;
    if (asked === 'cut off' && swarm.state === 'inactive' && asks++ < ASKS) {
      asked = await ask(member, role, options);
      return undefined;
    }
    asked = 'asked';
    const again = gaveUp(swarm);
    if (!again && (swarm.state === 'error' || swarm.state === 'inactive')) {
      throw new BeltError(`${member.name} could not join: ${swarm.error || `its swarm state is ${swarm.state}`}`);
    }
    if (again) options.onUnanswered();
    if (again && clock.now() < deadline) {
      options.turn.n++;
      await member.engine.leave({ force: true });
      asked = await ask(member, role, options);
    }
    return undefined;
  };
  if (await poll(look, { ...options, intervalMs: POLL_MS })) return;
  // With little time it ends before the engine itself says so.
  options.onUnanswered();
  throw stillTrying(member, trouble);
}

function stillTrying({ name }: NodeEngine, error: string): BeltError {
  return new BeltError(`${name} is still trying to join${error ? `: ${error}` : ''}`, {
    hint: 'open 2377/tcp, 7946/tcp+udp and 4789/udp between the nodes, then run the same command again',
  });
}

/** Waits until the other managers can reach the new one; before that, another one would put the quorum at risk. */
async function reachable(member: NodeEngine, { target: known, ...waiting }: Joining): Promise<void> {
  const { nodeId } = await member.engine.swarm();
  let last: string | undefined;
  const look = async () => {
    last = (await known.manager.engine.node(nodeId))?.reachability;
    return last === 'reachable' ? true : undefined;
  };
  if (await poll(look, { ...waiting, intervalMs: POLL_MS })) return;
  throw new UnreachableManager(member.name, last ?? 'not listed');
}
