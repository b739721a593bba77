// The ports that `belt firewall open` and `close` are given.
import { portName } from '../../cluster/firewall.ts';
import { PORT_EXAMPLES, readPort } from '../../config/cluster/network.ts';
import type { OpenPort } from '../../config/cluster/types.ts';
import { UsageError } from '../../errors.ts';

/** Each once. @throws UsageError naming the first word that is not a port */
export function portsIn(words: readonly string[]): OpenPort[] {
  const ports = words.map((word) => {
    const port = readPort(word);
    if (port) return port;
    throw new UsageError(`invalid port ${JSON.stringify(word)}`, { hint: PORT_EXAMPLES });
  });
  return [...new Map(ports.map((port) => [portName(port), port])).values()];
}
