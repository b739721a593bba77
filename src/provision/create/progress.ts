// The display of nodes that come up, with what earlier runs took to go by.
import type { Batch } from '../../cloud/provision.ts';
import { readTimings, rememberTimings } from '../../config/timings.ts';
import type { Context } from '../../context.ts';
import { type Droplet, hasAddress } from '../../model/droplet.ts';
import type { NodeStart } from '../../output/progress/nodes.ts';
import { Progress, type ProgressOptions } from '../../output/progress/progress.ts';

/** Whether nodes are ready by themselves, or once they are in a swarm. */
export type Goal = 'ready' | 'swarm';

/** Starts the display. */
export async function startProgress(
  context: Context,
  nodes: readonly NodeStart[],
  { detail }: Pick<ProgressOptions, 'detail'>,
): Promise<Progress> {
  return new Progress(context.out, context.clock, nodes, { detail, earlier: readTimings(await context.state()) });
}

/** Takes it off, and keeps what was learned. */
export async function endProgress(context: Context, progress: Progress): Promise<void> {
  progress.stop();
  rememberTimings(await context.state(), progress.timings());
}

/** A droplet that exists, as the display begins with it. */
export const standing = (droplet: Droplet, goal: Goal): NodeStart => ({
  name: droplet.name,
  phase: hasAddress(droplet) ? 'waiting for SSH' : 'booting',
  // It may be long since it was made: it says nothing of new ones.
  kind: `${kindOf(droplet, goal)} standing`,
});

/** Those of the names that are there, and those that are asked for. */
export function starts(
  names: readonly string[],
  existing: readonly Droplet[],
  requests: readonly Batch[],
  goal: Goal,
): NodeStart[] {
  const there = new Map(existing.map((droplet) => [droplet.name, standing(droplet, goal)]));
  const asked = new Map(
    requests.flatMap(({ names, blueprint }) =>
      names.map((name): [string, NodeStart] => [name, { name, phase: 'creating', kind: kindOf(blueprint, goal) }]),
    ),
  );
  return names.flatMap((name) => there.get(name) ?? asked.get(name) ?? []);
}

/** What nodes have in common that take alike. */
const kindOf = ({ region, image }: { region: string; image: string | number }, goal: Goal): string =>
  [region, image, ...(goal === 'swarm' ? [goal] : [])].join(' ');
