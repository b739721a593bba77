// Why a swarm cannot be asked, in words, and what brings it back.
import type { Droplet } from '../cloud/schemas.ts';
import { BeltError, messageOf } from '../errors.ts';
import type { SwarmView } from '../fleet/swarm-view.ts';
import { compact } from '../patterns/index.ts';

export interface Diagnosis {
  /** What is wrong: `the swarm has lost its quorum: m2 and m3 do not answer (m2 is off)`. */
  message: string;
  /** What brings it back, in one line. */
  hint: string;
  /** A line a node that is missing, with why. */
  lines: string[];
}

/** What keeps the swarm of these nodes from being asked; undefined when it can be, or when none of them is in a swarm or silent. */
export function diagnose(view: SwarmView<Droplet>): Diagnosis | undefined {
  if (view.swarm) return undefined;
  const locked = view.answers.filter(({ swarm }) => swarm?.state === 'locked').map(({ node }) => node);
  const { silent, leaderless } = view;
  const within = view.answers.filter(({ swarm }) => swarm !== undefined && swarm.state !== 'inactive');
  if (within.length === 0 && silent.length === 0) return undefined;
  const missing = missingManagers(view);
  return {
    message: messageFor({ locked, leaderless, missing, silent, within: within.map(({ node }) => node) }),
    lines: silent.map((node) => `  ${node.name}: ${whySilent(view, node)}`),
    hint: hintFor(view, { locked, leaderless, missing: missing.length > 0 ? missing : silent }),
  };
}

/** The same as an error. */
export function swarmUnknown(view: SwarmView<Droplet>): BeltError | undefined {
  const found = diagnose(view);
  return found && new BeltError(found.message, { hint: found.hint, lines: found.lines });
}

/** Silent nodes that others name as managers. */
function missingManagers(view: SwarmView<Droplet>): Droplet[] {
  const told = new Set(
    view.answers.flatMap(({ swarm }) => swarm?.managers ?? []).map((one) => one.replace(/:\d+$/, '')),
  );
  return view.silent.filter(({ privateAddress }) => privateAddress !== undefined && told.has(privateAddress));
}

interface Found {
  locked: readonly Droplet[];
  leaderless: readonly Droplet[];
  missing: readonly Droplet[];
  silent: readonly Droplet[];
  within: readonly Droplet[];
}

function messageFor({ locked, leaderless, missing, silent, within }: Found): string {
  const gone = missing.length > 0 ? missing : silent;
  const absent = gone.length === 0 ? '' : `: ${names(gone)} ${gone.length === 1 ? 'does' : 'do'} not answer`;
  if (locked.length > 0) return `the swarm cannot be asked: ${names(locked)} ${isOrAre(locked)} locked after a restart`;
  if (leaderless.length > 0)
    return `the swarm has lost its quorum (${names(leaderless)} ${leaderless.length === 1 ? 'sees' : 'see'} no leader)${absent}`;
  if (within.length > 0)
    return `none of the managers of the swarm that ${names(within)} ${isOrAre(within)} in can be asked${absent}`;
  return `cannot tell whether ${names(silent)} ${isOrAre(silent)} in a swarm${absent}`;
}

function hintFor(
  view: SwarmView<Droplet>,
  { locked, leaderless, missing }: Pick<Found, 'locked' | 'leaderless' | 'missing'>,
): string {
  if (locked[0]) return `unlock it with the key that you kept: belt --host ${locked[0].name} docker swarm unlock`;
  const off = missing.filter(({ status }) => status === 'off');
  const untrusted = missing.filter((node) => view.answerOf(node)?.untrusted);
  const [survivor] = leaderless;
  return [
    ...(off.length > 0 ? [`power on ${names(off)} at DigitalOcean`] : []),
    ...(untrusted[0] ? [`trust its host key: belt trust ${untrusted[0].name}`] : []),
    ...(off.length === 0 && untrusted.length === 0 ? ['wait for them, or see: belt ls'] : []),
    ...(survivor
      ? [
          `if they are lost for good, then \`belt --host ${survivor.name} docker swarm init --force-new-cluster\` makes ${survivor.name} the only manager, ` +
            'and what it had not heard of yet is lost; then: belt up',
        ]
      : []),
  ].join(' · ');
}

function whySilent(view: SwarmView<Droplet>, node: Droplet): string {
  if (node.status !== 'active') return `the droplet is ${node.status}`;
  return messageOf(view.answerOf(node)?.error ?? 'it does not answer');
}

const names = (nodes: readonly Droplet[]): string => compact(nodes.map(({ name }) => name));
const isOrAre = (nodes: readonly unknown[]): string => (nodes.length === 1 ? 'is' : 'are');
