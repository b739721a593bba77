// Services that are as their files say, and lack this machine's credentials for a registry that asks for some: whoever logs in after a
// deployment failed for want of them deploys the same files again. And which credentials go with what is sent.

import type { ApiStackTask } from '../engine/stack-calls.ts';
import { registryOf, shownRegistry } from '../registry/hosts.ts';
import { whyNot } from './credentials.ts';
import { type Images, isLocal } from './images.ts';
import type { ServicePlan } from './plan.ts';
import { heldBy, imageIn } from './registry-label.ts';

const CREDENTIALS = 'registry credentials';

/**
 * Adds them to the changes of services that hold none of belt's, or older ones that expire. Whose they are counts for nothing: two
 * colleagues would take turns. Nor are they sent for an image that anybody gets. `nowMs` since the epoch.
 */
export async function planCredentials(
  images: Pick<Images, 'lastingCredentialsFor'>,
  services: readonly ServicePlan[],
  { tasks, nowMs }: { tasks: readonly ApiStackTask[]; nowMs: number },
): Promise<void> {
  await Promise.all(
    services.map(async ({ now, changes }) => {
      if (!now || changes.length > 0 || whyNot(now, tasks) !== undefined) return;
      const image = imageIn(now.Spec);
      if (isLocal(image)) return;
      const held = heldBy(now.Spec.Labels);
      const isOthers = held !== undefined && held.host !== shownRegistry(registryOf(image));
      if (held && !isOthers && held.expires === undefined) return;
      const credentials = await images.lastingCredentialsFor(image);
      if (!credentials) return;
      const isOlder = held?.expires !== undefined && Date.parse(held.expires) < Date.parse(credentials.expires ?? '');
      const isExpired = credentials.expires === undefined && Date.parse(held?.expires ?? '') <= nowMs;
      if (!held || isOthers || isOlder || isExpired) changes.push(CREDENTIALS);
    }),
  );
}

/** Whose credentials go with which services that are created or changed, a sentence for each registry. */
export async function credentialsSent(
  images: Pick<Images, 'credentialsFor'>,
  services: readonly ServicePlan[],
): Promise<string[]> {
  const sent = services.filter(({ now, changes, isUnbuilt }) => !isUnbuilt && (!now || changes.length > 0));
  const all = await Promise.all(
    sent.map(async ({ name, spec }) => ({
      name,
      own: await images.credentialsFor(spec.TaskTemplate.ContainerSpec.Image),
    })),
  );
  const texts = new Map<string, string[]>();
  for (const { name, own } of all) {
    if (!own) continue;
    const whose = own.user === undefined ? 'the token of this machine' : `${own.user}’s credentials`;
    const text = `sends ${whose} for ${shownRegistry(own.registry)} with`;
    texts.set(text, [...(texts.get(text) ?? []), name]);
  }
  return [...texts].map(([text, names]) => `${text} ${names.join(', ')}`);
}
