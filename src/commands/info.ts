import { binaryText } from '../byte-text.ts';
import { command } from '../cli/command.ts';
import { timeout } from '../cli/options.ts';
import type { Context } from '../context.ts';
import { Unreachable } from '../errors.ts';
import { throwFailures } from '../fleet/failures.ts';
import { withManyEngines } from '../fleet/many-engines.ts';
import { lookAround } from '../fleet-api/handle/about.ts';
import { type About, fleetInfo } from '../fleet-api/merge/about.ts';
import { columnsOf, wrap } from '../output/wrap.ts';

export default command({
  arguments: '[pattern]',
  summary: 'all engines at a glance, as docker info of Swarm v1 had it',
  description:
    'Asks the engines of all nodes, or of those that match, and shows them as one: containers, images, CPUs and memory together, then ' +
    'each node with its status, its containers, what they reserved, its labels and versions. It is what docker info says in ' +
    'belt with @all. Exit code 3: a node did not answer; the rest is shown.',
  options: { timeout: timeout(10, 'give up on a node that cannot be reached by then') },
  examples: [
    ['belt info', ''],
    ["belt info 'node[1:3]' --json", 'for programs'],
  ],
  run: (context, { pattern = '@all' }, { timeout: seconds }) => info(context, pattern, seconds * 1000),
});

/** `belt info` — what the engines say of themselves. */
async function info(context: Context, pattern: string, timeoutMs: number): Promise<void> {
  const { clock, out } = context;
  const nodes = await (await context.fleet()).locate([pattern]);
  const options = {
    nodes,
    strategy: 'spread' as const,
    isReadOnly: true,
    keepAlive: { everyMs: 5_000, misses: 3 },
    deadline: clock.now() + timeoutMs,
  };
  const { abouts, merged } = await withManyEngines(context, options, async ({ fleet }) => {
    const found = await lookAround(fleet);
    const { strategy, name } = fleet.options;
    return { abouts: found.nodes, merged: fleetInfo(found.nodes, { strategy, name, images: found.images }) };
  });
  if (out.json) out.document(documentOf(merged, abouts));
  else if (out.quiet) out.lines(abouts.map(({ name }) => name));
  else out.lines(linesOf(merged).flatMap((line) => wrap(line, columnsOf(out.stdout)).split('\n')));
  const failures = abouts.flatMap(({ name, silence }) =>
    silence === undefined ? [] : [{ name, error: new Unreachable(silence) }],
  );
  throwFailures(failures, nodes.length);
}

/** As docker's client prints it, in its order. */
function linesOf(merged: Record<string, unknown>): string[] {
  const status = merged['SystemStatus'] as [string, string][];
  return [
    `Containers: ${merged['Containers']}`,
    ` Running: ${merged['ContainersRunning']}`,
    ` Paused: ${merged['ContainersPaused']}`,
    ` Stopped: ${merged['ContainersStopped']}`,
    `Images: ${merged['Images']}`,
    ...status.map(([key, value]) => `${key}: ${value}`.trimEnd()),
    `CPUs: ${merged['NCPU']}`,
    `Total Memory: ${binaryText(merged['MemTotal'] as number)}`,
    `Name: ${merged['Name']}`,
  ];
}

const documentOf = (merged: Record<string, unknown>, abouts: readonly About[]): object => ({
  name: merged['Name'],
  containers: {
    total: merged['Containers'],
    running: merged['ContainersRunning'],
    paused: merged['ContainersPaused'],
    stopped: merged['ContainersStopped'],
  },
  images: merged['Images'],
  cpus: merged['NCPU'],
  memoryBytes: merged['MemTotal'],
  nodes: abouts.map(nodeDocument),
});

const nodeDocument = ({ name, address, info: engine, silence, containers, reserved }: About): object => ({
  name,
  address,
  id: engine?.ID ?? null,
  answers: silence === undefined,
  ...(silence !== undefined && { error: silence }),
  containers,
  cpus: engine?.NCPU ?? null,
  memoryBytes: engine?.MemTotal ?? null,
  reserved,
  labels: Object.fromEntries((engine?.Labels ?? []).map((label) => label.split(/=(.*)/s).slice(0, 2))),
  engine: engine?.ServerVersion ?? null,
  kernel: engine?.KernelVersion ?? null,
  os: engine?.OperatingSystem ?? null,
  storageDriver: engine?.Driver ?? null,
  swarm: { state: engine?.Swarm?.LocalNodeState ?? null, isManager: engine?.Swarm?.ControlAvailable ?? false },
});
