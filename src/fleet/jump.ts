// The way to nodes without a public address: the jump host that the settings name, verified like any other host.
import { activeNode, knownNodes } from '../config/choices.ts';
import { type JumpSetting, readJump } from '../config/jump.ts';
import type { State } from '../config/state.ts';
import { seenMembers } from '../config/swarm-seen.ts';
import type { Settings } from '../config/types.ts';
import type { Context } from '../context.ts';
import { BeltError, UsageError } from '../errors.ts';
import type { Place } from '../keeper/messages.ts';
import type { Node } from '../model/node.ts';
import { naturalCompare } from '../patterns/index.ts';
import type { Connection, ConnectOptions, SshHost } from '../ssh/connection.ts';
import { SshError } from '../ssh/errors.ts';
import type { Jump, KeepAlive } from '../ssh/host.ts';
import { SharedJump } from '../ssh/jump.ts';
import type { Fleet } from './fleet.ts';
import { jumpId, jumpPins } from './host-keys.ts';

/** What the jump host's connection is made with. */
export interface JumpParts {
  context: Context;
  fleet: Pick<Fleet, 'list' | 'host'>;
  settings: Settings;
  state: State;
  /** The keys to offer to a host that is no node. */
  logins: () => Promise<Pick<SshHost, 'auth'>>;
}

/** Loaded when there is a jump host. */
const connect = async (host: SshHost, options: ConnectOptions): Promise<Connection> =>
  (await import('../ssh/connect.ts')).connect(host, options);

/** All that goes through it waits for it: that it no longer answers is noticed sooner than of a node. */
const KEEP_ALIVE: KeepAlive = { everyMs: 5_000, misses: 3 };
/** How many managers are tried, one after the other. */
const MOST_TRIED = 3;

/** The setting, read; undefined where there is none. */
export const jumpOf = ({ sshJump }: Pick<Settings, 'sshJump'>): JumpSetting | undefined =>
  sshJump === undefined ? undefined : readJump(sshJump);

/** The jump host, to which nothing connects before it is needed; undefined where the settings name none. */
export function openJump(parts: JumpParts): Jump | undefined {
  const { context, settings } = parts;
  const jump = jumpOf(settings);
  if (jump === undefined) return undefined;
  const { clock, signal } = context;
  const shared = { clock, signal, name: jump.kind === 'host' ? jump.address : settings.sshJump! };
  if (jump.kind !== 'host') {
    return new SharedJump({ ...shared, connect: ({ timeoutMs }) => connectToNode(parts, jump, timeoutMs) });
  }
  return new SharedJump({
    ...shared,
    connect: async ({ timeoutMs }) =>
      connect(await outsideHost(parts, jump), { timeoutMs, signal, keepAlive: KEEP_ALIVE }),
  });
}

/** A jump host that is no node of the cluster. */
export async function outsideHost(
  { state, logins }: Pick<JumpParts, 'state' | 'logins'>,
  { user, address, port }: Extract<JumpSetting, { kind: 'host' }>,
): Promise<SshHost> {
  const { auth } = await logins();
  return { name: address, address, port, user, auth, hostKeys: jumpPins(state, { address, port }), trust: TRUST_JUMP };
}

/** The hosts that the setting may mean, for a connection that is kept: none before they have host keys of their own. */
export function jumpPlaces(
  state: State,
  settings: Pick<Settings, 'cluster' | 'sshJump' | 'sshPort' | 'sshUser'>,
  hasOwnKey: (node: Node) => boolean,
): Place[] {
  const jump = jumpOf(settings);
  if (jump === undefined) return [];
  if (jump.kind === 'host') {
    const { user, address, port } = jump;
    return [{ id: jumpId(jump), name: address, address, port, user, trust: TRUST_JUMP }];
  }
  const { sshPort: port, sshUser: user } = settings;
  const nodes = jumpNodes(state, settings, jump).filter(hasOwnKey).slice(0, MOST_TRIED);
  return nodes.map(({ id, name, publicAddress }) => ({ id, name, address: publicAddress!, port, user }));
}

const TRUST_JUMP = 'belt trust --jump';

/** The error for a node that the setting writes like a host of the user's own. */
export const nodeAsHost = ({ sshJump }: Pick<Settings, 'sshJump'>, name: string): UsageError =>
  new UsageError(`ssh_jump is ${sshJump}, but ${name} is a node of the cluster`, {
    hint: `write ssh_jump: ${name} (it is reached by its own address, and verified by the key that is pinned for it)`,
  });

/** @throws BeltError for a jump host that is no node and whose key was not accepted yet */
export function checkTrusted(state: State, jump: Extract<JumpSetting, { kind: 'host' }>): void {
  if (jumpPins(state, jump).length > 0) return;
  throw new BeltError(`the host key of the jump host ${jump.address} is not known here`, {
    hint: `see and accept it: ${TRUST_JUMP}`,
  });
}

/**
 * The nodes that the setting may mean, as far as they have public addresses: for `@manager` those that were seen as managers, or, while
 * nobody is known as one, all of them, the active one first.
 */
export function jumpNodes(
  state: State,
  settings: Pick<Settings, 'cluster'>,
  jump: Exclude<JumpSetting, { kind: 'host' }>,
): Node[] {
  const open = knownNodes(state, settings.cluster)
    .filter(({ publicAddress }) => publicAddress !== undefined)
    .toSorted((a, b) => naturalCompare(a.name, b.name) || a.id - b.id);
  if (jump.kind === 'node') return open.filter(({ name }) => name === jump.name);
  const active = activeNode(state, settings.cluster);
  return seenAsManagers(state, open).toSorted((a, b) => Number(b.name === active) - Number(a.name === active));
}

/** Those that were seen as managers; all while none was. */
export function seenAsManagers<N extends Pick<Node, 'id'>>(state: State, nodes: readonly N[]): readonly N[] {
  const seen = seenMembers(state);
  const managers = nodes.filter(({ id }) => seen.get(id)?.role === 'manager');
  return managers.length > 0 ? managers : nodes;
}

/** Connects to the first of the nodes that answers; looks up their addresses when none does where they were. */
async function connectToNode(
  parts: JumpParts,
  jump: Exclude<JumpSetting, { kind: 'host' }>,
  timeoutMs: number,
): Promise<Connection> {
  const { context, fleet, state, settings } = parts;
  const known = jumpNodes(state, settings, jump);
  const first = await firstThatAnswers(parts, known, timeoutMs);
  if (!(first instanceof Error)) return first;
  await fleet.list();
  context.signal.throwIfAborted();
  const tried = new Set(known.map(({ publicAddress }) => publicAddress));
  const moved = jumpNodes(state, settings, jump).filter(({ publicAddress }) => !tried.has(publicAddress));
  const second = moved.length > 0 ? await firstThatAnswers(parts, moved, timeoutMs) : first;
  if (second instanceof Error) throw second;
  return second;
}

async function firstThatAnswers(
  { context, fleet, settings }: JumpParts,
  nodes: readonly Node[],
  timeoutMs: number,
): Promise<Connection | Error> {
  const { signal } = context;
  let failure: Error | undefined;
  const tried = nodes.slice(0, MOST_TRIED);
  for (const node of tried) {
    try {
      const patience = { timeoutMs: timeoutMs / tried.length, signal, keepAlive: KEEP_ALIVE };
      return await connect(await fleet.host(node), patience);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SshError)) throw error;
      failure ??= error;
    }
  }
  return failure ?? noJumpNode(settings);
}

/** The error where no node is what the setting names. */
export function noJumpNode({ sshJump, cluster }: Pick<Settings, 'sshJump' | 'cluster'>): BeltError {
  const who = sshJump === '@manager' ? 'manager' : `node ${sshJump}`;
  return new BeltError(`cluster ${cluster} has no ${who} with a public address`, {
    hint: 'set ssh_jump in .belt.yaml to a node with a public address (see: belt ls), or to user@host',
  });
}

/** Why nothing leads to nodes without a public address; undefined where something may. */
export function noWayIn(state: State, settings: Pick<Settings, 'sshJump' | 'cluster'>): string | undefined {
  const jump = jumpOf(settings);
  if (jump === undefined) return 'no jump host is set (ssh_jump)';
  if (jump.kind === 'host' || jumpNodes(state, settings, jump).length > 0) return undefined;
  return `${noJumpNode(settings).message} (ssh_jump)`;
}
