// A node that still presents the host key of its user data gets one of its own (docs/design.md §6).
import type { Context } from '../context.ts';
import type { Node } from '../model/node.ts';
import type { Connection } from '../ssh/connection.ts';
import { makeOwnHostKey, type OwnHostKeyOptions } from '../ssh/own-host-key.ts';
import type { HostKeys } from './host-keys.ts';

/** Does nothing for a node that has its own. Both keys stay pinned until the new one is proven. @throws BeltError */
export async function ownHostKey(
  context: Context,
  hostKeys: HostKeys,
  node: Node,
  connection: Connection,
  options: Pick<OwnHostKeyOptions, 'limit' | 'deadline' | 'onProven'>,
): Promise<void> {
  const interim = hostKeys.interim(node);
  if (interim === undefined) return;
  const { clock, signal } = context;
  const startMs = clock.now();
  const onNext = (next: Buffer) => hostKeys.replacing(node, interim, next);
  hostKeys.pin([node], await makeOwnHostKey(connection, { interim, onNext, clock, signal, ...options }));
  context.trace?.(`${node.name} ssh its own host key pinned ${clock.now() - startMs} ms`);
}
