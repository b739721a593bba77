// Which credentials a service holds for its image's registry. Swarm tells nobody, so belt writes beside them whose they are and when they
// expire, in a label of the service; not of its tasks, which would restart.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { ApiService } from '../engine/stack-calls.ts';
import type { Credentials } from '../registry/auths.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { type Labelled, REGISTRY } from './labels.ts';

const shape = z.object({
  host: z.string(),
  /** Missing where it is a token. */
  user: z.string().optional(),
  /** ISO 8601; missing where nobody said. */
  expires: z.string().optional(),
  /** When they were sent. */
  sent: z.string(),
});
export type Held = z.infer<typeof shape>;

/** What belt last sent; undefined where it sent nothing, or somebody else wrote the label. */
export function heldBy(labels: Labelled): Held | undefined {
  try {
    return shape.parse(JSON.parse(labels?.[REGISTRY] ?? ''));
  } catch {
    return undefined;
  }
}

export const labelOf = ({ clock }: Pick<Context, 'clock'>, { registry, user, expires }: Credentials): string =>
  JSON.stringify({
    host: shownRegistry(registry),
    ...(user !== undefined && { user }),
    ...(expires !== undefined && { expires }),
    sent: new Date(clock.now()).toISOString(),
  } satisfies Held);

/** The image of a service, as its spec has it. */
export const imageIn = (spec: ApiService['Spec']): string =>
  ((spec.TaskTemplate['ContainerSpec'] ?? {}) as { Image?: string }).Image ?? '';

/** Takes away what a service holds. */
const NOTHING = {};

/**
 * What to send with a service, and the label that says so. Without any, Swarm keeps what the service has, and would hand that to the
 * registry of its new image, whichever that is: what was for another one is taken away.
 */
export function credentialsFor(
  context: Pick<Context, 'clock'>,
  { image, credentials, now }: { image: string; credentials: Credentials | undefined; now: ApiService | undefined },
): { auth: object | undefined; label: string | undefined } {
  if (credentials) return { auth: credentials.auth, label: labelOf(context, credentials) };
  if (!now) return { auth: undefined, label: undefined };
  const registry = registryOf(image);
  const held = heldBy(now.Spec.Labels);
  // By hand the image may have moved before, and the credentials with it.
  const isSame = registryOf(imageIn(now.Spec)) === registry && (!held || held.host === shownRegistry(registry));
  return isSame ? { auth: undefined, label: now.Spec.Labels?.[REGISTRY] } : { auth: NOTHING, label: undefined };
}

export function withRegistry<S extends { Labels?: Labelled }>(spec: S, label: string | undefined): S {
  const { [REGISTRY]: _, ...labels } = spec.Labels ?? {};
  return { ...spec, Labels: { ...labels, ...(label !== undefined && { [REGISTRY]: label }) } };
}
