// Services that are as their files say, and lack this machine's credentials for the registry of their image: whoever logs in after a
// deployment failed for want of them deploys the same files again.

import type { ApiStackTask } from '../engine/stack-calls.ts';
import { isContentName } from '../images/reference.ts';
import type { RegistryAuths } from '../registry/auths.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { whyNot } from './credentials.ts';
import type { ServicePlan } from './plan.ts';
import { heldBy, imageIn } from './registry-label.ts';

const CREDENTIALS = 'registry credentials';

/**
 * Adds them to the changes of services that hold none of belt's, or older ones that expire. Whose they are counts for nothing: two
 * colleagues would take turns. `nowMs` since the epoch.
 */
export async function planCredentials(
  auths: Pick<RegistryAuths, 'of'>,
  services: readonly ServicePlan[],
  { tasks, nowMs }: { tasks: readonly ApiStackTask[]; nowMs: number },
): Promise<void> {
  for (const service of services) {
    const { now, changes } = service;
    if (!now || changes.length > 0 || whyNot(now, tasks) !== undefined) continue;
    const image = imageIn(now.Spec);
    if (image.startsWith('sha256:') || isContentName(image)) continue;
    const credentials = await auths.of(image);
    if (!credentials) continue;
    const held = heldBy(now.Spec.Labels);
    const isOlder = held?.expires !== undefined && Date.parse(held.expires) < Date.parse(credentials.expires ?? '');
    const isExpired = credentials.expires === undefined && Date.parse(held?.expires ?? '') <= nowMs;
    const isOthers = held !== undefined && held.host !== shownRegistry(registryOf(image));
    if (!held || isOthers || isOlder || isExpired) changes.push(CREDENTIALS);
  }
}
