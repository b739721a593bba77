// Finds ports and addresses on this machine for a sandbox.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { BeltError } from '../errors.ts';
import { loopbackAddress } from './account/addresses.ts';

/**
 * A port for SSH that is free on this machine: every droplet answers on it, each at its own address. It is held as long as
 * this process lives: another sandbox with the same port would have its droplets at the same addresses.
 */
export async function holdSshPort(): Promise<number> {
  const holder = createServer((socket) => socket.destroy()).unref();
  const port = await listen(holder, 0, '127.0.0.1');
  const address = loopbackAddress(0);
  const tried = createServer();
  try {
    return await listen(tried, port, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    throw new BeltError(
      `this machine has no address ${address} for a droplet: give it one for each, with "sudo ifconfig lo0 alias ${address} up" (then ${loopbackAddress(1)}, …)`,
    );
  } finally {
    tried.close();
  }
}

async function listen(server: Server, port: number, address: string): Promise<number> {
  await once(server.listen(port, address), 'listening');
  return (server.address() as AddressInfo).port;
}
