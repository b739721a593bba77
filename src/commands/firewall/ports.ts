import { PORT_EXAMPLES, readPort } from '../../config/cluster/network.ts';
import type { OpenPort } from '../../config/cluster/types.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { changeFirewall } from './change.ts';

/** `belt firewall open` — opens ports to everybody. */
export const firewallOpen = (context: Context, words: readonly string[]): Promise<void> =>
  changeFirewall(context, { kind: 'open', ports: portsIn(words) });

/** `belt firewall close` — shuts ports to all but the cluster's nodes. */
export const firewallClose = (context: Context, words: readonly string[]): Promise<void> =>
  changeFirewall(context, { kind: 'close', ports: portsIn(words) });

/** @throws UsageError naming the first word that is no port */
const portsIn = (words: readonly string[]): OpenPort[] =>
  words.map((word) => {
    const port = readPort(word);
    if (port) return port;
    throw new UsageError(`invalid port ${JSON.stringify(word)}`, { hint: PORT_EXAMPLES });
  });
