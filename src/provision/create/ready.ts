// One new node, from its address to ready.

import type { Context } from '../../context.ts';
import { cloudInitWords } from '../../engine/cloud-init.ts';
import { type ReadyOptions, ready } from '../../engine/ready.ts';
import { BeltError, messageOf } from '../../errors.ts';
import type { Droplet } from '../../model/droplet.ts';
import type { Connection } from '../../ssh/connection.ts';

export interface NodeReady {
  /** What the user should know of a node that is ready all the same. */
  warnings: string[];
}

/**
 * Waits until the node is ready.
 * @throws BeltError when it never is, or nobody knows its host key here (a colleague made it): then it cannot be looked at
 */
export async function nodeReady(
  context: Context,
  droplet: Droplet,
  options: Omit<ReadyOptions, 'clock' | 'onLogin' | 'onNotice'> & {
    /** A node without an engine is no node. */
    needsEngine?: boolean;
    /** Whether the caller connects to it next. */
    goesOn?: boolean;
  },
): Promise<NodeReady> {
  const fleet = await context.fleet();
  const host = await fleet.host(droplet);
  if (host.hostKeys.length === 0) {
    throw new BeltError('it exists, but its host key is not known here', { hint: `belt trust ${droplet.name}` });
  }
  const { limit, deadline } = options;
  const startMs = context.clock.now();
  let keptKey: string | undefined;
  const onLogin = (connection: Connection) =>
    fleet.ownHostKey(droplet, connection, { limit, deadline, keep: options.goesOn }).catch((error) => {
      context.signal.throwIfAborted();
      if (connection.lost) throw error;
      keptKey = `${droplet.name} keeps the host key of its user data: ${messageOf(error)}`;
    });
  const onNotice = (answer: string) =>
    context.out.note(
      `${droplet.name}: its image is still being set up and cannot run commands yet${answer && ` (${answer})`}: waiting`,
    );
  const state = await ready(host, { ...options, clock: context.clock, onLogin, onNotice });
  context.trace?.(`${droplet.name} ready ${context.clock.now() - startMs} ms after it had an address`);
  if (options.needsEngine && !state.engine) {
    const why = state.engineTrouble ?? cloudInitWords(state.cloudInit) ?? 'see `cloud-init status --long` there';
    throw new BeltError(`image ${droplet.image} has no Docker and it could not be installed: ${why}`, {
      hint: `then delete it and create it again: belt rm ${droplet.name}`,
    });
  }
  const complaint = cloudInitWords(state.cloudInit);
  const warnings = [
    ...(keptKey === undefined ? [] : [keptKey]),
    ...(complaint === undefined ? [] : [`${droplet.name}: ${complaint}`]),
    ...(state.engine ? [] : [`${droplet.name}: image ${droplet.image} has no Docker engine`]),
  ];
  return { warnings };
}
