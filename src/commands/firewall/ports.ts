// The ports that `belt firewall open` and `close` are given.
import { PORT_EXAMPLES, readPort } from '../../config/cluster/network.ts';
import type { OpenPort } from '../../config/cluster/types.ts';
import { UsageError } from '../../errors.ts';

/** @throws UsageError naming the first word that is no port */
export const portsIn = (words: readonly string[]): OpenPort[] =>
  words.map((word) => {
    const port = readPort(word);
    if (port) return port;
    throw new UsageError(`invalid port ${JSON.stringify(word)}`, { hint: PORT_EXAMPLES });
  });
