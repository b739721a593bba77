import { batches } from '../cloud/provision.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { exclusively } from '../fleet/exclusive.ts';
import { compact } from '../patterns/index.ts';
import { deleteDroplets } from '../provision/delete.ts';
import { showDryRun } from './create/dry-run.ts';
import { MadeElsewhere, make } from './create/make.ts';
import { type CreatePlan, plan, stillToMake } from './create/plan.ts';
import { printTable, reportInterrupted, throwSilence } from './create/report.ts';
import { startRun } from './create/run.ts';
import { throwFailures, throwRefusal } from './shared/failures.ts';
import { rollBack } from './shared/rollback.ts';

export interface CreateOptions {
  region?: string;
  image?: string;
  tag?: string[];
  userData?: string;
  vpc?: string;
  sshKey?: string[];
  ipv6?: boolean;
  monitoring?: boolean;
  backups?: boolean;
  missing?: boolean;
  /** Installs Docker where the image has none. */
  engine: boolean;
  dryRun?: boolean;
  showUserData?: boolean;
  /** Removes what a run that failed made. */
  rollback?: boolean;
  wait: boolean;
  /** Seconds. */
  timeout: number;
  concurrency: number;
}

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
  const elsewhere = made.failures.some(({ error }) => error instanceof MadeElsewhere);
  if (made.droplets.length === 0 && !elsewhere) throwRefusal(made.failures);
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
