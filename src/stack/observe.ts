// What a swarm has of a stack, as a manager tells it.
import type { ApiData, ApiNetwork, ApiService, Kind, StackEngine } from '../engine/stack-calls.ts';
import { BeltError } from '../errors.ts';
import { isOf, SALT, STACK } from './labels.ts';
import { saltName } from './names.ts';

export interface Existing {
  /** Of the whole swarm, other stacks' too. */
  services: readonly ApiService[];
  networks: readonly ApiNetwork[];
  configs: readonly ApiData[];
  secrets: readonly ApiData[];
  /** What the stack's contents are hashed with; undefined while it has none. */
  salt: Buffer | undefined;
}

/** A part of it that is to go. */
export interface Removal {
  kind: Kind;
  id: string;
  name: string;
  /** What a service publishes, such as `80/tcp`. */
  ports?: readonly string[];
}

export async function observe(engine: StackEngine, stack: string): Promise<Existing> {
  const all = await observeSwarm(engine);
  return { ...all, salt: saltIn(all.configs, saltName(stack)) };
}

/** What there is of all stacks. `status`: also how many tasks of each service run. */
export async function observeSwarm(
  engine: StackEngine,
  options: { status?: boolean } = {},
): Promise<Omit<Existing, 'salt'>> {
  const [services, networks, configs, secrets] = await Promise.all([
    engine.services(options),
    engine.networks(),
    engine.configs(),
    engine.secrets(),
  ]);
  return { services, networks, configs, secrets };
}

/** The key of the hashes that a config of this name holds. */
export function saltIn(configs: readonly ApiData[], name: string): Buffer | undefined {
  const kept = configs.find(({ Spec }) => Spec.Name === name && Spec.Labels?.[SALT] !== undefined);
  return kept?.Spec.Data ? Buffer.from(kept.Spec.Data, 'base64') : undefined;
}

export const servicesOf = ({ services }: Pick<Existing, 'services'>, stack: string): ApiService[] =>
  services.filter(({ Spec }) => isOf(Spec.Labels, stack));

/** A service's name without its stack's. */
export const nameOf = ({ Spec: { Name, Labels } }: ApiService): string =>
  Labels?.[STACK] === undefined ? Name : Name.replace(`${Labels[STACK]}_`, '');

export const noStack = (stack: string): BeltError =>
  new BeltError(`the swarm has no stack ${stack}`, { hint: 'see: belt stack ls' });

export const noSecret = (name: string): BeltError =>
  new BeltError(`the swarm has no secret ${name}`, { hint: 'see: belt secret ls' });
