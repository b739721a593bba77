// The tasks of services replaced by new ones, a few at a time as each service's update_config has it, without a change of theirs.
import type { Context } from '../context.ts';
import { count } from '../count.ts';
import type { ApiService, StackEngine } from '../engine/stack-calls.ts';
import { Interrupted, messageOf } from '../errors.ts';
import { globMatches } from '../patterns/index.ts';
import { quoteWord } from '../quote.ts';
import type { Cause } from './causes.ts';
import { sendChange } from './change.ts';
import type { Watched } from './converge.ts';
import { withEvents } from './events.ts';
import { forcedOf } from './mode.ts';
import { serviceNamed } from './named-service.ts';
import { refusal, settle, throwFailed } from './settle.ts';

export interface RestartOptions {
  /** Does not wait. */
  detach?: boolean | undefined;
  /** Seconds. */
  timeout: number;
}

/**
 * Restarts the services that the words name (`shop_*` too), and waits until each runs or cannot. Gives the exit code.
 * @throws UsageError for a word that names none, before anything is restarted; NodesFailed naming those that failed, and why
 */
export async function restart(context: Context, words: readonly string[], options: RestartOptions): Promise<number> {
  const watched: Watched[] = [];
  const about = { services: words };
  try {
    return await withEvents(context, about, {}, (engine) => carryOut(context, engine, { words, options, watched }));
  } catch (error) {
    throw halfway(error, watched);
  }
}

interface Run {
  words: readonly string[];
  options: RestartOptions;
  /** Those that are restarting. */
  watched: Watched[];
}

async function carryOut(context: Context, engine: StackEngine, { words, options, watched }: Run): Promise<number> {
  const { out } = context;
  const services = named(await engine.services(), words);
  const ids = services.map(({ ID }) => ID);
  const earlier = new Set((await engine.tasks({ services: ids })).map(({ ID }) => ID));
  const refused = await sendAll(context, engine, services, watched);
  const settling = { of: { services: ids }, services: watched, earlier, timeoutS: options.timeout };
  const failed = options.detach ? [] : await settle(context, engine, settling);
  throwFailed(undefined, services.length, [...refused, ...failed]);
  if (options.detach)
    out.note(`not waiting; see: belt docker service ps ${services.map(nameOf).map(quoteWord).join(' ')}`);
  else out.note(`${count(services.length, 'service')} restarted`);
  return 0;
}

const nameOf = ({ Spec: { Name } }: ApiService): string => Name;

/** In the order of the words, each once. */
function named(services: readonly ApiService[], words: readonly string[]): ApiService[] {
  const found = new Set<ApiService>();
  for (const word of words) {
    const meant = services.filter((service) => globMatches(word, nameOf(service)));
    for (const service of meant.length > 0 ? meant : [serviceNamed(word, services)]) found.add(service);
  }
  return [...found];
}

/** Adds those that are restarting to `watched`; gives the refusals, each of one service. */
async function sendAll(
  { out, signal }: Context,
  engine: StackEngine,
  services: readonly ApiService[],
  watched: Watched[],
): Promise<Cause[]> {
  const refused: Cause[] = [];
  for (const service of services) {
    const name = nameOf(service);
    try {
      const forced = await force(engine, service);
      watched.push({ name, fullName: name, wrote: undefined, forced });
      out.tell('restarting', { kind: 'service', name }, `restarting ${name}`);
    } catch (error) {
      signal.throwIfAborted();
      refused.push(refusal(name, error));
    }
  }
  return refused;
}

/** Has Swarm replace its tasks. Gives the number that stands for it. */
async function force(engine: StackEngine, service: ApiService): Promise<number> {
  let wanted = 0;
  await sendChange(engine, service, {
    send: ({ ID: id, Version, Spec }) => {
      wanted = forcedOf({ Spec }) + 1;
      const spec = { ...Spec, TaskTemplate: { ...Spec.TaskTemplate, ForceUpdate: wanted } };
      return engine.updateService({ id, version: Version.Index }, spec);
    },
    isDone: (fresh, { isOneLost }) => isOneLost && forcedOf(fresh) >= wanted,
    isMeant: () => true,
  });
  return wanted;
}

/** What ended a run after something was sent, with how to go on. */
function halfway(error: unknown, watched: readonly Watched[]): unknown {
  if (!(error instanceof Interrupted) || watched.length === 0) return error;
  const names = watched.map(({ name }) => name);
  return new Interrupted(`${messageOf(error)}; these restart all the same: ${names.join(', ')}`, {
    hint: `see how far they are: belt docker service ps ${names.map(quoteWord).join(' ')}`,
    cause: error,
  });
}
