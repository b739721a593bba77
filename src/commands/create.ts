import { command, flag, list, type OptionsFor, off, text } from '../cli/command.ts';
import { concurrency, rollback, timeout } from '../cli/options.ts';
import { batches } from '../cloud/provision.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { throwFailures, throwRefusal } from '../fleet/failures.ts';
import { compact } from '../patterns/index.ts';
import { DropletLost } from '../provision/create/addresses.ts';
import { MadeElsewhere, make } from '../provision/create/make.ts';
import { plan, stillToMake } from '../provision/create/plan.ts';
import { printTable, reportInterrupted, throwSilence } from '../provision/create/report.ts';
import { startRun } from '../provision/create/run.ts';
import type { CreateOptions, CreatePlan } from '../provision/create/setup.ts';
import { deleteDroplets } from '../provision/delete.ts';
import { rollBack } from '../provision/rollback.ts';
import { showDryRun } from './create/dry-run.ts';

const options = {
  region: text('<slug>', 'the region (default: region in .belt.yaml)'),
  image: text('<id|slug>', 'the image (default: image in .belt.yaml)'),
  tag: list('<name>', 'a tag of your own; repeatable'),
  userData: text('<file>', 'cloud-init user data of your own, added to belt’s'),
  vpc: text('<uuid>', 'the VPC (default: the region’s)'),
  sshKey: list('<id|fingerprint|name>', 'a key of your account; repeatable'),
  private: flag('without a public address: in a VPC with a NAT gateway, reached through ssh_jump'),
  ipv6: flag('with an IPv6 address'),
  monitoring: flag('with DigitalOcean’s monitoring agent'),
  backups: flag('with backups (costs more)'),
  engine: off('do not install Docker where the image has none'),
  missing: flag('create only the names that do not exist yet'),
  rollback,
  dryRun: flag('check everything, show what would be created and its price, and create nothing'),
  showUserData: flag('with --dry-run: print the user data that would be sent'),
  wait: off('print the table at once, addresses empty'),
  timeout: timeout(600, 'give up on a node that is not ready by then'),
  concurrency,
} satisfies OptionsFor<CreateOptions>;

export default command({
  arguments: '[words...]',
  usage: '[options] [size] <pattern...>',
  description: 'Creates droplets and waits until each is ready. The size may be left out where .belt.yaml has one.',
  summary: 'create droplets and wait until each is ready',
  options,
  ownConnections: true,
  examples: [
    ["belt create 512mb 'node[1:4]'", 'node1 to node4'],
    ["belt create s-2vcpu-4gb 'web[01:10]' --tag web --region fra1", 'web01 to web10, with a tag'],
    ["belt create 1gb 'sgp1-node[1:2]' 'nyc1-node[1:2]'", 'regions from the names'],
    ["belt create 1gb 'db[1:2]' --private", 'no public address; reached through ssh_jump of .belt.yaml'],
    ["belt create 512mb 'node[1:4]' --missing", 'what an earlier run did not make'],
    ['belt create 512mb node1 --dry-run --show-user-data', 'what would run on it, and nothing is made'],
  ],
  run: (context, { words }, options) => create(context, words, options),
});

/** `belt create` — droplets from names, each ready before the table is printed. Nothing is made before all was checked. */
export async function create(context: Context, words: readonly string[], options: CreateOptions): Promise<void> {
  if (options.showUserData && !options.dryRun) {
    throw new UsageError('--show-user-data only shows what would be sent', {
      hint: 'add --dry-run',
    });
  }
  const planned = await plan(context, words, options);
  if (options.dryRun) {
    if (planned.groups.length === 0) tellAllExist(context, planned);
    return showDryRun(context, planned, options);
  }
  const timeoutMs = options.timeout * 1000;
  await exclusively(context, 'belt create', () => send(context, planned, options), { timeoutMs });
}

/** Another run may have been at work since the plan was made. */
async function send(context: Context, before: CreatePlan, options: CreateOptions): Promise<void> {
  const planned = await stillToMake(context, before, options);
  if (planned.groups.length === 0) tellAllExist(context, planned);
  const run = await startRun(context, planned);
  const requests = planned.groups.flatMap(({ names, blueprint }) => batches(names, run.stamped(blueprint)));
  const made = await make(context, run, requests, options).catch((error) => reportInterrupted(context, run, error));
  await run.end();
  // What another run made, or this one and lost sight of, is named node by node.
  const exist = made.failures.some(({ error }) => error instanceof MadeElsewhere || error instanceof DropletLost);
  if (made.droplets.length === 0 && !exist) throwRefusal(made.failures);
  if (options.rollback && made.failures.length > 0) {
    const kept = await rollBack(context, [...run.created.values()], (created) => deleteDroplets(context, created));
    throwFailures([...made.failures, ...kept], planned.names.length, 'run the same command again');
  }
  printTable(context, made.droplets);
  throwSilence(made.failures, planned.goOn);
  throwFailures(
    made.failures,
    planned.names.length,
    'see what exists: belt ls · create what is missing: the same command with --missing',
  );
}

function tellAllExist({ out }: Context, { names }: CreatePlan): void {
  out.note(`nothing to create: ${compact(names)} ${names.length === 1 ? 'exists' : 'exist'}`);
}
