// Which nodes are behind one Docker over several while it is open: those that come into being join it, those that are deleted leave it.
import pLimit from 'p-limit';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { Droplet } from '../model/droplet.ts';
import type { Node } from '../model/node.ts';
import { isOpen } from '../patterns/index.ts';
import { poll } from '../wait.ts';
import { choose } from './named.ts';

/** How often belt's own record of the nodes is read: that costs no request, and tells what other commands here do. */
const LOOK_EVERY_MS = 5_000;
/** How often DigitalOcean is asked at most where that record says nothing new: 60 of the 5,000 requests that it allows in an hour. */
const ASK_EVERY_MS = 60_000;
/** A droplet that is being set up is told of only when it takes longer. */
const PATIENCE_MS = 300_000;
const AT_ONCE = 8;

export interface Member {
  node: Node;
  isSilent: boolean;
}

export interface Members {
  /** What the user named the nodes by. */
  words: readonly string[];
  /** Those that are in now. */
  members: () => readonly Member[];
  /** @throws when it does not answer yet */
  join: (node: Node) => Promise<void>;
  leave: (node: Node) => void;
  signal: AbortSignal;
}

/**
 * Has nodes join and leave until the signal is aborted. A node leaves when its droplet is no longer of the cluster, and for no other
 * reason; one that matches the words now joins when it first answers. DigitalOcean is asked only where the answer can matter:
 * while all nodes that are named one by one answer, none can have gone, and no other can come.
 */
export async function followMembers(context: Context, options: Members): Promise<void> {
  const { clock } = context;
  const { words, members, signal } = options;
  const mayGrow = isOpen(words);
  const first = members().length;
  const newcomers = new Newcomers(context);
  let known = await ownRecord(context);
  let askedMs = clock.now();
  let isWarned = false;
  const look = async () => {
    try {
      const now = await ownRecord(context);
      const isNeeded = mayGrow || members().length < first || members().some(({ isSilent }) => isSilent);
      if (now === known && !(isNeeded && clock.now() - askedMs >= ASK_EVERY_MS)) return undefined;
      askedMs = clock.now();
      await settle(context, options, newcomers);
      // As the request itself has left it.
      known = await ownRecord(context);
      isWarned = false;
    } catch (error) {
      signal.throwIfAborted();
      if (!isWarned) context.out.warn(`cannot tell which nodes there are now, and keeps those: ${messageOf(error)}`);
      isWarned = true;
    }
    return undefined;
  };
  await clock.sleep(LOOK_EVERY_MS, signal);
  await poll(look, { clock, signal, deadline: Number.POSITIVE_INFINITY, intervalMs: LOOK_EVERY_MS });
}

async function ownRecord(context: Context): Promise<string> {
  const nodes = (await context.fleet()).known();
  return nodes.map(({ id, name }) => `${id} ${name}`).join('\n');
}

/** Asks DigitalOcean, and has nodes leave and join as it says. */
async function settle(context: Context, options: Members, newcomers: Newcomers): Promise<void> {
  const { words, members, join, leave, signal } = options;
  const fleet = await context.fleet();
  const droplets = await fleet.list();
  const ids = new Set(droplets.map(({ id }) => id));
  for (const { node } of members().filter((one) => !ids.has(one.node.id))) {
    leave(node);
    context.out.note(`${node.name} is gone: its droplet is no longer in the cluster`);
  }
  const isMember = (node: Node) => members().some((one) => one.node.id === node.id || one.node.name === node.name);
  const others = droplets.filter((one) => !isMember(one));
  newcomers.keep(others);
  if (others.length === 0) return;
  const { chosen } = await choose(context, words, droplets);
  const limit = pLimit(AT_ONCE);
  const tryOne = async (node: Droplet) => {
    try {
      // Whoever creates it has the first login, at which it gets a host key of its own.
      if (node.status !== 'active' || fleet.isUntouched(node)) throw new Error('it is being set up');
      await join(node);
      context.out.note(`${node.name} joined`);
    } catch (error) {
      signal.throwIfAborted();
      newcomers.failed(node, messageOf(error));
    }
  };
  await Promise.all(chosen.filter((one) => !isMember(one)).map((node) => limit(tryOne, node)));
}

/** Those that match, and have not answered yet. */
class Newcomers {
  readonly #context: Context;
  /** When each was first tried, by id; 0 once it was told. */
  readonly #sinceMs = new Map<number, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  keep(nodes: readonly Node[]): void {
    const ids = new Set(nodes.map(({ id }) => id));
    for (const id of this.#sinceMs.keys()) if (!ids.has(id)) this.#sinceMs.delete(id);
  }

  failed({ id, name }: Node, why: string): void {
    const { clock, out } = this.#context;
    const sinceMs = this.#sinceMs.get(id) ?? clock.now();
    const isToTell = sinceMs > 0 && clock.now() - sinceMs >= PATIENCE_MS;
    if (isToTell) out.warn(`${name} is new and does not answer; it joins when it does: ${why}`);
    this.#sinceMs.set(id, isToTell ? 0 : sinceMs);
  }
}
