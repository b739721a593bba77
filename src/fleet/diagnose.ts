// Explains why the swarm of a cluster cannot be queried and how to fix it, for every command that needs it.
import { BeltError, messageOf } from '../errors.ts';
import type { Node } from '../model/node.ts';
import { isAtOneOf } from '../model/swarm-node.ts';
import { compact } from '../patterns/index.ts';
import { SshError } from '../ssh/errors.ts';
import { NoJumpHost, SET_JUMP } from './address.ts';
import type { NodeAnswer, SwarmView } from './swarm-view.ts';

/** A node with its DigitalOcean status, where that is known. */
export type WatchedNode = Node & { status?: string | undefined };

export interface DiagnoseOptions {
  /** Prefix of commands when they would act on another cluster: `BELT_CLUSTER=shop `. */
  prefix?: string | undefined;
}

/**
 * The error for a swarm that cannot be queried, or that may or may not exist: which nodes are missing, and what helps. Undefined
 * where a manager lists the nodes, and where every node answered and is in no swarm.
 */
export function diagnose<N extends WatchedNode>(
  view: SwarmView<N>,
  { prefix = '' }: DiagnoseOptions = {},
): BeltError | undefined {
  if (view.swarm !== undefined) return undefined;
  const locked = view.answers.filter(({ swarm }) => swarm?.state === 'locked').map(({ node }) => node);
  if (locked.length > 0) return lockedOut(locked, prefix);
  const [leaderless] = view.leaderless;
  if (leaderless) return withoutLeader(view, leaderless, prefix);
  const inside = view.answers.filter(({ swarm }) => swarm !== undefined && swarm.state !== 'inactive');
  if (inside.length > 0) return withoutManager(view, inside, prefix);
  if (view.silent.length > 0) return unknown(view, prefix);
  return undefined;
}

/** Why a node cannot be queried, as a sentence: `m2 is powered off`. Undefined for one that answers. */
export function whySilent<N extends WatchedNode>({ node, swarm, untrusted, error }: NodeAnswer<N>): string | undefined {
  if (swarm !== undefined) return undefined;
  if (node.status === 'off') return `${node.name} is powered off`;
  if (untrusted) return `the host key of ${node.name} is not known here`;
  const jump = jumpsFault(error);
  if (jump) return `${node.name} cannot be reached (${jump.why})`;
  const why = reasonOf(error);
  return why.startsWith(node.name) ? why : `${node.name} does not answer (${why})`;
}

/** The same of several: those behind one jump host together. */
function whyEach<N extends WatchedNode>(answers: readonly NodeAnswer<N>[]): string[] {
  const names = new Map<string, string[]>();
  for (const answer of answers) {
    const { name } = answer.node;
    const why = whySilent(answer) ?? `${name} is locked`;
    const words = why.startsWith(`${name} cannot be reached (`) ? why.slice(name.length) : why;
    names.set(words, [...(names.get(words) ?? []), name]);
  }
  return [...names].map(([words, some]) => (words.startsWith(' ') ? `${compact(some)}${words}` : words));
}

/** Why a node could not be asked where the way to it, by a jump host, is at fault: it may work well. */
export function jumpsFault(error: unknown): { why: string; hint: string | undefined } | undefined {
  if (error instanceof NoJumpHost) return { why: 'no jump host is set', hint: SET_JUMP };
  return error instanceof SshError && error.isJumps ? { why: error.short, hint: error.hint } : undefined;
}

/** Why a node did not answer, without its name and address. */
export const reasonOf = (error: unknown): string => (error instanceof SshError ? error.short : messageOf(error));

/** How to make silent nodes answer; nothing here deletes anything. */
export function remedies(answers: readonly NodeAnswer<WatchedNode>[], prefix = ''): string[] {
  const silent = answers.filter(({ swarm }) => swarm === undefined);
  const off = silent.filter(({ node }) => node.status === 'off');
  const untrusted = silent.filter((answer) => answer.untrusted && !off.includes(answer));
  const others = silent.filter((answer) => !off.includes(answer) && !untrusted.includes(answer));
  const dumb = others.filter(({ error }) => !jumpsFault(error)?.hint);
  const jumps = new Set(others.flatMap(({ error }) => jumpsFault(error)?.hint ?? []));
  return [
    ...(off.length > 0 ? [`power ${namesOf(off)} on in the control panel`] : []),
    ...(untrusted.length > 0 ? [trustWords(namesIn(untrusted), prefix)] : []),
    ...(dumb.length > 0 ? [`wait until ${namesOf(dumb)} ${dumb.length === 1 ? 'answers' : 'answer'}`] : []),
    ...jumps,
  ];
}

/** The command that pins the host key of a node, and which others need the same. */
export function trustWords([first = '', ...others]: readonly string[], prefix = ''): string {
  return `${prefix}belt trust ${first}${others.length > 0 ? ` (and so for ${compact(others)})` : ''}`;
}

function lockedOut(locked: readonly Node[], prefix: string): BeltError {
  const names = locked.map(({ name }) => name);
  const restarted = names.length === 1 ? 'has been locked since it restarted' : 'have been locked since they restarted';
  return new BeltError(`${compact(names)} ${restarted}, and no other manager can provide the swarm's unlock key`, {
    hint: `unlock it with the key that you saved: ${prefix}belt --host ${names[0]} docker swarm unlock`,
  });
}

/** Managers answer but none has a leader: the quorum is lost, or an election is in progress. */
function withoutLeader<N extends WatchedNode>(view: SwarmView<N>, leaderless: N, prefix: string): BeltError {
  const { swarm } = view.answerOf(leaderless)!;
  const up = view.leaderless;
  const addresses = new Set(swarm!.managers.map((address) => address.replace(/:\d+$/, '')));
  const isManager = (node: Node) => isAtOneOf(addresses, node);
  const missing = view.answers.filter(({ node, swarm: own }) => own === undefined && isManager(node));
  const known = view.answers.filter(({ node }) => isManager(node) || up.includes(node)).length;
  const all = Math.max(addresses.size, known);
  const needed = Math.floor(all / 2) + 1;
  const answer = `${up.length} of ${all} managers ${up.length === 1 ? 'answers' : 'answer'} (${compact(up.map(({ name }) => name))})`;
  if (up.length >= needed) {
    return new BeltError(`the swarm has no leader right now: ${answer}`, {
      hint: 'it is electing one: run the same command again in a few seconds',
    });
  }
  const foreign = all - known;
  const who = [
    ...whyEach(missing),
    ...(foreign > 0
      ? [`${foreign} ${foreign === 1 ? 'manager is not a droplet' : 'managers are not droplets'} of the cluster`]
      : []),
  ];
  const reasons = who.length > 0 ? `: ${who.join(', ')}` : '';
  return new BeltError(`the swarm has lost its quorum: ${answer}, and ${needed} must${reasons}`, {
    hint: [
      ...remedies(missing, prefix),
      ...(missing.length > 0 && missing.every(({ error }) => jumpsFault(error))
        ? []
        : [
            `if they are lost for good, rebuild the swarm from ${leaderless.name}: ${prefix}belt --host ${leaderless.name} docker swarm init --force-new-cluster`,
          ]),
    ].join(' · '),
  });
}

/** Nodes report that they are in a swarm, but none of its managers can be queried. */
function withoutManager<N extends WatchedNode>(
  view: SwarmView<N>,
  inside: readonly NodeAnswer<N>[],
  prefix: string,
): BeltError {
  const [first] = inside;
  const { node, swarm } = first!;
  const addresses = new Set(
    inside.flatMap((one) => one.swarm!.managers).map((address) => address.replace(/:\d+$/, '')),
  );
  const silent = view.answers.filter((answer) => answer.swarm === undefined);
  const likely = silent.filter(({ node }) => isAtOneOf(addresses, node));
  const missing = likely.length > 0 ? likely : silent;
  const why = whyEach(missing).join(', ');
  // If only their host keys are unknown here, they are running, and behind a jump host that fails they may be: that swarm is not lost.
  const isLost = missing.some(({ untrusted, error }) => !untrusted && !jumpsFault(error));
  return new BeltError(
    `${node.name} is in a swarm (${swarm!.state}), and none of its managers answers${why ? `: ${why}` : ''}`,
    {
      hint: [
        ...remedies(missing, prefix),
        ...(isLost
          ? [
              `if they will not come back, the swarm is lost: ${prefix}belt down, then ${prefix}belt up creates a new one (containers and volumes are lost)`,
            ]
          : []),
        `see: ${prefix}belt --host ${node.name} docker info`,
      ].join(' · '),
    },
  );
}

/** No node that answers is in a swarm, but others did not answer: starting a second swarm next to theirs would be worse. */
const unknown = <N extends WatchedNode>(view: SwarmView<N>, prefix: string): BeltError =>
  membershipUnknown(
    view.answers.filter(({ swarm }) => swarm === undefined),
    prefix,
  );

/** The error for nodes whose place in a swarm nobody can tell, as they do not say it. */
export function membershipUnknown(silent: readonly NodeAnswer<WatchedNode>[], prefix = ''): BeltError {
  const untrusted = silent.filter((answer) => answer.untrusted);
  const names = compact(silent.map(({ node }) => node.name));
  const is = silent.length === 1 ? 'is' : 'are';
  const why =
    untrusted.length === silent.length && silent.length > 1
      ? `the host keys of ${names} are not known here`
      : whyEach(silent).join(', ');
  return new BeltError(`cannot tell whether ${names} ${is} in a swarm: ${why}`, {
    hint: [...remedies(silent, prefix), 'then run the same command again'].join(' · '),
  });
}

const namesIn = (answers: readonly NodeAnswer<Node>[]): string[] => answers.map(({ node }) => node.name);
const namesOf = (answers: readonly NodeAnswer<Node>[]): string => compact(namesIn(answers));
