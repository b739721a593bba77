// Which ports and addresses of this machine a sandbox can have.
import { createServer } from 'node:net';
import { BeltError } from '../errors.ts';
import { loopbackAddress } from './account/addresses.ts';

/** A port for SSH that is free on this machine: every droplet answers on it, each at its own address. */
export async function freeSshPort(): Promise<number> {
  const port = await bind(0, '127.0.0.1');
  const address = loopbackAddress(0);
  try {
    return await bind(port, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') {
      throw error;
    }
    throw new BeltError(
      `this machine has no address ${address} for a droplet: give it one for each, with "sudo ifconfig lo0 alias ${address} up" (then ${loopbackAddress(1)}, …)`,
    );
  }
}

/** Binds the port for a moment; resolves to its number. */
function bind(port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() => resolve(typeof bound === 'object' && bound ? bound.port : port));
    });
  });
}
