// Configs and secrets that nothing uses any more. Pure.
import type { SecretReference } from '../compose/spec.ts';
import type { ApiData, ApiService } from '../engine/stack-calls.ts';
import { isOf, KEY } from './labels.ts';
import type { Existing, Removal } from './observe.ts';

export interface UnusedOptions {
  /** ms since the epoch. */
  nowMs: number;
  /** The ids of those that were in use when this run began. */
  usedBefore?: ReadonlySet<string>;
}

/** So long another run may take from the config to the service that uses it. */
const FRESH_MS = 600_000;

/**
 * Configs and secrets that belt named by their content and that no service refers to, as it is or as it was before its last change.
 * What was made a moment ago and never used is another run's.
 */
export function unused(
  existing: Existing,
  { stack, dataNames }: { stack: string; dataNames: ReadonlySet<string> },
  { nowMs, usedBefore }: UnusedOptions,
): Removal[] {
  const referred = usedIn(existing);
  const isFresh = ({ ID, CreatedAt: created }: ApiData) =>
    !usedBefore?.has(ID) && nowMs - Date.parse(created ?? '') < FRESH_MS;
  return (['configs', 'secrets'] as const).flatMap((kind) =>
    existing[kind]
      .filter((data) => {
        const { Name, Labels } = data.Spec;
        const isOurs = isOf(Labels, stack) && Labels?.[KEY] !== undefined;
        return isOurs && !dataNames.has(Name) && !referred.has(data.ID) && !isFresh(data);
      })
      .map(({ ID: id, Spec: { Name: name } }) => ({ kind, id, name })),
  );
}

/** The ids of configs and secrets that services refer to, as they are or as they were before their last change. */
export const usedIn = ({ services }: Pick<Existing, 'services'>): Set<string> =>
  new Set(services.flatMap(({ Spec, PreviousSpec }) => [...referredBy(Spec), ...referredBy(PreviousSpec)]));

function referredBy(spec: ApiService['Spec'] | null | undefined): string[] {
  const { Configs: configs } = (spec?.TaskTemplate['ContainerSpec'] ?? {}) as {
    Configs?: { ConfigID: string }[] | null;
  };
  return [...(configs ?? []).map(({ ConfigID }) => ConfigID), ...secretsIn(spec).map(({ SecretID }) => SecretID)];
}

/** The secrets that a service has. */
export const secretsIn = (spec: ApiService['Spec'] | null | undefined): SecretReference[] =>
  ((spec?.TaskTemplate['ContainerSpec'] ?? {}) as { Secrets?: SecretReference[] | null }).Secrets ?? [];

/** The services that refer to a network, a config or a secret, as they are or as they were before their last change. */
export const usersOf = ({ id, name }: Pick<Removal, 'id' | 'name'>, services: readonly ApiService[]): ApiService[] =>
  services.filter(({ Spec, PreviousSpec }) =>
    [Spec, PreviousSpec].some((spec) =>
      [...referredBy(spec), ...networksIn(spec)].some((one) => one === id || one === name),
    ),
  );

/** By id or by name. */
export const networksIn = (spec: ApiService['Spec'] | null | undefined): string[] =>
  ((spec?.TaskTemplate['Networks'] ?? []) as { Target?: string }[]).flatMap(({ Target }) => Target ?? []);
