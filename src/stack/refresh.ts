// New credentials for services that run. Swarm overlooks them in tasks that run and are as their service is, so those run on; where it would
// not, the service is left as it is. Whichever node gets a task from then on pulls with the new ones.
import type { Context } from '../context.ts';
import type { ApiService, ApiStackTask, StackEngine } from '../engine/stack-calls.ts';
import { BeltError, messageOf, type NodeFailure, NodesFailed } from '../errors.ts';
import { globMatches } from '../patterns/index.ts';
import { type Credentials, RegistryAuths } from '../registry/auths.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { changeService } from './change.ts';
import { whyNot } from './credentials.ts';
import { Images, isLocal } from './images.ts';
import { isOf, REGISTRY } from './labels.ts';
import { serviceNamed, servicesCalled } from './named-service.ts';
import { heldBy, imageIn, labelOf, withRegistry } from './registry-label.ts';

export interface Renewed {
  service: string;
  registry: string;
  user: string | undefined;
  /** ISO 8601 */
  expires: string | undefined;
}

/**
 * Sends this machine's credentials to the services that the words name (a service, a stack, `shop_*`), or to all that hold some of belt's.
 * `onRenewed` is called for each that has them.
 * @throws UsageError for a word that names none, before anything is sent; NodesFailed naming those that have none
 */
export async function refreshCredentials(
  context: Context,
  engine: StackEngine,
  words: readonly string[],
  onRenewed: (renewed: Renewed) => void,
): Promise<number> {
  const services = chosen(await engine.services(), words);
  const tasks = await engine.tasks({ services: services.map(({ ID }) => ID) });
  const auths = new RegistryAuths(context);
  const images = new Images(context, engine, auths);
  const failures: NodeFailure[] = [];
  const skipped: string[] = [];
  for (const service of services) {
    try {
      if (!(await isMeant(service, words, { auths, images }))) {
        skipped.push(service.Spec.Name);
        continue;
      }
      onRenewed(await renewOne(context, engine, service, { auths, tasks }));
    } catch (error) {
      context.signal.throwIfAborted();
      failures.push({ name: service.Spec.Name, error });
    }
  }
  if (skipped.length > 0)
    context.out.note(`skipped, this machine has no credentials that their registry asks for: ${skipped.join(', ')}`);
  if (failures.length > 0) throw failed(failures, services.length - skipped.length);
  return services.length - skipped.length;
}

/** A stack may have images that anybody gets: such a service is meant only where it is named itself, or holds some. */
async function isMeant(
  service: ApiService,
  words: readonly string[],
  { auths, images }: { auths: RegistryAuths; images: Images },
): Promise<boolean> {
  const isNamed = words.some((word) => servicesCalled(word, [service]).length > 0);
  if (isNamed || heldBy(service.Spec.Labels) !== undefined) return true;
  const image = imageIn(service.Spec);
  if (isLocal(image)) return false;
  // What is made anew is so before anything else asks for it.
  if (!(await auths.for(registryOf(image), { isFresh: true }))) return false;
  return (await images.lastingCredentialsFor(image)) !== undefined;
}

function chosen(services: readonly ApiService[], words: readonly string[]): ApiService[] {
  if (words.length === 0) return services.filter(({ Spec }) => heldBy(Spec.Labels));
  const found = new Set<ApiService>();
  for (const word of words) {
    const meant = services.filter(({ Spec }) => globMatches(word, Spec.Name) || isOf(Spec.Labels, word));
    for (const service of meant.length > 0 ? meant : [serviceNamed(word, services)]) found.add(service);
  }
  return [...found];
}

async function renewOne(
  context: Context,
  engine: StackEngine,
  service: ApiService,
  { auths, tasks }: { auths: RegistryAuths; tasks: readonly ApiStackTask[] },
): Promise<Renewed> {
  const registry = registryOf(imageIn(service.Spec));
  const credentials = await auths.for(registry, { isFresh: true });
  if (!credentials) throw noCredentials(registry);
  const label = labelOf(context, credentials);
  await send(engine, service, { credentials, label, tasks });
  const { user, expires } = credentials;
  return { service: service.Spec.Name, registry: shownRegistry(registry), user, expires };
}

async function send(
  engine: StackEngine,
  service: ApiService,
  { credentials, label, tasks }: { credentials: Credentials; label: string; tasks: readonly ApiStackTask[] },
): Promise<void> {
  await changeService(engine, service, {
    mark: label,
    label: REGISTRY,
    auth: credentials.auth,
    specOf: (latest) => {
      const why = whyNot(latest, tasks);
      if (why !== undefined) throw new BeltError(why);
      if (registryOf(imageIn(latest.Spec)) !== credentials.registry)
        throw new BeltError('it got an image of another registry in the meantime');
      return withRegistry(latest.Spec, label);
    },
  });
}

const noCredentials = (registry: string): BeltError => {
  const host = shownRegistry(registry);
  return new BeltError(`this machine has no credentials for ${host}`, { hint: `belt registry login ${host}` });
};

function failed(failures: readonly NodeFailure[], all: number): NodesFailed {
  const names = failures.map(({ name }) => name).join(', ');
  return new NodesFailed(`${failures.length} of ${all} services did not get new credentials: ${names}`, {
    failures,
    lines: failures.map(({ name, error }) => `  ${name}: ${messageOf(error)}`),
    hint: hintOf(failures),
  });
}

const hintOf = (failures: readonly NodeFailure[]): string | undefined =>
  failures.flatMap(({ error }) => (error instanceof BeltError && error.hint) || []).at(0);
