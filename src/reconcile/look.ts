// The swarm of a cluster as its nodes tell it, waited for where it is about to change by itself.

import type { Standing } from '../cluster/known.ts';
import type { Context } from '../context.ts';
import { BeltError, messageOf } from '../errors.ts';
import { jumpsFault, reasonOf } from '../fleet/diagnose.ts';
import { withEngine } from '../fleet/node-engine.ts';
import { askNode, type NodeAnswer, SwarmView, viewSwarm } from '../fleet/swarm-view.ts';
import { type Droplet, hasAddress } from '../model/droplet.ts';
import { seen } from '../swarm/seen.ts';
import { poll } from '../wait.ts';

/** Waits until a droplet can be asked, and gives it as it is then. */
export type Reachable = (droplet: Droplet) => Promise<Droplet>;

/** An election takes seconds; a swarm sees within half a minute that a node is back, or gone. */
const ELECTED_WITHIN_MS = 30_000;
const SETTLED_WITHIN_MS = 60_000;
/** Under a leader that is new, six heartbeats of up to 5.5 s (swarmkit, dispatcher/nodes.go: gracePeriodMultiplierUnknown). */
const DOWN_WITHIN_MS = 40_000;
const POLL_MS = 1_000;
/** What a node says now is told as the truth: a busy one gets longer than at a first look. */
const LAST_ANSWER_MS = 30_000;

export interface LookOptions {
  /** Lets a node that does not answer come up first, where no other says whether there is a swarm. */
  reachable?: Reachable | undefined;
  /** Gives up waiting by then, ms since the epoch; without it nothing is waited for. */
  deadline?: number | undefined;
  /** Told when no node answers and they are waited for. */
  onSilence?: (() => void) | undefined;
}

/** Asks every droplet that can be asked. */
export async function look(
  context: Context,
  droplets: readonly Droplet[],
  { reachable, deadline, onSilence }: LookOptions,
): Promise<SwarmView<Droplet>> {
  const isOn = (droplet: Droplet) => droplet.status !== 'off' && hasAddress(droplet);
  const asked = await viewSwarm(context, droplets.filter(isOn));
  const off = droplets.filter((droplet) => !isOn(droplet)).map(unasked);
  const places = new Map(droplets.map(({ id }, place) => [id, place]));
  const inOrder = (a: NodeAnswer<Droplet>, b: NodeAnswer<Droplet>) => places.get(a.node.id)! - places.get(b.node.id)!;
  let view = new SwarmView([...asked.answers, ...off].toSorted(inOrder));
  if (deadline !== undefined && view.swarm === undefined && view.leaderless.length > 0) {
    view = await elected(context, view, deadline);
  }
  if (!reachable || view.swarm !== undefined) return view;
  if (isSilent(view)) onSilence?.();
  return await comeUp(context, view, reachable);
}

/** Whether nodes are powered on, and none of them answers. */
export const isSilent = ({ answers }: SwarmView<Droplet>): boolean =>
  answers.every(({ swarm, untrusted }) => swarm === undefined && !untrusted) &&
  answers.some(({ node }) => node.status !== 'off' && hasAddress(node));

const unasked = (node: Droplet): NodeAnswer<Droplet> => ({
  node,
  error: new BeltError(`${node.name} ${node.status === 'off' ? 'is powered off' : 'has no address yet'}`),
});

/** Managers that see no leader may be about to elect one. */
async function elected(context: Context, view: SwarmView<Droplet>, deadline: number): Promise<SwarmView<Droplet>> {
  const { clock, signal } = context;
  const [manager] = view.leaderless;
  const until = Math.min(deadline, clock.now() + ELECTED_WITHIN_MS);
  try {
    await withEngine(context, manager!, async ({ engine }) => {
      const elects = async () => (await engine.nodes().catch(() => [])).some(({ leader }) => leader) || undefined;
      await poll(elects, { clock, signal, deadline: until, intervalMs: POLL_MS });
    });
  } catch (error) {
    signal.throwIfAborted();
    context.trace?.(`could not query ${manager!.name} again: ${messageOf(error)}`);
  }
  const again = await Promise.all(view.answers.filter(isOpen).map(({ node }) => askNode(context, node)));
  return view.with(again);
}

/** Which of the answers may be another one soon. */
const isOpen = ({ node, swarm, members, untrusted }: NodeAnswer<Droplet>): boolean =>
  node.status !== 'off' && !untrusted && (swarm === undefined || (swarm.manager && !members));

/** Nodes that do not answer yet, perhaps since they still boot: waited for until one of them says what the swarm is. */
async function comeUp(context: Context, view: SwarmView<Droplet>, reachable: Reachable): Promise<SwarmView<Droplet>> {
  const waiting = view.answers.filter(({ node, swarm, untrusted }) => !swarm && !untrusted && node.status !== 'off');
  const came = waiting.map(async ({ node }): Promise<NodeAnswer<Droplet>> => {
    try {
      return await askNode(context, await reachable(node));
    } catch (error) {
      context.signal.throwIfAborted();
      return { node, error };
    }
  });
  const answers: NodeAnswer<Droplet>[] = [];
  await new Promise<void>((resolve, reject) => {
    for (const one of came) {
      void one.then((answer) => {
        answers.push(answer);
        if (answer.members) resolve();
      }, reject);
    }
    Promise.all(came).then(() => resolve(), reject);
  });
  return view.with(answers);
}

/** Where each droplet stands, by its id. */
export function standingsOf(view: SwarmView<Droplet>): Map<number, Standing> {
  const [expelled, foreign] = [new Set(view.expelled), new Set(view.foreign)];
  const clones = view.clones;
  return new Map(
    view.answers.map((answer): [number, Standing] => {
      const { node } = answer;
      const jump = jumpsFault(answer.error);
      const others = clones.find((group) => group.includes(node))?.filter((one) => one !== node);
      return [
        node.id,
        {
          where: whereOf(answer, { expelled, foreign }),
          member: view.memberOf(node),
          ...(answer.error !== undefined && { why: reasonOf(answer.error).replace(`${node.name} `, '') }),
          ...(jump && { why: jump.why, jump: { hint: jump.hint } }),
          ...(others && { clones: others.map(({ name }) => name) }),
        },
      ];
    }),
  );
}

function whereOf(
  { node, swarm, untrusted }: NodeAnswer<Droplet>,
  { expelled, foreign }: { expelled: ReadonlySet<Droplet>; foreign: ReadonlySet<Droplet> },
): Standing['where'] {
  if (node.status === 'off' && !swarm) return 'off';
  if (untrusted) return 'untrusted';
  if (swarm === undefined) return 'silent';
  if (swarm.state === 'locked') return 'locked';
  if (expelled.has(node)) return 'expelled';
  if (foreign.has(node)) return 'foreign';
  return swarm.nodeId === '' || swarm.state === 'inactive' ? 'out' : 'in';
}

/**
 * Looks again until no node is about to change by itself: `passing` are those that may, and `dying` entries that may show as down in a
 * moment. Asks one manager alone meanwhile, another where that goes away, and those nodes once more at the end.
 */
export async function settled(
  context: Context,
  view: SwarmView<Droplet>,
  { passing, dying, deadline }: { passing: readonly Droplet[]; dying: readonly { id: string }[]; deadline: number },
): Promise<SwarmView<Droplet>> {
  if (passing.length + dying.length === 0 || view.swarm === undefined) return view;
  const { clock, signal } = context;
  if (passing.length > 0)
    context.trace?.(`waiting for ${passing.map(({ name }) => name).join(', ')} to appear in the swarm`);
  const startMs = clock.now();
  const until = Math.min(deadline, startMs + (passing.length > 0 ? SETTLED_WITHIN_MS : DOWN_WITHIN_MS));
  const deadIds = new Set(dying.map(({ id }) => id));
  // What is ready after that is alive, and somebody's.
  const isDying = ({ swarm }: SwarmView<Droplet>) =>
    clock.now() < startMs + DOWN_WITHIN_MS &&
    (swarm?.members ?? []).some(({ id, state }) => deadIds.has(id) && state !== 'down');
  const goesOn = (now: SwarmView<Droplet>) => isWaiting(now, passing) || isDying(now);
  let last = view;
  const follow = async () => {
    const manager = last.swarm?.manager;
    try {
      if (manager === undefined) throw new BeltError('no manager has a leader');
      await withEngine(context, manager, async ({ engine }) => {
        const again = async () => {
          const { swarm, members } = await seen(engine);
          if (members) last = last.with([{ node: manager, swarm, members }]);
          return goesOn(last) ? undefined : true;
        };
        await poll(again, { clock, signal, deadline: until, intervalMs: POLL_MS });
      });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      context.trace?.(`could not query ${manager?.name ?? 'the swarm'} again: ${messageOf(error)}`);
    }
    // It may be the one that goes down and comes back: another leads meanwhile.
    const asked = last.answers.filter(({ node, untrusted }) => node.status !== 'off' && !untrusted);
    last = last.with(await Promise.all(asked.map(({ node }) => askNode(context, node))));
    return undefined;
  };
  for (;;) {
    await poll(follow, { clock, signal, deadline: until, intervalMs: POLL_MS });
    const others = [...new Set([...passing, ...unsettled(last)])].filter(({ id }) => id !== last.swarm?.manager.id);
    const patient = { timeoutMs: LAST_ANSWER_MS };
    last = last.with(await Promise.all(others.map((node) => askNode(context, node, patient))));
    // One that came back may lead now, and see the others anew.
    if (!goesOn(last) || clock.now() >= until) return last;
  }
}

/** Whom a new leader has not heard of yet: it says so of every node at first (swarmkit, dispatcher, markNodesUnknown). */
const unsettled = (view: SwarmView<Droplet>): Droplet[] =>
  view.answers.map(({ node }) => node).filter((node) => view.memberOf(node)?.state === 'unknown');

/** Whether the swarm still sees one of the nodes as it will not stay. */
const isWaiting = (view: SwarmView<Droplet>, passing: readonly Droplet[]): boolean =>
  unsettled(view).length > 0 ||
  passing.some((node) => {
    const member = view.memberOf(node);
    if (member === undefined) return false;
    return (
      member.state !== 'ready' || (member.role === 'manager' && (member.reachability ?? 'reachable') !== 'reachable')
    );
  });
