// The words that say what a cluster is to be, the same for `new`, `update` and `provision`.
import { counted, stemOf } from '../../cluster/counted.ts';
import type { ClusterSpec } from '../../config/cluster/types.ts';
import type { ClusterChange } from '../../config/cluster/write.ts';
import * as kinds from '../../config/kinds.ts';
import { UsageError } from '../../errors.ts';
import type { Role } from '../../model/swarm-node.ts';
import { checkDropletName, compact, expand } from '../../patterns/index.ts';

export interface DescribeOptions {
  /** Patterns, or one number. */
  manager?: string[] | undefined;
  /** Patterns, or one number. */
  worker?: string[] | undefined;
  managerSize?: string | undefined;
  workerSize?: string | undefined;
  region?: string | undefined;
  image?: string | undefined;
  vpc?: string | undefined;
  /** `key=value`. */
  label?: string[] | undefined;
}

const NOWHERE = { folder: '/', home: '/' };

export const saysSomething = (options: DescribeOptions): boolean => Object.keys(changeWords(options)).length > 0;

const changeWords = ({ manager, worker, managerSize, workerSize, region, image, vpc, label }: DescribeOptions) =>
  JSON.parse(JSON.stringify({ manager, worker, managerSize, workerSize, region, image, vpc, label })) as object;

/**
 * What the words change of a cluster; `spec` is what it is now.
 * @throws UsageError naming the option whose value will not do
 */
export function changeOf(cluster: string, spec: ClusterSpec | undefined, options: DescribeOptions): ClusterChange {
  const now = (role: Role) => spec?.groups.filter((group) => group.role === role).flatMap(({ names }) => names) ?? [];
  const given = { managers: namesIn('--manager', options.manager), workers: namesIn('--worker', options.worker) };
  const managers = resolved(cluster, 'manager', given.managers, {
    now: now('manager'),
    others: given.workers?.names ?? now('worker'),
  });
  const workers = resolved(cluster, 'worker', given.workers, {
    now: now('worker'),
    others: managers?.names ?? now('manager'),
  });
  if (managers?.names.length === 0) throw new UsageError('--manager 0: a swarm needs a manager');
  checkTwice(managers?.names ?? now('manager'), workers?.names ?? now('worker'));
  return {
    managers: managers?.patterns,
    workers: workers?.patterns,
    managerSize: value('--manager-size', options.managerSize, kinds.slug),
    workerSize: value('--worker-size', options.workerSize, kinds.slug),
    region: value('--region', options.region, kinds.slug),
    image: value('--image', options.image, kinds.slugOrId),
    vpc: value('--vpc', options.vpc, kinds.slug),
    labels: options.label && Object.fromEntries(options.label.map(labelIn)),
  };
}

interface Given {
  patterns: readonly string[];
  names: readonly string[];
  /** Instead of names. */
  count?: number;
}

function namesIn(option: string, words: readonly string[] | undefined): Given | undefined {
  if (words === undefined) return undefined;
  const [first] = words;
  if (words.length === 1 && /^\d{1,4}$/.test(first!)) return { patterns: [], names: [], count: Number(first) };
  try {
    const names = expand(words);
    for (const name of names) checkDropletName(name);
    return { patterns: words, names };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${option}: ${error.message}`, { hint: error.hint, lines: [...error.lines] });
  }
}

/** A number turned into names. */
function resolved(
  cluster: string,
  role: Role,
  given: Given | undefined,
  { now, others }: { now: readonly string[]; others: readonly string[] },
): Given | undefined {
  if (given?.count === undefined) return given;
  const names = counted({ count: given.count, names: now, stem: stemOf(cluster, role), taken: new Set(others) });
  for (const name of names) checkDropletName(name);
  return { patterns: names.length > 0 ? [compact(names)] : [], names };
}

function checkTwice(managers: readonly string[], workers: readonly string[]): void {
  const twice = workers.find((name) => managers.includes(name));
  if (twice !== undefined) throw new UsageError(`${twice} cannot be a manager and a worker`);
}

function value(option: string, text: string | undefined, kind: kinds.Kind<string>): string | undefined {
  if (text === undefined) return undefined;
  const read = kind.read(text, NOWHERE);
  if (read !== undefined) return read;
  throw new UsageError(`${option} must be ${kind.wants}, not ${JSON.stringify(text)}`);
}

function labelIn(word: string): [string, string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw new UsageError(`--label must be key=value, not ${JSON.stringify(word)}`);
}
