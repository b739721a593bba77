// Connects to a node, even if its address has changed.

import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Node } from '../model/node.ts';
import { type Connection, SshError, type SshHost } from '../ssh/connection.ts';
import { isSilence } from '../ssh/errors.ts';
import { retry } from '../wait.ts';
import type { Fleet, ReachPatience } from './fleet.ts';
import { type Limit, sshLimitNow } from './shut-out.ts';

const CONNECT_TIMEOUT_MS = 15_000;
/** Even at the deadline, a node that answers at once is still reached. */
const LEAST_MS = 500;
/** sshd drops connections beyond MaxStartups (10 unauthenticated ones) at random: worth a retry. */
const DROPPED_PAUSES_MS = [1_000, 4_000];
/** A penalty is 5 s for each failed login; a connection while it lasts adds nothing to it. */
const TURNED_AWAY_PAUSES_MS = [1_000, 4_000, ...Array<number>(11).fill(5_000)];
/** A new host key that is not proven by then is left to the next login: the caller should not wait for it. */
const PROOF_MS = 5_000;

/** Connects; requests the node's current address if the known one does not lead to it. @throws BeltError */
export async function reach(
  context: Context,
  fleet: Fleet,
  node: Node,
  patience: ReachPatience = {},
): Promise<Connection> {
  try {
    return await firstLogin(context, fleet, node, await dial(context, fleet, node, patience));
  } catch (error) {
    if (!(error instanceof SshError) || error.refusal === 'auth' || error.isJumps || isOver(context, patience))
      throw error;
    // The cached address may be another machine's by now: the pinned key reveals that before anything is sent.
    const now = await freshNode(context, fleet, node).catch(() => undefined);
    if (now === 'gone') throw new BeltError(`${node.name} no longer exists`, { hint: 'see: belt ls' });
    if (now === undefined || (now.id === node.id && isWhereItWas(now, node))) {
      throw await withReason(context, fleet, error, now);
    }
    return dial(context, fleet, now, patience);
  }
}

const isWhereItWas = (now: Node, before: Node): boolean =>
  now.publicAddress === before.publicAddress && now.privateAddress === before.privateAddress;

/** One look at the firewalls for all nodes of a command. */
const limits = new WeakMap<Fleet, Promise<Limit | undefined>>();

const COUNTED =
  'if you reached it a moment ago, its own firewall may limit SSH connections (ufw limit: five in 30 s): wait 30 s, then try again';

const HANGS =
  'if it does not answer later either, look at its console in the control panel, and power-cycle it there if it hangs';

/** The same error, with a hint where nothing answered for a known reason. */
async function withReason(
  context: Context,
  fleet: Fleet,
  error: SshError,
  droplet: Droplet | undefined,
): Promise<SshError> {
  if (!isSilence(error) || error.hint !== undefined) return error;
  if (droplet?.status === 'off') return withHint(error, 'it is powered off: power it on in the control panel');
  const asked = limits.get(fleet) ?? sshLimitNow(context);
  limits.set(fleet, asked);
  const limit = await asked;
  if (limit) return withHint(error, `${limit.words}; ${limit.hint}`);
  return withHint(error, error.short === 'connection refused' ? COUNTED : HANGS);
}

const withHint = (error: SshError, hint: string): SshError => Object.assign(error, { hint });

const isOver = ({ clock }: Context, { deadline }: ReachPatience): boolean =>
  deadline !== undefined && clock.now() >= deadline;

/** The first login to a droplet that was created without waiting for it. */
async function firstLogin(context: Context, fleet: Fleet, node: Node, connection: Connection): Promise<Connection> {
  try {
    const deadline = context.clock.now() + PROOF_MS;
    await fleet.ownHostKey(node, connection, { limit: (task) => task(), deadline });
  } catch (error) {
    context.signal.throwIfAborted();
    // The current key still works; the next login tries again.
    context.trace?.(`${node.name} ssh keeps the host key of its user data: ${messageOf(error)}`);
  }
  return connection;
}

/** For so long a node that is silent is believed to be where it was: one that is powered off is tried for days. */
const BELIEVED_MS = 60_000;

/** When the droplets were last asked for because of a node that was not reached. */
const looks = new WeakMap<Fleet, { atMs: number; nodes: Promise<Droplet[]> }>();

async function freshNode({ clock }: Context, fleet: Fleet, node: Node): Promise<Droplet | 'gone'> {
  const last = looks.get(fleet);
  if (last && clock.now() - last.atMs < BELIEVED_MS) {
    const then = (await last.nodes.catch(() => [])).find(({ id }) => id === node.id);
    if (then && isWhereItWas(then, node)) return then;
  }
  const look = { atMs: clock.now(), nodes: fleet.list() };
  looks.set(fleet, look);
  const nodes = await look.nodes;
  return nodes.find(({ id }) => id === node.id) ?? nodes.find(({ name }) => name === node.name) ?? 'gone';
}

async function dial(context: Context, fleet: Fleet, node: Node, patience: ReachPatience): Promise<Connection> {
  const { clock } = context;
  const { signal = context.signal, deadline = context.deadline ?? Number.POSITIVE_INFINITY, keepAlive, own } = patience;
  let at: Promise<SshHost> | undefined;
  const attempt = async () => {
    const kept = own ? undefined : await fleet.kept(node, { signal });
    if (kept) return kept.connection;
    at ??= fleet.host(node);
    const host = await at;
    // Not loaded where the connection is kept.
    const { connect } = await import('../ssh/connect.ts');
    const startMs = clock.now();
    const trace = (what: string) =>
      context.trace?.(`${node.name} ssh ${host.user}@${host.address}:${host.port} ${what} ${clock.now() - startMs} ms`);
    const timeoutMs = Math.min(CONNECT_TIMEOUT_MS, Math.max(LEAST_MS, deadline - startMs));
    try {
      const connection = await connect(host, { timeoutMs, signal, keepAlive });
      trace('connected');
      return connection;
    } catch (error) {
      trace(messageOf(error));
      throw error;
    }
  };
  let turnedAway = 0;
  let dropped = 0;
  return retry(attempt, {
    clock,
    signal,
    deadline,
    isPassing: (error) => isTurnedAway(error) || (error instanceof SshError && error.refusal === 'lost'),
    pausesMs: (_tries, error) =>
      isTurnedAway(error) ? TURNED_AWAY_PAUSES_MS[turnedAway++] : DROPPED_PAUSES_MS[dropped++],
    onFailure: (error) => {
      // The first time it may be a matter of a second.
      if (isTurnedAway(error) && turnedAway === 2) context.out.note(`${error.message}: waiting`);
    },
  });
}

const isTurnedAway = (error: unknown): error is SshError =>
  error instanceof SshError && error.refusal === 'turned-away';
