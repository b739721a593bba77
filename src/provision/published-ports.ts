// Whether what a forwarded `docker service` publishes can be reached at all. It is advice: nothing that fails here is told.

import { openCloud } from '../cloud/open.ts';
import { clusterTag, hasTag } from '../cloud/tags.ts';
import { portName } from '../cluster/firewall.ts';
import { isShut } from '../cluster/firewall-edit.ts';
import { portText } from '../config/cluster/network.ts';
import type { OpenPort } from '../config/cluster/types.ts';
import type { Context } from '../context.ts';
import { publishedPorts } from '../engine/published.ts';
import { messageOf } from '../errors.ts';
import { BELT_TAG } from '../model/tag.ts';
import { findFirewall } from './firewall.ts';

/** So long is waited for the answer after docker is done. */
const PATIENCE_MS = 1_000;

/** Begins to look, beside what docker does with the words. Gives what tells of ports that are shut; undefined when none is published. */
export const lookAtPorts = (context: Context, words: readonly string[]): (() => Promise<void>) | undefined =>
  lookAt(context, publishedPorts(words));

/** The same for ports that are known. */
export function lookAt(context: Context, ports: readonly OpenPort[]): (() => Promise<void>) | undefined {
  if (ports.length === 0) return undefined;
  const failed = (error: unknown) => context.trace?.(`published ports: not checked: ${messageOf(error)}`);
  const look = shutPorts(context, ports).catch(failed);
  return async () => {
    const patience = context.clock.sleep(PATIENCE_MS, context.signal).catch(() => undefined);
    const found = await Promise.race([look, patience]);
    if (found && found.shut.length > 0) context.out.note(advice(found.firewall, found.shut));
  };
}

async function shutPorts(context: Context, ports: readonly OpenPort[]) {
  const settings = await context.settings();
  // Its own client: what that says of waiting for a limit would stand in the middle of docker's output.
  const firewalls = await openCloud({ ...context, out: { note: () => {} } }, settings).firewalls();
  const tag = clusterTag(settings.cluster);
  const own = findFirewall(firewalls, settings.cluster);
  if (!own || !hasTag(own.tags, tag)) return undefined;
  // What one firewall lets in is let in, whatever others say.
  const rules = firewalls
    .filter(({ tags }) => hasTag(tags, tag) || hasTag(tags, BELT_TAG))
    .flatMap(({ inbound }) => inbound);
  return { firewall: own.name, shut: ports.filter((port) => isShut(rules, port, tag)) };
}

function advice(firewall: string, shut: readonly OpenPort[]): string {
  const [names, is] = [shut.map(portName).join(' and '), shut.length === 1 ? 'is' : 'are'];
  return `${names} ${is} closed in the firewall ${firewall}; to open: belt firewall open ${shut.map(portText).join(' ')}`;
}
